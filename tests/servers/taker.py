# SPDX-License-Identifier: ISC
"""A server that takes mail in chunks, many at a time, and does with the replies
what a test wants.

    with Taker() as server:
        ... server.port ...
    server.mails            # Mail(sender, rcpts, data), as they were taken
    server.commands         # each command, as a line
server.connections      # how many there were

rcpt(address)       the reply to RCPT, "250 ok" unless the test says otherwise
end(server, mail)   the reply to a message; None: the connection is reset in its
                    place
offers              the octets of the reply to EHLO
hold                so many messages come in before the first is answered
"""
import socket
import struct
import threading
from collections import namedtuple

from .listener import Listener

Mail = namedtuple("Mail", "sender rcpts data")
EHLO = (b"250-mail.test\r\n250-PIPELINING\r\n250-CHUNKING\r\n250-8BITMIME\r\n"
        b"250-ENHANCEDSTATUSCODES\r\n250 SIZE 0\r\n")


class Gone(Exception):
    pass


class Taker(Listener):
    def __init__(self, rcpt=lambda address: "250 ok",
                 end=lambda server, mail: "250 2.0.0 taken", hold=0, port=0,
                 offers=EHLO):
        self.rcpt, self.end, self.hold = rcpt, end, hold
        self.offers = offers
        super().__init__(port=port)
        self.mails, self.most_under_way = [], 0
        self.commands = []
        self.lock = threading.Lock()

    def _connection(self, conn):
        session = Session(self, conn)
        try:
            session.run()
        except (Gone, OSError):
            pass
        conn.close()


class Session:
    def __init__(self, server, conn):
        self.server, self.conn = server, conn
        self.unread, self.held = b"", b""
        self.envelope = None
        self.count = 0

    def more(self):
        data = self.conn.recv(65536)
        if not data:
            raise Gone
        self.unread += data

    def line(self):
        while b"\r\n" not in self.unread:
            self.more()
        line, _, self.unread = self.unread.partition(b"\r\n")
        return line.decode()

    def octets(self, count):
        while len(self.unread) < count:
            self.more()
        data, self.unread = self.unread[:count], self.unread[count:]
        return data

    def say(self, text):
        data = text if isinstance(text, bytes) else text.encode() + b"\r\n"
        if self.count < self.server.hold and self.envelope is not None or \
                self.held:
            self.held += data
        else:
            self.conn.sendall(data)

    def release(self):
        held, self.held = self.held, b""
        if held:
            self.conn.sendall(held)

    def reset(self):
        self.conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             struct.pack("ii", 1, 0))
        self.conn.close()
        raise Gone

    def run(self):
        self.say("220 mail.test")
        while True:
            line = self.line()
            verb = line[:4].upper()
            self.server.commands.append(line)
            if verb == "EHLO":
                self.say(self.server.offers)
            elif verb == "MAIL":
                self.envelope = (line.split("<", 1)[1].split(">")[0], [])
                self.say("250 ok")
            elif verb == "RCPT":
                address = line.split("<", 1)[1].split(">")[0]
                reply = self.server.rcpt(address)
                if reply.startswith("2"):
                    self.envelope[1].append(address)
                self.say(reply)
            elif verb == "BDAT":
                self.take(self.octets(int(line.split()[1])))
            elif verb == "DATA":
                self.say("354 go")
                while b"\r\n.\r\n" not in self.unread:
                    self.more()
                data, _, self.unread = self.unread.partition(b"\r\n.\r\n")
                self.take(data.replace(b"\r\n..", b"\r\n.") + b"\r\n")
            elif verb == "RSET":
                self.say("250 reset")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("502 no")

    def take(self, data):
        if not self.envelope or not self.envelope[1]:
            self.say("554 no valid recipients")
            return
        mail = Mail(*self.envelope, data)
        with self.server.lock:
            reply = self.server.end(self.server, mail)
            if reply and reply.startswith("2"):
                self.server.mails.append(mail)
        if reply is None:
            self.reset()
        self.say(reply)
        self.count += 1
        if self.count >= self.server.hold:
            self.release()
