# shellcheck shell=bash
# Shared by the benchmarks: sourced, not run. Every server is private, in a temporary folder, and stopped by its id.
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

guildhall="$target/release/guildhall"
people="$target/release/examples/people"
out="$PWD/bench/output"
# Readable for the user `postgres`, and on a disk: durability on a memory file system would be no measure.
work="$(mktemp -d "${BENCH_DIR:-/var/tmp}/guildhall-bench.XXXXXX")"
chmod 711 "$work"
mkdir -p "$out"
started=()
# No standard port: another server may run beside.
export GUILDHALL_METRICS_LISTEN=off

stop_all() {
  local pid
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${started[@]}"; do while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done; done
  rm -rf "$work"
}
trap stop_all EXIT

# field NAME: that field of the JSON object on standard input.
field() { node -e 'const v = JSON.parse(require("fs").readFileSync(0, "utf8"))[process.argv[1]]; console.log(v)' "$1"; }

# seconds COMMAND...: how long it took, its output aside.
seconds() {
  local from="$EPOCHREALTIME"
  "$@" >"$work/said" 2>&1 || { cat "$work/said" >&2; return 1; }
  node -p "($EPOCHREALTIME - $from).toFixed(2)"
}

free_port() { node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'; }

# people_file COUNT: the path of a people file, made once.
people_file() {
  local file="$out/people-$1.csv"
  [ -f "$file" ] || { "$people" "$1" >"$file.new" && mv "$file.new" "$file"; }
  echo "$file"
}

# start_postgres: a private PostgreSQL with Debian's settings; sets pg_url.
start_postgres() {
  tool_postgresql
  local bin=/usr/lib/postgresql/15/bin as=() port
  [ "$(id -u)" -ne 0 ] || as=(runuser -u postgres --)
  install -d -m 700 ${as:+-o postgres} "$work/pg"
  port="$(free_port)"
  (
    cd "$work"
    "${as[@]}" "$bin/initdb" -D "$work/pg/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
    "${as[@]}" "$bin/pg_ctl" -D "$work/pg/data" -l "$work/pg/log" -w \
      -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=" start >/dev/null
  )
  started+=("$(head -1 "$work/pg/data/postmaster.pid")")
  pg_url="postgres://postgres@127.0.0.1:$port/postgres"
}

# new_workplace DATA: makes one beside no server; sets workplace and token.
new_workplace() {
  workplace="$("$guildhall" workplace create --name Bench --admin-email bench@bench.example --data "$1" --json | field workplace_id)"
  token="$("$guildhall" token create --workplace "$workplace" --data "$1" --json \
    --scope people.read --scope people.write --scope people.invite --scope people.deactivate --scope people.import \
    --scope outbox.read --scope workplace.manage --scope roles.manage | field token)"
}

# start_server DATA: sets url and server (its process id); returns when it answers.
start_server() {
  local port
  port="$(free_port)"
  url="http://127.0.0.1:$port"
  "$guildhall" serve --data "$1" --listen "127.0.0.1:$port" >"$work/server.log" 2>&1 &
  server=$!
  started+=("$server")
  until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
    kill -0 "$server" 2>/dev/null || { cat "$work/server.log" >&2; return 1; }
    sleep 0.02
  done
}

stop_server() {
  kill "$server"
  while kill -0 "$server" 2>/dev/null; do sleep 0.05; done
}

# memory PID WHAT: VmHWM (peak) or VmRSS (now) of a process, in MB.
memory() { awk -v what="$2:" '$1 == what { printf "%.0f\n", $2 / 1024 }' "/proc/$1/status"; }

# result NAME VALUE UNIT WANTED: one line of the table at the end.
result() { printf '%-58s %10s %-9s %s\n' "$1" "$2" "$3" "${4:-}" | tee -a "$out/results.txt"; }
