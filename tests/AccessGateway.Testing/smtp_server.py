"""A mail server for tests: aiosmtpd (package python3-aiosmtpd), with the moods that a real one has.

Usage: smtp_server.py ADDRESS PORT FOLDER [CERTIFICATE KEY [USER PASSWORD]]
Each mail becomes a file in FOLDER. Recipients that begin with refused@ get 550, with grey@ get 451 the first time.
"""
import itertools
import pathlib
import signal
import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

folder = pathlib.Path(sys.argv[3])
number = itertools.count()


class Moods:
    def __init__(self):
        self.seen = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused@"):
            return "550 5.1.1 No such\tperson"
        if address.startswith("grey@") and address not in self.seen:
            self.seen.add(address)
            return "451 4.7.1 Come again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        target = folder / f"{next(number):04}.eml"
        part = target.with_suffix(".part")
        part.write_bytes(("X-Rcpt: %s\r\nX-Peer: %s\r\n" % (",".join(envelope.rcpt_tos), session.peer[1])).encode() + envelope.original_content)
        part.rename(target)
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    good = len(sys.argv) > 7 and data.login == sys.argv[6].encode() and data.password == sys.argv[7].encode()
    return AuthResult(success=good, handled=False)


options = {}
if len(sys.argv) > 4:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(sys.argv[4], sys.argv[5])
    options = {"tls_context": context, "require_starttls": True}
if len(sys.argv) > 6:
    options |= {"authenticator": authenticate, "auth_required": True}
controller = Controller(Moods(), hostname=sys.argv[1], port=int(sys.argv[2]), **options)
controller.start()
print("listening", flush=True)
signal.sigwait([signal.SIGTERM, signal.SIGINT])
controller.stop()
