#!/usr/bin/env bash
# What must hold before anything is tested: format, lints, architecture, generated files, dependencies.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need_toolchain
build_page

say "Format"
cargo fmt --all --check

say "Lints"
cargo clippy --quiet --locked --workspace --all-targets -- -D warnings

quietly "Architecture" cargo test --quiet --locked -p guildhall-testkit --test architecture

quietly "The page's lints" npm --prefix web run --silent lint
quietly "The page's types" npm --prefix web run --silent check

say "Generated files"
scripts/regen.sh --check

if command -v cargo-deny >/dev/null; then
  say "Licences and sources of the dependencies"
  cargo deny --offline --log-level error check licenses bans sources
fi
