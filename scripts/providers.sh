#!/usr/bin/env bash
# Writes crates/core/data/mail_providers.txt anew: the domains of public mail providers, of which no workplace may
# have one. From two lists that are kept by others; what they miss stands below. Needs npm and network.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

common=email-providers@2.26.0
disposable=free-email-domains@1.12.6

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
for package in "$common" "$disposable"; do
  (cd "$folder" && npm pack "$package" --silent >/dev/null)
done
for archive in "$folder"/*.tgz; do
  mkdir "${archive%.tgz}" && tar xzf "$archive" -C "${archive%.tgz}"
done
{
  echo "# Domains of public mail providers, one a line, sorted. Made by scripts/providers.sh: not edited by hand."
  echo "# From $common (ISC, Copyright Jannis R) and $disposable (MIT, Copyright Kiko Beats)."
  node - "$folder" <<'JS'
const { readFileSync } = require('fs');
const { domainToASCII } = require('url');
const [folder] = process.argv.slice(2);
const read = (path) => JSON.parse(readFileSync(`${folder}/${path}`, 'utf8'));
const found = require('fs').readdirSync(folder).filter((name) => !name.endsWith('.tgz'));
const lists = found.flatMap((name) => read(`${name}/package/${name.startsWith('free') ? 'domains' : 'all'}.json`));
const missed = ['tuta.com', 'tutanota.com', 'tutanota.de', 'tutamail.com', 'tuta.io', 'keemail.me'];
// Names that nobody can own (RFC 2606).
const nobodys = new Set(['example.com', 'example.net', 'example.org']);
const all = new Set([...lists, ...missed].map((name) => domainToASCII(name.trim().toLowerCase())));
console.log([...all].filter((name) => name.includes('.') && !nobodys.has(name)).sort().join('\n'));
JS
} >crates/core/data/mail_providers.txt
