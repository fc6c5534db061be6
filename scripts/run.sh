#!/usr/bin/env bash
# Builds server and page and starts them: http://localhost:8080, data in ./data.
# LISTEN=ADDRESS:PORT and DATA=FOLDER change that.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

listen="${LISTEN:-127.0.0.1:8080}"
data="${DATA:-./data}"

need_toolchain
build_page
say "Building the server (the first time this takes some minutes)"
cargo build --quiet --locked --profile quick -p guildhall

# The server says where to go as soon as it answers.
exec "$target/quick/guildhall" serve --data "$data" --listen "$listen"
