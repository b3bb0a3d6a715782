# SPDX-License-Identifier: ISC
"""A mail server that keeps the books, and the comparison of what was accepted
with what arrived.

    with Ledger() as sink:
        ... sink.port ...
        sink.arrived       # {Message-ID: [octets, ...]}
        sink.verdicts      # {recipient's local part: "450 4.2.0 later"}
    sink.keep          # what of the octets is kept: all, if nobody sets it

A mail counts as arrived when its end was read, before the reply goes out: what
happens in between is the window of RFC 1047.  The server offers PIPELINING,
CHUNKING and 8BITMIME.
"""
import re
import socket
import threading

from servers.listener import Listener


class Ledger(Listener):
    def __init__(self, verdicts=None, extensions=("PIPELINING", "8BITMIME",
                                                  "CHUNKING", "SIZE 0"),
                 at="127.0.0.1", port=0, tls=None):
        super().__init__(at, port)
        self.verdicts = verdicts or {}
        self.extensions = extensions
        self.tls = tls         # None, or an SSLContext: TLS from the start
        self.arrived = {}
        self.keep = lambda data: data
        self.log = []          # (Message-ID, recipients) in order of arrival
        self.tried = []        # the recipients of each RCPT
        self.lock = threading.Lock()

    def ids(self):
        with self.lock:
            return {mid: len(found) for mid, found in self.arrived.items()}

    def _connection(self, sock):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if self.tls:
                sock = self.tls.wrap_socket(sock, server_side=True)
            with sock, sock.makefile("rb") as lines:
                self._dialogue(sock, lines)
        except OSError:
            pass

    def _take(self, data, rcpts):
        found = re.search(rb"(?im)^message-id:\s*(<[^>]*>)", data)
        mid = found[1].decode() if found else "?"
        with self.lock:
            self.arrived.setdefault(mid, []).append(
                self.keep(data.replace(b"\r\n", b"\n")))
            self.log.append((mid, tuple(rcpts)))

    def _dialogue(self, sock, lines):
        def say(*words):
            sock.sendall("".join(w + "\r\n" for w in words).encode())
        rcpts, chunks = [], b""
        say("220 ledger.test ESMTP")
        while True:
            line = lines.readline()
            if not line.endswith(b"\n"):
                return
            verb = line.split(None, 1)[0].upper() if line.split() else b""
            if verb == b"EHLO":
                words = ["ledger.test", *self.extensions]
                say(*("250-" + w for w in words[:-1]), "250 " + words[-1])
            elif verb in (b"MAIL", b"RSET"):
                rcpts, chunks = [], b""
                say("250 2.0.0 ok")
            elif verb == b"RCPT":
                name = re.search(rb"<([^@>]*)", line)[1].decode()
                verdict = self.verdicts.get(name, "250 2.1.5 ok")
                self.tried.append(name)
                if verdict[0] == "2":
                    rcpts.append(name)
                say(verdict)
            elif verb == b"DATA" and not rcpts:
                say("554 5.5.1 nobody")
            elif verb == b"DATA":
                say("354 go")
                parts = [b"\r\n"]  # not one that grows: that takes its time
                while parts[-1] != b".\r\n" or \
                        not parts[-2].endswith(b"\r\n"):
                    parts.append(lines.readline())
                    if not parts[-1]:
                        return
                data = b"".join(parts[1:])
                data = re.sub(rb"(?m)^\.", b"", data[:-3])
                self._take(data, rcpts)
                say("250 2.0.0 taken")
            elif verb == b"BDAT":
                size = int(line.split()[1])
                part = lines.read(size)
                if len(part) < size:
                    return
                chunks += part
                is_last = line.upper().split()[-1] == b"LAST"
                if not rcpts:
                    say("554 5.5.1 nobody")
                elif is_last:
                    self._take(chunks, rcpts)
                    say("250 2.0.0 taken")
                else:
                    say("250 2.0.0 go on")
            elif verb == b"QUIT":
                say("221 2.0.0 bye")
                return
            else:
                say("250 2.0.0 ok")
