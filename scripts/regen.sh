#!/usr/bin/env bash
# Writes what is generated and kept: docs/openapi.json from the handlers.
# With --check it only says whether it is fresh, and fails when it is not.
#
# The types of the page's client (web/src/lib/api/generated/schema.d.ts) describe the whole API and are older than its
# routes. Until the handlers have them all, they are not made from docs/openapi.json: `npm --prefix web run
# generate` does that then, and belongs back in here.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

openapi=docs/openapi.json

new="$(mktemp -d)"
trap 'rm -rf "$new"' EXIT
cargo build --quiet --locked -p guildhall
"$target/debug/guildhall" openapi >"$new/openapi.json"

if [ "${1:-}" = --check ]; then
  cmp -s "$new/openapi.json" "$openapi" || fail "$openapi is not what the handlers say. Run 'make regen' and commit the result."
else
  cp "$new/openapi.json" "$openapi"
fi
