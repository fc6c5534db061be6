"""Makes a private key for DKIM and says what its public record must be, independently of our own code.

usage: dkim_keys.py rsa|rsa-pkcs1|ed25519      prints {"pem": …, "record": …}
"""

import base64
import json
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

kind = sys.argv[1]
form = serialization.PrivateFormat.PKCS8
if kind == "ed25519":
    key = ed25519.Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
else:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    if kind == "rsa-pkcs1":
        form = serialization.PrivateFormat.TraditionalOpenSSL
pem = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
name = "ed25519" if kind == "ed25519" else "rsa"
record = f"v=DKIM1; k={name}; p={base64.b64encode(public).decode()}"
print(json.dumps({"pem": pem.decode(), "record": record}))
