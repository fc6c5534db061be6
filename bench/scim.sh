#!/usr/bin/env bash
# SCIM: create, PATCH and filtered list, each create on disk, beside an open peer that keeps all in memory (scim2-server).
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

start_server "$work/scim"
new_workplace "$work/scim"
scim_token="$("$guildhall" token create --workplace "$workplace" --scope scim --data "$work/scim")"
tell() {
  node bench/drive/scim.mjs "$@" | while IFS=$'\t' read -r name value unit remark; do result "$label: $name" "$value" "$unit" "$remark"; done
}
label=guildhall tell "$url/scim/v2" "$scim_token" own

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet scim2-server
port="$(free_port)"
"$work/venv/bin/scim2-server" --port "$port" >"$work/peer" 2>&1 &
started+=("$!")
for _ in $(seq 100); do curl -fsS -o /dev/null "http://127.0.0.1:$port/v2/ServiceProviderConfig" 2>/dev/null && break; sleep 0.1; done
label=scim2-server tell "http://127.0.0.1:$port/v2" none
