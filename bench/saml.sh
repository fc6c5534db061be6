#!/usr/bin/env bash
# SAML: one signed response verified again and again on one processor, beside @node-saml/node-saml, pysaml2 (which starts xmlsec1
# each time) and bare RSA-2048; then 4,000 responses of 50 people to their sessions, on a database on disk.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

apt_need xmlsec1
python_venv saml pysaml2==7.5.5
mkdir "$work/node"
npm --prefix "$work/node" install --silent --no-audit --no-fund @node-saml/node-saml@5.1.0 >/dev/null
measured() { GUILDHALL_SAML="$work" cargo test --quiet --locked --release "$@" -- --ignored --nocapture | grep $'\t'; }
rates="$(measured -p guildhall-wire --test saml rate::responses_a_second)"
rates+=$'\n'"$(measured -p guildhall-http --test all sso::rate::sessions_a_second)"
rate() { grep -F "$1"$'\t' <<<"$rates" | cut -f2; }
rates+=$'\n'"node-saml"$'\t'"$(NODE_PATH="$work/node/node_modules" node bench/drive/saml.cjs "$work")"
rates+=$'\n'"pysaml2"$'\t'"$("$tools_dir/venv-saml/bin/python" bench/drive/saml.py "$work")"
for name in "bare RSA-2048" node-saml pysaml2 verified "response to session"; do
  result "SAML: $name" "$(rate "$name")" "a second"
done
ratio() { node -p "($(rate "$1") / $(rate "$2")).toFixed(2)"; }
result "SAML: verified, to bare RSA-2048" "$(ratio verified "bare RSA-2048")" times "wanted: 0.30 or more"
result "SAML: verified, to node-saml" "$(ratio verified node-saml)" times "wanted: 20 or more"
result "SAML: verified, to pysaml2" "$(ratio verified pysaml2)" times "wanted: 20 or more"
