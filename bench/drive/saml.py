"""How often pysaml2 verifies the response in a second, with the xmlsec1 that it starts for each."""

import pathlib
import sys
import time

from saml2 import BINDING_HTTP_POST
from saml2.client import Saml2Client
from saml2.config import SPConfig

folder = pathlib.Path(sys.argv[1])
issuer, audience, acs = (folder / "said").read_text().split()
metadata = f"""<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{issuer}"><IDPSSODescriptor
 protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing"><KeyInfo
 xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>{(folder / "certificate").read_text()}</X509Certificate></X509Data></KeyInfo></KeyDescriptor><SingleSignOnService
 Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example/sso"/></IDPSSODescriptor></EntityDescriptor>"""
(folder / "metadata.xml").write_text(metadata)
response = (folder / "response").read_text()
config = SPConfig().load({
    "entityid": audience,
    "accepted_time_diff": 3600,
    "metadata": {"local": [str(folder / "metadata.xml")]},
    "service": {"sp": {
        "endpoints": {"assertion_consumer_service": [(acs, BINDING_HTTP_POST)]},
        "allow_unsolicited": True,
        "want_assertions_signed": True,
        "want_response_signed": False,
    }},
})
client = Saml2Client(config)


def verify():
    opened = client.parse_authn_request_response(response, BINDING_HTTP_POST)
    assert opened.get_subject().text


verify()
start, done = time.monotonic(), 0
while time.monotonic() - start < 3:
    verify()
    done += 1
print(round(done / (time.monotonic() - start)))
