"""A mail server for tests that answers as the recipient's address tells it to.

Prints one line of JSON when it listens ({"port": …}), and ends when its standard input is closed, so that it
never outlives the test that started it.

What the part of the recipient before the @ begins with decides:

    defer     451 to RCPT TO            gone       550 to RCPT TO
    spam      554 to the letter         later      451 to the letter
    kept      takes the letter, then loses the connection before it answers
    lost      loses the connection after the letter without taking it
    slow      takes the letter, answers after --slow seconds
    closing   421 to RCPT TO and closes
    (others)  250

A letter that is taken is written to DIR/new as NUMBER.eml, with its envelope beside it as NUMBER.json.
"""

import argparse
import asyncio
import json
import os
import ssl
import sys
import threading

import trustme
from aiosmtpd.smtp import SMTP, AuthResult


class Taker:
    def __init__(self, folder, slow, refuse_sender):
        self.folder = folder
        self.slow = slow
        self.refuse_sender = refuse_sender
        self.number = len([name for name in os.listdir(os.path.join(folder, "new")) if name.endswith(".eml")])

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.refuse_sender and address == self.refuse_sender:
            return "553 5.7.1 Sender address rejected: not owned by user"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("defer"):
            return "451 4.7.1 Greylisted, please try again in five minutes"
        if address.startswith("gone"):
            return "550 5.1.1 No such user here"
        if address.startswith("closing"):
            server.transport.write(b"421 4.3.2 Closing for maintenance\r\n")
            server.transport.close()
            return "421 4.3.2 Closing"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        to = envelope.rcpt_tos[0]
        if to.startswith("spam"):
            return "554 5.7.1 Message looks like spam"
        if to.startswith("later"):
            return "451 4.3.0 Temporary failure, try again"
        if to.startswith("lost"):
            server.transport.abort()
            return "451 never sent"
        self.write(server, session, envelope)
        if to.startswith("kept"):
            server.transport.abort()
            return "250 never sent"
        if to.startswith("slow"):
            await asyncio.sleep(self.slow)
        return f"250 2.0.0 OK, queued as {self.number}"

    def write(self, server, session, envelope):
        self.number += 1
        name = f"{self.number:06}"
        facts = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "options": envelope.mail_options,
            "peer_port": session.peer[1],
            "hello": session.host_name,
            "tls": session.ssl is not None or server.transport.get_extra_info("sslcontext") is not None,
            "user": session.auth_data.decode() if session.auth_data else None,
        }
        with open(os.path.join(self.folder, "new", name + ".json"), "w", encoding="utf-8") as file:
            json.dump(facts, file)
        # Renamed, so that whoever sees it sees all of it.
        part = os.path.join(self.folder, name + ".part")
        with open(part, "wb") as file:
            file.write(envelope.original_content)
        os.rename(part, os.path.join(self.folder, "new", name + ".eml"))


def certificate(folder):
    ca = trustme.CA()
    ca.cert_pem.write_to_path(os.path.join(folder, "ca.pem"))
    issued = ca.issue_cert("localhost", "127.0.0.1")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    issued.configure_cert(context)
    return context


async def serve(args):
    os.makedirs(os.path.join(args.dir, "new"), exist_ok=True)
    context = certificate(args.dir) if args.tls != "none" else None
    taker = Taker(args.dir, args.slow, args.refuse_sender)
    user, _, password = (args.auth or "").partition(":")

    def authenticate(server, session, envelope, mechanism, data):
        fine = data.login == user.encode() and data.password == password.encode()
        if fine:
            return AuthResult(success=True, auth_data=data.login)
        return AuthResult(success=False, handled=False)

    def protocol():
        return SMTP(
            taker,
            hostname="mail.test",
            enable_SMTPUTF8=not args.no_utf8,
            tls_context=context if args.tls == "starttls" else None,
            require_starttls=args.require_starttls,
            auth_required=bool(args.auth),
            auth_require_tls=args.tls == "starttls",
            authenticator=authenticate if args.auth else None,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        protocol, "127.0.0.1", args.port, ssl=context if args.tls == "implicit" else None
    )
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await server.serve_forever()


def end_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dir", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tls", choices=["none", "starttls", "implicit"], default="none")
    parser.add_argument("--require-starttls", action="store_true")
    parser.add_argument("--auth", metavar="USER:PASSWORD")
    parser.add_argument("--slow", type=float, default=2.0)
    parser.add_argument("--refuse-sender", metavar="ADDRESS")
    parser.add_argument("--no-utf8", action="store_true")
    args = parser.parse_args()
    threading.Thread(target=end_with_parent, daemon=True).start()
    asyncio.run(serve(args))


if __name__ == "__main__":
    main()
