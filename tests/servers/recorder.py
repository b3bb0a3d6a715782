# SPDX-License-Identifier: ISC
"""A mail server that takes what it is given and remembers how it was given.

    with Recorder(pki) as server:                    server.port
    with Recorder(pki, implicit=True), Recorder(pki, lmtp=True),
    Recorder(pki, at="/tmp/socket"):

    server.sessions      # one Session for each connection, in their order

It offers STARTTLS (`pki` given), AUTH PLAIN and LOGIN for any user whose
password is "right", and DSN; not PIPELINING, so that each command waits for its
answer.  A recipient's or sender's local part says how it is answered: `no`
(550), `later` (450), `drop` (the connection ends); `body-no`, `body-later` and
`body-drop` the same at the end of the message.
"""
import base64
import re
import socket
import ssl

from .listener import Listener

ANSWERS = {"no": "550 5.1.1 no", "later": "450 4.2.0 later"}


class Session:
    """peer     the client's address
    hello    the argument of the last EHLO, HELO or LHLO
    tls      the version, or None;  sni, client_cert
    auth     (mechanism, user), or None
    sender, rcpts    what stands behind MAIL FROM: and RCPT TO:
    data     the message, or None; its lines end in CRLF
    """

    def __init__(self, peer):
        self.peer = peer
        self.hello = self.tls = self.sni = self.auth = self.sender = None
        self.data, self.rcpts, self.client_cert = None, [], False
        self.is_mark = False

    def facts(self):
        """What can be compared: all but the message."""
        return {k: v for k, v in vars(self).items()
                if k not in ("data", "is_mark")}


class Gone(Exception):
    pass


class Recorder(Listener):
    def __init__(self, pki=None, implicit=False, lmtp=False, at="127.0.0.1"):
        super().__init__(at)
        self.sessions = []
        self.lmtp, self.implicit, self.context = lmtp, implicit, None
        if pki:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(pki.cert, pki.key)
            self.context.load_verify_locations(pki.ca)
            self.context.verify_mode = ssl.CERT_OPTIONAL

    def take(self):
        """The sessions since the last call.  A client that has ended may have
        left something to be read: what is said here comes behind it."""
        with socket.socket(self._listener.family) as sock:
            sock.connect(self._listener.getsockname())
            if self.implicit:
                anyhow = ssl._create_unverified_context()
                sock = anyhow.wrap_socket(sock)
            with sock:
                sock.sendall(b"MARK\r\n")
                while sock.recv(4096):
                    pass
        taken, self.sessions = self.sessions, []
        return [session for session in taken if not session.is_mark]

    def _serve(self):
        """One after the other: the sessions stay in order."""
        while True:
            try:
                sock, peer = self._listener.accept()
            except OSError:
                return
            sock.settimeout(20)
            session = Session(peer[0] if isinstance(peer, tuple) else "")
            try:
                Talk(self, sock, session).run()
            except (Gone, OSError):
                pass
            self.sessions.append(session)


class Talk:
    """One connection."""

    def __init__(self, server, sock, session):
        self.server, self.sock, self.session = server, sock, session
        self.unread = b""

    def say(self, *lines):
        for i, line in enumerate(lines):
            sep = " " if i == len(lines) - 1 else "-"
            self.sock.sendall(
                (line[:3] + sep + line[4:] + "\r\n").encode())

    def line(self, end=b"\r\n"):
        while end not in self.unread:
            more = self.sock.recv(65536)
            if not more:
                raise Gone
            self.unread += more
        found, self.unread = self.unread.split(end, 1)
        return found

    def secure(self):
        def named(sock, name, context):
            self.session.sni = name
        self.server.context.sni_callback = named
        self.sock = self.server.context.wrap_socket(
            self.sock, server_side=True, suppress_ragged_eofs=True)
        self.session.tls = self.sock.version()
        self.session.client_cert = bool(self.sock.getpeercert())

    def run(self):
        try:
            if self.server.implicit:
                self.secure()
            self.say("220 mail.test ESMTP")
            while True:
                self.command(self.line().decode("utf-8", "replace"))
        finally:
            self.sock.close()

    def command(self, text):
        verb, _, rest = text.partition(" ")
        act = getattr(self, "do_" + verb.lower(), None)
        if verb.upper() == "QUIT":
            self.say("221 bye")
            raise Gone
        if act:
            act(rest)
        else:
            self.say("500 what?")

    def hello(self, name):
        self.session.hello = name
        offers = ["250 mail.test", "250 AUTH PLAIN LOGIN", "250 DSN"]
        if self.server.context and not self.session.tls:
            offers.append("250 STARTTLS")
        self.say(*offers)

    do_ehlo = do_lhlo = hello

    def do_starttls(self, rest):
        self.say("220 go on")
        self.secure()

    def do_auth(self, rest):
        mech, _, first = rest.partition(" ")
        if mech == "PLAIN":
            if not first:
                self.say("334 ")
                first = self.line().decode()
            _, user, password = base64.b64decode(first).decode().split("\0")
        else:
            words = []
            for word in ("Username:", "Password:"):
                self.say("334 " + base64.b64encode(word.encode()).decode())
                words.append(base64.b64decode(self.line()).decode())
            user, password = words
        self.session.auth = (mech, user)
        self.say("235 2.7.0 ok" if password == "right" else "535 5.7.8 no")

    def answer(self, prefix):
        """The answer that an address asks for at this stage, or None."""
        for address in [self.session.sender, *self.session.rcpts]:
            m = re.match(r"<%s(no|later|drop)[@+]" % prefix, address)
            if m and m[1] == "drop":
                raise Gone
            if m:
                return ANSWERS[m[1]]
        return None

    def do_mail(self, rest):
        self.session.sender = rest.partition(":")[2]
        self.say(self.answer("") or "250 2.1.0 ok")

    def do_rcpt(self, rest):
        address = rest.partition(":")[2]
        self.session.rcpts.append(address)
        m = re.match(r"<(no|later|drop)@", address)
        if m and m[1] == "drop":
            raise Gone
        self.say(ANSWERS[m[1]] if m else "250 2.1.5 ok")

    def do_data(self, rest):
        self.say("354 go on")
        text = self.line(b"\r\n.\r\n") + b"\r\n"
        answer = self.answer("body-") or "250 2.0.0 queued as 1234"
        self.session.data = re.sub(rb"(?m)^\.", b"", text)
        good = len(self.session.rcpts) if self.server.lmtp else 1
        for _ in range(good):
            self.say(answer)

    def do_mark(self, rest):
        self.session.is_mark = True
        raise Gone

    def do_rset(self, rest):
        self.say("250 ok")
