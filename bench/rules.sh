#!/usr/bin/env bash
# The rules of 1,000 groups over 100,000 people: from scratch, and for one person who changes.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cargo build --quiet --locked --release -p guildhall-testkit --example rules
BENCH_DIR="$work" "$target/release/examples/rules" "${PEOPLE:-100000}" "${GROUPS_RULED:-1000}" |
  while IFS=$'\t' read -r name value unit; do
    case "$name" in
      *scratch*) wanted="wanted: 60 or less" ;;
      "one person, p99") wanted="wanted: 10 or less" ;;
      *) wanted="" ;;
    esac
    result "$name" "$value" "$unit" "$wanted"
  done
