"""Verifies the DKIM signature of a message on standard input with dkimpy.

usage: dkim_check.py NAME RECORD < message     NAME: selector._domainkey.domain, the one TXT record in this world
prints {"valid": true|false, "why": …}
"""

import json
import sys

import dkim

name, record = sys.argv[1], sys.argv[2]


def dns(asked, timeout=5):
    asked = asked.decode() if isinstance(asked, bytes) else asked
    return record.encode() if asked.rstrip(".") == name else None


try:
    print(json.dumps({"valid": bool(dkim.verify(sys.stdin.buffer.read(), dnsfunc=dns)), "why": None}))
except dkim.DKIMException as error:
    print(json.dumps({"valid": False, "why": str(error)}))
