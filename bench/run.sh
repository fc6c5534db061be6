#!/usr/bin/env bash
# The numbers of bench/README.md. `bench/run.sh import lists` runs only those.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib.sh

need_toolchain
apt_need sqlite3 curl
tool_postgresql
tool_chromium
build_page
say "Building with all optimisations (the first time this takes many minutes)"
cargo build --quiet --locked --release -p guildhall
cargo build --quiet --locked --release -p guildhall-testkit --example people --example samba --example argon2

mkdir -p bench/output
: >bench/output/results.txt
for part in "${@:-startup import directory samba million lists leaving kills rules scim codes saml log_in}"; do
  for name in $part; do
    say "bench/$name.sh"
    "bench/$name.sh"
  done
done
say "Results (also in bench/output/results.txt)"
cat bench/output/results.txt
