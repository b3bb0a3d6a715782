# SPDX-License-Identifier: ISC
"""Ways to a server that is elsewhere: a listener that passes everything on.

    with Relay("127.0.0.1", 25, at="::1") as relay:      relay.port
    with Relay("127.0.0.1", 25, at="/tmp/socket"):       a Unix socket
    with Socks("127.0.0.1", 25, user="joe", password="x") as proxy:
        proxy.asked       # [(name or address, port), ...] as the client sent it

Socks takes every name for that of its one server; it looks nothing up.
"""
import socket
import struct
import threading

from .listener import Listener


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    try:
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Relay(Listener):
    def __init__(self, host, port, at="127.0.0.1"):
        super().__init__(at)
        self.target = (host, port)

    def _connection(self, client):
        client.settimeout(60)
        with client:
            if not self.greet(client):
                return
            with socket.create_connection(self.target, 60) as server:
                back = threading.Thread(target=pump, args=(server, client),
                                        daemon=True)
                back.start()
                pump(client, server)
                back.join(60)

    def greet(self, client):
        """What comes before the server's own words; False ends it there."""
        return True


def exactly(sock, count):
    data = b""
    while len(data) < count:
        more = sock.recv(count - len(data))
        if not more:
            raise OSError("the client left")
        data += more
    return data


class Socks(Relay):
    """SOCKS 5 (RFC 1928).  `early`: octets that come in one piece with the
    answer, as if the server had said them.  `answer`: said instead, and no
    more than that."""

    def __init__(self, host, port, user=None, password=None, early=b"",
                 answer=None, **more):
        super().__init__(host, port, **more)
        self.user, self.password = user, password
        self.early, self.answer = early, answer
        self.asked = []

    def greet(self, client):
        try:
            return self._greet(client)
        except OSError:
            return False

    def _greet(self, client):
        version, count = exactly(client, 2)
        methods = exactly(client, count)
        method = 2 if self.user else 0
        if version != 5 or method not in methods:
            client.sendall(b"\5\xff")
            return False
        client.sendall(bytes((5, method)))
        if self.user:
            exactly(client, 1)
            words = [exactly(client, exactly(client, 1)[0]).decode()
                     for _ in range(2)]
            good = words == [self.user, self.password]
            client.sendall(b"\1\0" if good else b"\1\1")
            if not good:
                return False
        kind = exactly(client, 4)[3]
        if kind == 3:
            name = exactly(client, exactly(client, 1)[0]).decode()
        else:
            name = socket.inet_ntop(
                *((socket.AF_INET, exactly(client, 4)) if kind == 1
                  else (socket.AF_INET6, exactly(client, 16))))
        self.asked.append((name, struct.unpack(">H", exactly(client, 2))[0]))
        if self.answer is not None:
            client.sendall(self.answer)
            return False
        client.sendall(b"\5\0\0\1\0\0\0\0\0\0" + self.early)
        return True
