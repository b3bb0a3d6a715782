# SPDX-License-Identifier: ISC
"""A server that plays a dialogue, for everything a real server won't do.

    with Scripted(["S: 220 mail.test ESMTP",
                   "C: EHLO *",
                   "S: 250-mail.test",
                   "S: 250 PIPELINING",
                   "C: MAIL FROM:<a@b>*",
                   "RST"]) as server:
        ... server.port ...
    server.received        # every octet the client sent, as it was sent
    server.chunks          # the octets behind BDAT, together
    server.failure         # None, or what did not go by the script

The lines of a dialogue:

    S: TEXT     send TEXT and CRLF
    S> TEXT     send exactly TEXT, where \\r \\n \\0 \\\\ \\xHH stand for octets; a
                whole flight in one write
    C: PATTERN  read one line; it must match the shell pattern
    C.          read a message up to and with CRLF "." CRLF
    C+          read a BDAT command and the octets that it announces
    C$          read until the client ends the connection
    TLS         do the server's side of a TLS handshake
    CLEAR       go on without TLS, and say nothing of it
    UNWRAP      end TLS as it should be ended, and go on without it
    FIN         close; with TLS without a close_notify
    BYE         close; with TLS after a close_notify
    RST         reset the connection
    ~SECONDS    wait (for faults of time only; never to make a test pass)
    WAIT        say nothing until the test calls go_on()
    HANG        keep the connection open and say nothing until the test ends

`Scripted([dialogue, dialogue, ...])` plays one dialogue per connection, in the
order in which they come; further connections are refused.  With tls=True the
TLS handshake comes first (implicit TLS).  It listens on a free port of
127.0.0.1, or `at` another address (`port`), or at a path.  Silence of the client longer than
`patience_s` ends a dialogue as a failure.
"""
import codecs
import fnmatch
import socket
import ssl
import struct
import threading

from .listener import listen


class Mismatch(Exception):
    pass


class Connection:
    def __init__(self, sock, context):
        self.sock, self.context = sock, context
        self.received = b""
        self.unread = b""
        self.chunks = b""

    def more(self):
        """Read once; False at the end."""
        try:
            data = self.sock.recv(65536)
        except (ConnectionError, ssl.SSLError):
            data = b""
        except (TimeoutError, socket.timeout):
            raise Mismatch("the client is silent") from None
        self.received += data
        self.unread += data
        return bool(data)

    def until(self, mark):
        while mark not in self.unread:
            if not self.more():
                raise Mismatch("the client left; unread: %r" % self.unread)
        found, self.unread = self.unread.split(mark, 1)
        return found

    def send(self, data):
        try:
            self.sock.sendall(data)
        except OSError as e:
            raise Mismatch("cannot send %r: %s" % (data[:40], e)) from None

    def handshake(self):
        if self.unread:
            raise Mismatch("octets before the handshake: %r" % self.unread)
        try:
            self.sock = self.context.wrap_socket(
                self.sock, server_side=True, suppress_ragged_eofs=True)
        except (OSError, ssl.SSLError) as e:
            raise Mismatch("handshake: %s" % e) from None

    def unwrap(self):
        try:
            self.sock = self.sock.unwrap()
        except (OSError, ssl.SSLError, ValueError):
            pass

    def close(self, how="FIN"):
        if how == "BYE" and isinstance(self.sock, ssl.SSLSocket):
            self.unwrap()
        if how == "RST":
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                 struct.pack("ii", 1, 0))
        self.sock.close()


def octets(text):
    return codecs.escape_decode(text.encode())[0]


class Scripted:
    def __init__(self, dialogue, pki=None, tls=False, patience_s=20,
                 context=None, at="127.0.0.1", port=0):
        lists = dialogue and isinstance(dialogue[0], (list, tuple))
        self.dialogues = list(dialogue) if lists else [dialogue]
        self.tls, self.patience_s = tls, patience_s
        self.context = context
        if pki and not context:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(pki.cert, pki.key)
        self.connections = []
        self.failure = None
        self._end = threading.Event()
        self._going = threading.Event()
        self._listener = listen(at, port)
        name = self._listener.getsockname()
        self.port = name[1] if isinstance(name, tuple) else None
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def received(self):
        """What came on all connections, in order."""
        return b"".join(c.received for c in self.connections)

    @property
    def chunks(self):
        return b"".join(c.chunks for c in self.connections)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc):
        self.finish()

    def go_on(self):
        """Let go who WAITs."""
        self._going.set()

    def finish(self):
        """End the dialogue, if it has not ended; wait until it has."""
        self._end.set()
        self._going.set()
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        self._thread.join(self.patience_s + 5)

    def _serve(self):
        for number, dialogue in enumerate(self.dialogues):
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            if number == len(self.dialogues) - 1:
                self._listener.close()
            sock.settimeout(self.patience_s)
            if self.port:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            conn = Connection(sock, self.context)
            self.connections.append(conn)
            try:
                if self.tls:
                    conn.handshake()
                for line in dialogue:
                    self._step(conn, line)
            except Mismatch as e:
                if not self.failure:
                    self.failure = str(e)
            finally:
                conn.close()

    def _step(self, conn, line):
        what, _, text = line.partition(" ")
        if what == "S:":
            conn.send(octets(text) + b"\r\n")
        elif what == "S>":
            conn.send(octets(text))
        elif what == "C:":
            got = conn.until(b"\r\n").decode("latin-1")
            if not fnmatch.fnmatchcase(got, text):
                raise Mismatch("expected %r, the client said %r" % (text, got))
        elif what == "C.":
            self._message(conn)
        elif what == "C+":
            self._chunk(conn)
        elif what == "C$":
            while conn.more():
                pass
        elif what == "TLS":
            conn.handshake()
        elif what == "CLEAR":
            conn.sock = socket.socket(fileno=conn.sock.detach())
            conn.sock.settimeout(self.patience_s)
        elif what == "UNWRAP":
            conn.unwrap()
        elif what in ("FIN", "BYE", "RST"):
            conn.close(what)
        elif what.startswith("~"):
            self._end.wait(float(what[1:]))
        elif what == "WAIT":
            self._going.wait()
        elif what == "HANG":
            self._end.wait()
        else:
            raise ValueError("not a line of a dialogue: " + line)

    @staticmethod
    def _chunk(conn):
        words = conn.until(b"\r\n").split()
        if words[:1] != [b"BDAT"]:
            raise Mismatch("no chunk, but %r" % words)
        size = int(words[1])
        while len(conn.unread) < size:
            if not conn.more():
                raise Mismatch("the client left inside a chunk")
        conn.chunks += conn.unread[:size]
        conn.unread = conn.unread[size:]

    @staticmethod
    def _message(conn):
        while len(conn.unread) < 3 and conn.more():
            pass
        if conn.unread[:3] == b".\r\n":
            conn.unread = conn.unread[3:]
        else:
            conn.until(b"\r\n.\r\n")
