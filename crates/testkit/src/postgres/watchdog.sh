#!/bin/sh
# Stops the shared test server once no test process has used it for a while.
#
# Every test process that uses the server holds a shared lock on DIR/users as long as it lives, so the
# kernel counts the users for us, also those that were killed. DIR/gate is held by whoever starts or
# stops the server: nobody can arrive between "nobody is left" and "stopped".
dir=$1
pid=$2
idle=0
while sleep 1; do
  kill -0 "$pid" 2>/dev/null || exit 0
  if flock -n "$dir/users" true; then idle=$((idle + 1)); else idle=0; fi
  [ "$idle" -ge 20 ] || continue
  exec 8>"$dir/gate"
  flock 8
  exec 9>"$dir/users"
  if flock -n 9; then
    kill -QUIT "$pid" 2>/dev/null
    while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
    rm -rf "$dir/pg"
    exit 0
  fi
  exec 9>&- 8>&-
  idle=0
done
