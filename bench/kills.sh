#!/usr/bin/env bash
# The kill tests that CI runs 50 times, here as often as KILLS says: the server is killed at random moments of an
# import and of sending mail. Fails when anything is half applied, lost, or sent twice.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

export GUILDHALL_KILLS="${KILLS:-500}"
tool_aiosmtpd
if command -v cargo-nextest >/dev/null; then
  cargo nextest run --locked --release -p guildhall --test kill --no-capture
else
  cargo test --locked --release -p guildhall --test kill -- --nocapture
fi
result "Killed at random moments, nothing half done or repeated" "$GUILDHALL_KILLS" kills ""
