#!/usr/bin/env bash
# An import of 100,000 people with managers through the API, planned, applied and durable, on both databases; against
# loading the same rows, into the same tables with the same indexes, by the database's own tool.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

count="${COUNT:-100000}"
file="$(people_file "$count")"
schema=(crates/core/migrations/*.sql)
tables=(accounts account_terms)

import_through_api() { # DATA
  new_workplace "$1"
  start_server "$1"
  GUILDHALL_TOKEN="$token" node bench/drive/import.mjs "$url" "$file" "$count" >"$work/times.json"
  stop_server
}
ratio() { node -p "($1 / $2).toFixed(2)"; }

# SQLite
mkdir "$work/lite"
import_through_api "$work/lite"
ours="$(field total <"$work/times.json")"
plan="$(field plan <"$work/times.json")"
apply="$(field apply <"$work/times.json")"
result "SQLite: import of $count people, planned and applied" "$ours" s "plan $plan s, apply $apply s"
result "SQLite: people a second" "$(node -p "Math.round($count / $ours)")" 1/s "wanted: 20000 or more"

database="$(find "$work/lite" -name '*.db' -o -name '*.sqlite*' | grep -v -e '-wal$' -e '-shm$' | head -1)"
copy="$work/yardstick.db"
{
  echo "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
  # The shell of Debian is older than the standard's name of the function.
  sed 's/STRING_AGG/GROUP_CONCAT/' "${schema[@]}"
} | sqlite3 "$copy" >/dev/null
for table in "${tables[@]}"; do
  # Ids as hexadecimal text: the shell's import reads text, and so moves twice their bytes.
  columns="$(sqlite3 "$database" "SELECT group_concat(CASE WHEN type = 'UUID' THEN 'hex(' || name || ')' ELSE name END) FROM pragma_table_info('$table')")"
  sqlite3 -csv "$database" "SELECT $columns FROM $table" >"$work/$table.csv"
done
load_lite() {
  { for table in "${tables[@]}"; do echo ".import --csv $work/$table.csv $table"; done; } |
    sqlite3 -cmd "PRAGMA synchronous = FULL" -cmd "PRAGMA foreign_keys = OFF" "$copy"
}
yardstick="$(seconds load_lite)"
result "SQLite: the same rows by the sqlite3 shell" "$yardstick" s "yardstick"
result "SQLite: import to yardstick" "$(ratio "$ours" "$yardstick")" times "wanted: 3 or less"

# PostgreSQL
start_postgres
export GUILDHALL_DATABASE="$pg_url"
mkdir "$work/pgdata"
import_through_api "$work/pgdata"
ours="$(field total <"$work/times.json")"
result "PostgreSQL: import of $count people, planned and applied" "$ours" s \
  "plan $(field plan <"$work/times.json") s, apply $(field apply <"$work/times.json") s"
psql="psql -qX -v ON_ERROR_STOP=1"
for table in "${tables[@]}"; do $psql "$pg_url" -c "\\copy $table TO '$work/$table.copy'"; done
$psql "$pg_url" -c 'CREATE DATABASE yardstick'
other="${pg_url%/postgres}/yardstick"
{
  echo 'CREATE COLLATION "BINARY" FROM "C";'
  cat "${schema[@]}"
  # The rows are copied without the workplace that they belong to.
  echo 'ALTER TABLE accounts DROP CONSTRAINT accounts_workplace_id_fkey;'
} | $psql "$other" >/dev/null
load_pg() { for table in "${tables[@]}"; do $psql "$other" -c "\\copy $table FROM '$work/$table.copy'"; done; }
yardstick="$(seconds load_pg)"
result "PostgreSQL: the same rows by COPY" "$yardstick" s "yardstick"
result "PostgreSQL: import to yardstick" "$(ratio "$ours" "$yardstick")" times "wanted: 3 or less"
