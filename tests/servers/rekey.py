# SPDX-License-Identifier: ISC
"""A TLS 1.3 server that does behind the handshake what neither Python's ssl nor
openssl s_server can be made to do: GnuTLS itself, by its names.

    with Rekey(cert, key, "update", 1000) as server:
        ... server.port ...
    server.did   # how often it could do it
"""
import ctypes
import threading

from .listener import listen

SERVER, CERTIFICATE, PEM, UPDATE_PEER = 1, 1, 1, 1


class Rekey(threading.Thread):
    """What: "update" (KeyUpdate, asking for one in return) or "reauth"
    (a CertificateRequest)."""

    def __init__(self, cert, key, what, times):
        super().__init__(daemon=True)
        self.files, self.what, self.times = (cert, key), what, times
        self.did, self.heard, self.socket = 0, b"", listen("127.0.0.1", 0)
        self.port = self.socket.getsockname()[1]
        self.lib = ctypes.CDLL("libgnutls.so.30")

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exc):
        self.join(30)
        self.socket.close()

    def run(self):
        lib, session, cred = self.lib, ctypes.c_void_p(), ctypes.c_void_p()
        lib.gnutls_certificate_allocate_credentials(ctypes.byref(cred))
        assert lib.gnutls_certificate_set_x509_key_file(
            cred, *(f.encode() for f in self.files), PEM) >= 0
        # GNUTLS_POST_HANDSHAKE_AUTH, which a server may always say
        assert lib.gnutls_init(ctypes.byref(session),
                               SERVER | 1 << 16) == 0
        lib.gnutls_priority_set_direct(session, b"NORMAL:-VERS-ALL:"
                                       b"+VERS-TLS1.3", None)
        lib.gnutls_credentials_set(session, CERTIFICATE, cred)
        self.socket.settimeout(20)
        peer, _ = self.socket.accept()
        peer.settimeout(20)
        lib.gnutls_transport_set_int2(session, peer.fileno(), peer.fileno())
        with peer:
            self._talk(session)
        lib.gnutls_deinit(session)
        lib.gnutls_certificate_free_credentials(cred)

    def _talk(self, session):
        lib, room = self.lib, ctypes.create_string_buffer(1000)
        while (rc := lib.gnutls_handshake(session)) < 0:
            if lib.gnutls_error_is_fatal(rc):
                return
        n = lib.gnutls_record_recv(session, room, len(room))
        self.heard = room.raw[:max(n, 0)]
        for _ in range(self.times):
            if self.what == "update":
                rc = lib.gnutls_session_key_update(session, UPDATE_PEER)
            else:
                rc = lib.gnutls_reauth(session, 0)
            if rc < 0:
                return
            self.did += 1
        lib.gnutls_record_send(session, b"250 done\r\n", 10)
