#!/usr/bin/env bash
# Runs the checks of scim2-tester, a client of others' making, against the program. Any failure fails.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cargo build --quiet --locked -p guildhall
program="$target/debug/guildhall"
work="$(mktemp -d)"
trap 'kill "${server:-}" 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT
python_venv scim scim2-cli==0.6.0 scim2-tester==0.5.2
port="$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
"$program" workplace create --name Test --admin-email ada@example.com --data "$work/data" >/dev/null
token="$("$program" token create --scope scim --data "$work/data")"
GUILDHALL_METRICS_LISTEN=off "$program" serve --data "$work/data" --listen "127.0.0.1:$port" 2>"$work/log" &
server=$!
for _ in $(seq 100); do curl -fsS -o /dev/null "http://127.0.0.1:$port/readyz" 2>/dev/null && break; sleep 0.1; done
"$tools_dir/venv-scim/bin/scim2" -u "http://127.0.0.1:$port/scim/v2" -h "Authorization: Bearer $token" test >"$work/told" 2>&1 || true
wrong="$(grep -E '^(ERROR|CRITICAL|SKIPPED)' "$work/told" || true)"
good="$(grep -c '^SUCCESS' "$work/told" || true)"
if [ -n "$wrong" ] || [ "$good" -lt 100 ]; then
  cat "$work/told"
  fail "scim2-tester found something."
fi
say "scim2-tester: $good checks passed"
