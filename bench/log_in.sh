#!/usr/bin/env bash
# Log-ins by password, as many as go, beside the bare Argon2id rate of all processors; and the people list meanwhile.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

bare="$("$target/release/examples/argon2")"
new_workplace "$work/data"
start_server "$work/data"
result "Bare Argon2id, all processors" "$bare" "a second"
GUILDHALL_TOKEN="$token" node bench/drive/log_in.mjs "$url" "$(people_file 10000)" "$bare" |
  while IFS=$'\t' read -r name value unit wanted; do result "$name" "$value" "$unit" "$wanted"; done
