#!/usr/bin/env bash
# A believable company of 2,000 people to look around in, in a folder of its own: ./data/demo.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

data="${DATA:-./data/demo}"
need_toolchain
build_page
say "Building the server (the first time this takes some minutes)"
cargo build --quiet --locked --profile quick -p guildhall
if [ ! -e "$data" ]; then
  # Under another name until it is whole, so that an interrupted run starts anew.
  rm -rf "$data.new"
  "$target/quick/guildhall" demo --data "$data.new"
  mv "$data.new" "$data"
else
  cat "$data/demo.txt"
fi
DATA="$data" exec scripts/run.sh
