# SPDX-License-Identifier: ISC
"""A TLS server that shows one certificate chain, says an SMTP greeting and
remembers what the client then said.

    with Facade(certfile, keyfile) as server:
        ... server.port ...
    server.heard     # application data the client sent
    server.sni       # the name it asked for, or None
    server.failure   # why the handshake failed, or None
"""
import socket
import ssl
import threading

GREETING = b"220 mail.test ESMTP\r\n"


def context_for(certfile, keyfile, ciphers=None, versions=None, dh=None):
    """Any strength will do: it is the client that has to be careful."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers((ciphers or "DEFAULT") + ":@SECLEVEL=0")
    if versions:
        context.minimum_version, context.maximum_version = versions
    if dh:
        context.load_dh_params(dh)
    if certfile:
        context.load_cert_chain(certfile, keyfile)
    return context


class Facade:
    def __init__(self, certfile, keyfile, say=GREETING, rude=False, **how):
        self.context = context_for(certfile, keyfile, **how)
        self.context.sni_callback = self._name
        self.say, self.rude = say, rude
        self.heard, self.sni, self.failure = b"", None, None
        self.version = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(20)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc):
        self.finish()

    def finish(self):
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        self._thread.join(25)

    def _name(self, sock, name, context):
        self.sni = name

    def _serve(self):
        try:
            sock, _ = self._listener.accept()
        except OSError:
            return
        sock.settimeout(20)
        with sock:
            try:
                with self.context.wrap_socket(sock, server_side=True) as tls:
                    self.version = tls.version()
                    self._talk(tls)
            except OSError as e:  # ssl.SSLError is one
                if not self.heard:
                    self.failure = str(e)

    def _talk(self, tls):
        if not self.rude:
            tls.sendall(self.say)
        while True:
            data = tls.recv(65536)
            self.heard += data
            if not data or self.rude:
                return
            if b"\n" in data:
                tls.sendall(b"421 4.3.2 enough seen\r\n")
                return
