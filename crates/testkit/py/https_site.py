"""Web sites that behave as their host's first name says. Prints its port as JSON; ends with its standard input.

usage: https_site.py DIR    writes DIR/ca.pem; serves DIR/proof.txt as the proof, and as it is at right.example/plain
"""

import json
import ssl
import struct
import sys
import threading
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import trustme

FOLDER = Path(sys.argv[1])
FILE = "/.well-known/guildhall-domain-verification.html"
SITES = [
    "right", "wrong", "older", "missing", "moved", "www.moved", "away", "circle", "plain", "port", "inner",
    "inside.inner", "slow", "endless", "broken",
]


def picture(side=8):
    """A PNG of one colour (W3C PNG, sections 5 and 11)."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = (b"\0" + b"\x20\x60\xa0" * side) * side
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class Site(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def page(self, text, status=200):
        body = text if isinstance(text, bytes) else text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def lead(self, to):
        self.send_response(302)
        self.send_header("Location", to)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self):
        host = self.headers.get("Host", "").split(":")[0].removesuffix(".example")
        proof = (FOLDER / "proof.txt").read_text()
        right = f"<!doctype html><title>Proof</title><p>{proof}</p>"
        if host == "right" and self.path == "/photo.png":
            self.page(picture())
        elif host == "right" and self.path == "/plain":
            self.page(proof)
        elif host in ("right", "www.moved", "inside.inner"):
            self.page(right if self.path == FILE else "Not here", 200 if self.path == FILE else 404)
        elif host == "wrong":
            self.page("<p>Welcome to our company</p>")
        elif host == "older":
            self.page("<p>guildhall-domain-verification=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA</p>")
        elif host == "missing":
            self.page("Not found", 404)
        elif host == "moved":
            self.lead(f"https://www.moved.example{FILE}")
        elif host == "away":
            self.lead(f"https://right.example{FILE}")
        elif host == "circle":
            self.lead(f"https://circle.example{FILE}")
        elif host == "plain":
            self.lead(f"http://plain.example{FILE}")
        elif host == "port":
            self.lead(f"https://port.example:22{FILE}")
        elif host == "inner":
            self.lead(f"https://inside.inner.example{FILE}")
        elif host == "slow":
            time.sleep(60)
        elif host == "endless":
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"x" * 65536)
            except OSError:
                pass
        else:
            self.page("Out of order", 500)


authority = trustme.CA()
authority.cert_pem.write_to_path(str(FOLDER / "ca.pem"))
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
authority.issue_cert(*[f"{site}.example" for site in SITES]).configure_cert(context)
server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
server.daemon_threads = True
server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(json.dumps({"port": server.server_address[1]}), flush=True)
sys.stdin.read()
