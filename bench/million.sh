#!/usr/bin/env bash
# A million people from one file: the server's peak memory. The database stays for bench/lists.sh.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

count="${COUNT:-1000000}"
file="$(people_file "$count")"
data="$out/million"
rm -rf "$data"
mkdir "$data"
new_workplace "$data"
echo "$token" >"$data/bench-token"
start_server "$data"
idle="$(memory "$server" VmRSS)"
GUILDHALL_TOKEN="$token" node bench/drive/import.mjs "$url" "$file" "$count" >"$work/times.json"
result "Import of $count people, planned and applied" "$(field total <"$work/times.json")" s \
  "plan $(field plan <"$work/times.json") s, apply $(field apply <"$work/times.json") s"
result "Peak memory of the server meanwhile" "$(memory "$server" VmHWM)" MB "wanted: under 200 (idle: $idle)"
stop_server
