#!/usr/bin/env bash
# The people list and its search among a million accounts, as the admin panel asks for them.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

data="$out/million"
[ -f "$data/bench-token" ] || bench/million.sh
start_server "$data"
GUILDHALL_TOKEN="$(cat "$data/bench-token")" node bench/drive/lists.mjs "$url" |
  while IFS=$'\t' read -r name p50 p99; do
    result "$name" "$p99" "ms p99" "p50 $p50 ms; wanted: 20 or less"
  done
