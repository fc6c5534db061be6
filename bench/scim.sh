#!/usr/bin/env bash
# SCIM: create, PATCH and filtered list, each create on disk, beside open peers that keep all in memory: scim2-server and
# scimmy. (canaille, the third, wants a newer Python than Debian 12 has.)
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
answers() { for _ in $(seq 100); do curl -fsS -o /dev/null -H "Authorization: Bearer none" "$1" 2>/dev/null && return; sleep 0.1; done; }
answers "http://127.0.0.1:$port/v2/ServiceProviderConfig"
label=scim2-server tell "http://127.0.0.1:$port/v2" none

mkdir "$work/scimmy"
npm --prefix "$work/scimmy" install --silent --no-audit --no-fund scimmy@1.3.5 scimmy-routers@1.3.2 express@4 >/dev/null
port="$(free_port)"
(cd "$work/scimmy" && exec node "$OLDPWD/bench/drive/scimmy.mjs" "$port") >"$work/peer2" 2>&1 &
started+=("$!")
answers "http://127.0.0.1:$port/v2/ServiceProviderConfig"
label=scimmy tell "http://127.0.0.1:$port/v2" none
