#!/usr/bin/env bash
# Every test: Rust (with real PostgreSQL and mail servers), the page's units, and a real browser through the
# whole story. Installs by package manager what the tests need and is missing.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need_toolchain
apt_need sqlite3 curl
tool_postgresql
tool_aiosmtpd
tool_postfix
tool_slapd
tool_samba
tool_dns
tool_zbar
tool_fonts
tool_simplesaml
tool_chromium

build_page
node_packages e2e

say "Building the tests"
cargo build --quiet --locked -p guildhall

say "Testing the page's units"
npm --prefix web run --silent test

say "Testing the server"
TEST_QUERY_SITES="$(mktemp -d)"
export TEST_QUERY_SITES
trap 'rm -rf "$TEST_QUERY_SITES"' EXIT
if command -v cargo-nextest >/dev/null; then
  cargo nextest run --locked --workspace --no-fail-fast --cargo-quiet --status-level slow --final-status-level fail
else
  cargo test --quiet --locked --workspace --no-fail-fast
fi
cargo test --quiet --locked -p guildhall-testkit --test queries -- --ignored

say "Testing SCIM with a client of others' making"
scripts/scim.sh

say "Testing in a browser"
GUILDHALL="$target/debug/guildhall" npm --prefix e2e run --silent test
