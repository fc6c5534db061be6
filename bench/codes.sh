#!/usr/bin/env bash
# 10,000 access codes made, stored and rendered as sheets to print, by the command line.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

count="${CODES:-10000}"
mkdir "$work/data"
new_workplace "$work/data"
{
  echo 'Employee ID,Full name,Department'
  for n in $(seq "$count"); do echo "E-$n,Łukasz Brzęczyszczykiewicz $n,Department $((n % 40))"; done
} >"$work/people.csv"
"$guildhall" import "$work/people.csv" --data "$work/data" --yes --json >/dev/null
"$guildhall" code allow --data "$work/data" >/dev/null
took="$(seconds "$guildhall" code sheets "$work/cards.pdf" --data "$work/data" --json)"
given="$(field given <"$work/said")"
[ "$given" = "$count" ] || fail "$given codes were given, not $count."
result "Access codes made, stored and printed as a PDF, $count" "$took" s "wanted: 20 or less; the file has $(($(stat -c %s "$work/cards.pdf") / 1024)) kB"
