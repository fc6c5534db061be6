#!/usr/bin/env bash
# Runs the checks of two clients of others' making, scim2-tester and scim-sanity, against the program. Any failure fails
# but those that are told apart below, each with its reason.
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
# It makes up values by chance, also days on which people leave: the same ones each time.
mkdir "$work/seed"
echo "import random; random.seed(1)" >"$work/seed/sitecustomize.py"
PYTHONPATH="$work/seed" PYTHONHASHSEED=0 "$tools_dir/venv-scim/bin/scim2" -u "http://127.0.0.1:$port/scim/v2" -h "Authorization: Bearer $token" test >"$work/told" 2>&1 || true
wrong="$(grep -E '^(ERROR|CRITICAL|SKIPPED)' "$work/told" || true)"
good="$(grep -c '^SUCCESS' "$work/told" || true)"
if [ -n "$wrong" ] || [ "$good" -lt 100 ]; then
  cat "$work/told"
  fail "scim2-tester found something."
fi
say "scim2-tester: $good checks passed"

# Groups: a PATCH is answered with 204, as RFC 7644 section 3.5.2 allows and Entra ID's guide for developers shows, so that
# nobody is sent ten thousand members for one that is added; and a member who is not here is refused, by name of its id.
python_venv scim-sanity scim-sanity==0.7.4
"$tools_dir/venv-scim-sanity/bin/scim-sanity" probe "http://127.0.0.1:$port/scim/v2" --token "$token" --i-accept-side-effects \
  --json-output >"$work/probed" || true
python3 - "$work/probed" <<'PY' || fail "scim-sanity found something."
import json, sys

told = json.load(open(sys.argv[1]))
apart = {"PATCH /Groups/{id}", "PATCH /Groups/{id} add member", "PATCH /Groups/{id} remove members"}
wrong = [one for one in told["results"] if one["status"] in ("fail", "error") and one["name"] not in apart]
for one in wrong:
    print(one["name"], one.get("message", ""))
print(f"scim-sanity: {told['summary']['passed']} checks passed")
sys.exit(1 if wrong or told["summary"]["passed"] < 25 else 0)
PY
