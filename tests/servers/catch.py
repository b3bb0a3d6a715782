# SPDX-License-Identifier: ISC
"""A server that takes everything, for what the client says to it.

    with Catch(["PIPELINING", "SIZE 1000"]) as server:
        ... server.port ...
    server.mails         # a Caught for each message that was taken in
    server.commands      # every line the client said outside messages
    server.connections   # how many there were

`answers`: replies other than the usual, by the begin of the command, for
instance {"RCPT TO:<a@": "550 5.1.1 no"}; "." is the end of the message.
"""
import socket
from dataclasses import dataclass, field

from .listener import Listener


@dataclass
class Caught:
    sender: str = ""  # the argument of MAIL, parameters and all
    rcpts: list = field(default_factory=list)
    wire: bytes = b""  # as it came, dots doubled, without the last one
    octets: bytes = b""  # without what DATA adds


class Catch(Listener):
    def __init__(self, extensions=(), answers=None, at="127.0.0.1"):
        super().__init__(at)
        self.extensions = list(extensions)
        self.answers = {k.encode(): v if isinstance(v, bytes) else v.encode()
                        for k, v in (answers or {}).items()}
        self.mails, self.commands = [], []

    def _connection(self, sock):
        sock.settimeout(60)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with sock, sock.makefile("rb") as lines:
            try:
                sock.sendall(b"220 mail.test ESMTP\r\n")
                mail = Caught()
                while line := lines.readline():
                    self.commands.append(line)
                    mail = self._command(sock, lines, line, mail)
            except OSError:
                pass

    def _reply(self, line, usual):
        for begin, answer in self.answers.items():
            if line.upper().startswith(begin.upper()):
                return answer + b"\r\n"
        return usual

    def _hello(self):
        words = [b"mail.test"] + [e.encode() for e in self.extensions]
        return b"".join(b"250-" + w + b"\r\n" for w in words[:-1]) + \
            b"250 " + words[-1] + b"\r\n"

    def _command(self, sock, lines, line, mail):
        verb = line.split(b" ")[0].strip().upper()
        if verb in (b"EHLO", b"LHLO"):
            sock.sendall(self._reply(line, self._hello()))
        elif verb == b"DATA":
            reply = self._reply(line, b"354 go\r\n")
            sock.sendall(reply)
            if reply.startswith(b"354"):
                return self._data(sock, lines, mail)
        elif verb == b"BDAT":
            return self._chunk(sock, lines, line, mail)
        elif verb == b"QUIT":
            sock.sendall(b"221 bye\r\n")
        else:
            reply = self._reply(line, b"250 ok\r\n")
            sock.sendall(reply)
            argument = line.split(b":", 1)[-1].strip().decode("latin-1")
            if verb == b"MAIL":
                mail = Caught(argument)
            elif verb == b"RCPT" and reply.startswith(b"25"):
                mail.rcpts.append(argument)
        return mail

    def _data(self, sock, lines, mail):
        for line in iter(lines.readline, b".\r\n"):
            if not line:
                raise OSError("the client left")
            mail.wire += line
            mail.octets += line[1:] if line.startswith(b".") else line
        return self._taken(sock, mail)

    def _chunk(self, sock, lines, line, mail):
        words = line.split()
        data = lines.read(int(words[1]))
        if len(data) < int(words[1]):
            raise OSError("the client left")
        mail.wire += data
        mail.octets += data
        if words[-1].upper() == b"LAST":
            return self._taken(sock, mail)
        sock.sendall(b"250 ok\r\n")
        return mail

    def _taken(self, sock, mail):
        self.mails.append(mail)
        sock.sendall(self._reply(b".", b"250 taken\r\n"))
        return Caught()
