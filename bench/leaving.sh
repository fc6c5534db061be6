#!/usr/bin/env bash
# Somebody is deactivated, by each source, while their browser asks as fast as it can and a page of theirs is open: how long
# requests are still accepted, and how long the page is still told something.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mkdir "$work/data"
new_workplace "$work/data"
scim_token="$("$guildhall" token create --workplace "$workplace" --scope scim --data "$work/data")"
start_server "$work/data"
GUILDHALL_TOKEN="$token" node bench/drive/leaving.mjs "$url" "${LEAVERS:-40}" "$guildhall" "$work/data" "$scim_token" |
  while IFS=$'\t' read -r name p50 p99; do
    result "$name" "$p99" "ms p99" "p50 $p50 ms; wanted: 100 or less to the last request, 1000 to the last byte"
  done
