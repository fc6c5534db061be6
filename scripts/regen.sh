#!/usr/bin/env bash
# Writes what is generated and kept: docs/openapi.json from the handlers, and from it the types of the page's client.
# With --check it only says whether they are fresh, and fails when they are not.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

openapi=docs/openapi.json
client=web/src/lib/api/generated/schema.d.ts

new="$(mktemp -d)"
trap 'rm -rf "$new"' EXIT
cargo build --quiet --locked -p guildhall
"$target/debug/guildhall" openapi >"$new/openapi.json"

node_packages web
web/node_modules/.bin/openapi-typescript "$new/openapi.json" -o "$new/schema.d.ts" >/dev/null

if [ "${1:-}" = --check ]; then
  cmp -s "$new/openapi.json" "$openapi" || fail "$openapi is not what the handlers say. Run 'make regen' and commit the result."
  cmp -s "$new/schema.d.ts" "$client" || fail "$client is not made from $openapi. Run 'make regen' and commit the result."
else
  cp "$new/openapi.json" "$openapi"
  cp "$new/schema.d.ts" "$client"
fi
