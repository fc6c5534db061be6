#!/usr/bin/env bash
# Start on an existing database, memory at rest, and what the first page loads.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mkdir "$work/data"
new_workplace "$work/data"
start_server "$work/data"
stop_server

times=()
for _ in 1 2 3 4 5 6 7 8 9; do
  from="$EPOCHREALTIME"
  start_server "$work/data"
  curl -sf -o /dev/null "$url/readyz"
  times+=("$(node -p "Math.round(($EPOCHREALTIME - $from) * 1000)")")
  stop_server
done
result "Start to first answer, median of 9" "$(printf '%s\n' "${times[@]}" | sort -n | sed -n 5p)" ms "wanted: 300 or less"

start_server "$work/data"
sleep 5
result "Memory at rest, 5 s after the start" "$(memory "$server" VmRSS)" MB "wanted: 50 or less"
GUILDHALL_TOKEN="$token" node bench/drive/page.mjs "$url" |
  while IFS=$'\t' read -r name bytes requests; do
    result "$name" "$(node -p "($bytes / 1000).toFixed(1)")" kB "$requests requests; wanted: 150 or less"
  done
