#!/usr/bin/env bash
# What the tests need beyond cargo, installed when it is missing and left alone when it is there.
#
#   scripts/tools.sh tool_aiosmtpd apt_need:postfix     run some
#   . scripts/tools.sh; tool_aiosmtpd                    or source it and call the functions
#
# Each function is quiet when there is nothing to do, and may run several times at once.

tools_root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
tools_dir="${CARGO_TARGET_DIR:-$tools_root/target}/tools"

# apt_need PACKAGE...: Debian packages, by apt-get (through sudo when not root).
apt_need() {
  local missing=() package as_root=()
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  if ! command -v apt-get >/dev/null; then
    echo "Please install these programs by hand, this system has no apt-get: ${missing[*]}" >&2
    return 1
  fi
  if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
  echo "Installing ${missing[*]}" >&2
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120)
  if ! "${apt[@]}" install -y --no-install-recommends "${missing[@]}" </dev/null >/dev/null 2>&1; then
    "${apt[@]}" update >/dev/null && "${apt[@]}" install -y --no-install-recommends "${missing[@]}" </dev/null >/dev/null
  fi
}

# python_venv NAME REQUIREMENT...: a virtual environment target/tools/venv-NAME with exactly these.
python_venv() {
  local name="$1" venv="$tools_dir/venv-$1" stamp want
  shift
  want="$*"
  stamp="$venv/.wanted"
  mkdir -p "$tools_dir"
  (
    flock 9
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ] && exit 0
    echo "Installing $want" >&2
    rm -rf "$venv"
    python3 -c 'import ensurepip, venv' 2>/dev/null || apt_need python3-venv
    python3 -m venv "$venv" &&
      "$venv/bin/pip" install --quiet --disable-pip-version-check "$@" >&2 &&
      printf '%s' "$want" >"$stamp"
  ) 9>"$tools_dir/.venv-$name.lock"
}

# A scriptable SMTP server, certificates for it, and a DKIM verifier that is not ours.
tool_aiosmtpd() {
  python_venv aiosmtpd aiosmtpd==1.4.6 trustme==1.2.1 'dkimpy[ed25519]==1.1.8'
}

# apt_need_stopped PACKAGE: a server's package whose service Debian would start. The test kit starts its own
# private instance, so nothing is to run on the standard port.
apt_need_stopped() {
  dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q '^install ok installed$' && return 0
  if [ "$(id -u)" -eq 0 ] && [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
    apt_need "$1"
    local result=$?
    rm -f /usr/sbin/policy-rc.d
    return $result
  fi
  apt_need "$1"
}

# A real mail server.
tool_postfix() {
  apt_need_stopped postfix
}

# A real directory server: OpenLDAP.
tool_slapd() {
  apt_need_stopped slapd && apt_need ldap-utils openssl
}

# A real domain controller that speaks as Active Directory does.
tool_samba() {
  apt_need_stopped samba && apt_need samba-ad-provision samba-dsdb-modules samba-vfs-modules winbind python3-markdown ldap-utils openssl
}

# Real name servers: one that speaks for zones and signs them, and one that resolves and checks signatures.
tool_dns() {
  apt_need_stopped knot && apt_need_stopped unbound && apt_need knot-dnssecutils knot-dnsutils
}

# The second database.
tool_postgresql() {
  [ -x /usr/lib/postgresql/15/bin/initdb ] || apt_need_stopped postgresql-15
}

# What reads printed sheets: PDF to pictures and text, and QR codes in pictures.
tool_zbar() {
  apt_need zbar-tools poppler-utils
}

# Fonts for scripts that the cards' own font lacks: one as TrueType, one as a collection, one with PostScript outlines.
tool_fonts() {
  apt_need fonts-lohit-deva fonts-wqy-microhei fonts-tlwg-loma-otf
}

# SimpleSAMLphp, an identity provider, in PHP's own server.
tool_simplesaml() {
  apt_need simplesamlphp php-cli php-xml
}

# A real browser, with a font that has the letters of the languages the tests write.
tool_chromium() {
  apt_need chromium fonts-dejavu-core
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  set -e
  for step in "$@"; do
    case "$step" in
      apt_need:*) apt_need "${step#apt_need:}" ;;
      *) "$step" ;;
    esac
  done
fi
