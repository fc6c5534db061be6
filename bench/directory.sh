#!/usr/bin/env bash
# A real OpenLDAP of 100,000 people with managers: read the first time, planned, applied and durable; read again when
# nothing changed; everybody read again. The time of the directory is in it; reading alone by ldapsearch is the yardstick.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
tool_slapd

count="${COUNT:-100000}"
suffix=dc=example,dc=com
mkdir "$work/ldap" "$work/ldap/db" "$work/data"
{
  for schema in core cosine inetorgperson; do echo "include /etc/ldap/schema/$schema.schema"; done
  cat <<CONF
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload syncprov
database mdb
maxsize 4294967296
suffix $suffix
directory $work/ldap/db
rootdn cn=root,$suffix
rootpw secret
index objectClass,entryUUID,entryCSN eq
sizelimit unlimited
overlay syncprov
CONF
} >"$work/ldap/slapd.conf"
node -e '
const [count, suffix] = [Number(process.argv[1]), process.argv[2]];
const lines = [`dn: ${suffix}`, "objectClass: organization", "objectClass: dcObject", "o: Example", "dc: example", ""];
for (let n = 0; n < count; n += 1) {
  lines.push(`dn: uid=p${n},${suffix}`, "objectClass: inetOrgPerson", `uid: p${n}`, `cn: Person ${n}`, "givenName: Person", `sn: N${n}`,
    `mail: p${n}@example.com`, `employeeNumber: ${n}`, "title: Clerk");
  if (n > 0) lines.push(`manager: uid=p${Math.floor(n / 8)},${suffix}`);
  lines.push("");
}
process.stdout.write(lines.join("\n"));' "$count" "$suffix" >"$work/ldap/people.ldif"
/usr/sbin/slapadd -q -f "$work/ldap/slapd.conf" -l "$work/ldap/people.ldif"
port="$(free_port)"
/usr/sbin/slapd -d 0 -h "ldap://127.0.0.1:$port" -f "$work/ldap/slapd.conf" &
started+=("$!")
until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.05; done

alone() { ldapsearch -x -LLL -H "ldap://127.0.0.1:$port" -D "cn=root,$suffix" -w secret -b "$suffix" -E pr=500/noprompt '(objectClass=inetOrgPerson)'; }
yardstick="$(seconds alone)"
new_workplace "$work/data"
start_server "$work/data"
GUILDHALL_TOKEN="$token" node bench/drive/directory.mjs "$url" "$port" "$suffix" >"$work/times.json"
peak="$(memory "$server" VmHWM)"
stop_server
[ "$(field created <"$work/times.json")" = "$count" ] || fail "Not everybody came: $(cat "$work/times.json")"
result "Directory: first sync of $count people from OpenLDAP" "$(field first <"$work/times.json")" s "wanted: 60 s or less for 100,000"
result "Directory: read, and nothing had changed" "$(field nothing <"$work/times.json")" s "wanted: 1 s or less"
result "Directory: everybody read again, and nothing had changed" "$(field again <"$work/times.json")" s
result "Directory: the same entries by ldapsearch, to a file" "$yardstick" s "yardstick of reading"
result "Directory: peak memory of the server" "$peak" MB
