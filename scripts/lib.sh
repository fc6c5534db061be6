# shellcheck shell=bash
# Shared by the scripts: sourced, not run. Works from the project's root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/tools.sh

# Where cargo builds, as a full path.
target="$(realpath -m "${CARGO_TARGET_DIR:-target}")"

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# quietly TITLE COMMAND...: says the title, keeps the output to itself, and shows it when the command fails.
quietly() {
  local title="$1" log
  shift
  say "$title"
  log="$(mktemp)"
  if ! "$@" >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    rm -f "$log"
    fail "Failed: $title"
  fi
  rm -f "$log"
}

# What building needs: a compiler for Rust and for the C inside two crates, and Node.js for the page.
need_toolchain() {
  command -v cargo >/dev/null || fail "Rust is missing. Install it from your system or with rustup, then run this again."
  command -v cc >/dev/null || apt_need gcc libc6-dev
  command -v node >/dev/null || fail "Node.js is missing. Install version 20.19 or newer, then run this again."
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
    fail "Node.js $(node --version) is too old. Install version 20.19 or newer, then run this again."
}

# node_packages DIR: `npm ci` there when the lock file is newer than what is installed.
node_packages() {
  local stamp="$1/node_modules/.installed"
  if [ ! -f "$stamp" ] || ! cmp -s "$1/package-lock.json" "$stamp"; then
    quietly "Installing the Node packages of $1" npm --prefix "$1" ci --no-audit --no-fund --loglevel=error
    cp "$1/package-lock.json" "$stamp"
  fi
}

# build_page: web/dist, which the server takes in, when a source is newer than it.
build_page() {
  node_packages web
  if [ ! -f web/dist/index.html ] ||
    [ -n "$(find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -newer web/dist/index.html -print -quit)" ]; then
    quietly "Building the page" npm --prefix web run --silent build
    touch web/dist/index.html
  fi
}
