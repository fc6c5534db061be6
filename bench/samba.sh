#!/usr/bin/env bash
# A real Active Directory (Samba) of 10,000 people with managers, over LDAPS: read the first time, planned, applied and
# durable; read when nothing changed; after 100 changes; after 50 people left, 25 of them disabled and 25 deleted; everybody
# again. The time of the directory is in it.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. scripts/tools.sh
tool_samba

count="${COUNT:-10000}"
mkdir "$work/data"
new_workplace "$work/data"
start_server "$work/data"
GUILDHALL_TOKEN="$token" node bench/drive/samba.mjs "$url" "$target/release/examples/samba" "$count" >"$work/times.json"
stop_server
[ "$(field created <"$work/times.json")" = "$count" ] || fail "Not everybody came: $(cat "$work/times.json")"
[ "$(field updated <"$work/times.json")" = 100 ] || fail "Not every change came: $(cat "$work/times.json")"
[ "$(field deactivated <"$work/times.json")" = 50 ] || fail "Not everybody left: $(cat "$work/times.json")"
result "Samba: first sync of $count people over LDAPS" "$(field first <"$work/times.json")" s "wanted: 20 s or less of our own time"
result "Samba: read, and nothing had changed" "$(field nothing <"$work/times.json")" s "wanted: 1 s or less"
result "Samba: 100 people changed" "$(field changes <"$work/times.json")" s
result "Samba: 25 people disabled, 25 deleted" "$(field leavers <"$work/times.json")" s
result "Samba: everybody read again, and nothing had changed" "$(field again <"$work/times.json")" s
