#!/usr/bin/env bash
# Somebody is deactivated while their browser asks as fast as it can: how long requests are still accepted.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mkdir "$work/data"
new_workplace "$work/data"
start_server "$work/data"
GUILDHALL_TOKEN="$token" node bench/drive/leaving.mjs "$url" "${LEAVERS:-100}" |
  while IFS=$'\t' read -r name p50 p99; do
    result "$name" "$p99" "ms p99" "p50 $p50 ms; wanted: 100 or less"
  done
