"""Opens the letter in the file named, as a mail reader would, and prints it as JSON."""

import email
import json
import sys
from email import policy

with open(sys.argv[1], "rb") as file:
    letter = email.message_from_binary_file(file, policy=policy.default)


def part(kind):
    body = letter.get_body(preferencelist=(kind,))
    return body.get_content() if body else None


facts = {name: str(letter[name]) for name in ("from", "to", "subject")}
json.dump({**facts, "text": part("plain"), "html": part("html")}, sys.stdout)
