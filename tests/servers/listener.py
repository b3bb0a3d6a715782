# SPDX-License-Identifier: ISC
"""What servers that the tests play have in common: a socket that listens, and a
thread for each connection, from `with` to its end."""
import socket
import threading
import time


def listen(at, port=0):
    """A listening socket: at an IPv4 or IPv6 address, or a path."""
    if "/" in at:
        sock = socket.socket(socket.AF_UNIX)
        sock.bind(at)
        sock.listen()
        return sock
    return socket.create_server(
        (at, port), family=socket.AF_INET6 if ":" in at else socket.AF_INET,
        backlog=600)


class Listener:
    """connection(sock) is the subclass's; it runs in a thread of its own."""

    def __init__(self, at="127.0.0.1", port=0):
        self._listener = listen(at, port)
        name = self._listener.getsockname()
        self.port = name[1] if isinstance(name, tuple) else None
        self.connections = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._talks = []

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc):
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        self._thread.join(20)
        # a client that has ended may have left something to be read
        end = time.monotonic() + 20
        for talk in self._talks:
            talk.join(max(0, end - time.monotonic()))

    def _serve(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            talk = threading.Thread(target=self._connection, args=(sock,),
                                    daemon=True)
            self._talks.append(talk)
            talk.start()
