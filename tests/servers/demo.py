# SPDX-License-Identifier: ISC
"""A small submission server for ./quickstart: STARTTLS and AUTH mandatory, on
loopback, under a CA made on the spot (python3-aiosmtpd).

    demo.py FOLDER USER PASSWORD

Prints its port, then serves until its input ends.  Writes FOLDER/pki/ca.pem
first, and each message it takes in to FOLDER/arrived.
"""
import asyncio
import os
import ssl
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from aiosmtpd.smtp import SMTP, AuthResult  # noqa: E402

from servers.pki import Pki  # noqa: E402


class Mailbox:
    def __init__(self, path):
        self.path = path

    async def handle_DATA(self, _server, _session, envelope):
        lines = ["MAIL FROM:<%s>" % envelope.mail_from]
        lines += ["RCPT TO:<%s>" % rcpt for rcpt in envelope.rcpt_tos]
        with open(self.path, "wb") as f:
            f.write("\n".join(lines).encode() + b"\n\n")
            f.write(envelope.original_content.replace(b"\r\n", b"\n"))
        return "250 2.0.0 stored as demo-1"


async def serve(folder, user, password):
    pki = Pki(os.path.join(folder, "pki"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki.cert, pki.key)

    def authenticator(_server, _session, _envelope, _mechanism, data):
        good = (data.login, data.password) == (user.encode(),
                                               password.encode())
        return AuthResult(success=good, handled=True)

    def session():
        return SMTP(Mailbox(os.path.join(folder, "arrived")),
                    hostname="demo.example.test", tls_context=context,
                    require_starttls=True, auth_required=True,
                    authenticator=authenticator)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(session, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


asyncio.run(serve(*sys.argv[1:4]))
