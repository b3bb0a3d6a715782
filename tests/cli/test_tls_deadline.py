# SPDX-License-Identifier: ISC
"""TV-38 and its like: servers that are slow, endless or rude during the
handshake.  One absolute deadline ends them all."""
import os
import socket
import struct
import threading
import time

import pytest

from servers.forge import Cert, names
from test_tls_matrix import call_probe

LIMIT_S = 2
PATIENCE_S = 50  # a machine may be busy; without a deadline these never end

RECORD = b"\x16\x03\x03"  # a handshake record of TLS 1.2


class Raw:
    """A server on loopback that does play(sock) with one connection."""

    def __init__(self, play):
        self.play = play
        self.heard = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(20)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc):
        self._listener.close()
        self._thread.join(20)

    def _serve(self):
        try:
            sock, _ = self._listener.accept()
            with sock:
                sock.settimeout(20)
                self.heard = sock.recv(65536)
                self.play(sock)
        except OSError:
            pass


def silent(sock):
    sock.recv(65536)


def drip(sock):
    """A record of 16 KiB, an octet at a time."""
    sock.sendall(RECORD + b"\x3f\xff")
    while True:
        sock.sendall(b"\x02")
        time.sleep(0.05)


def hello_requests(sock):
    """For ever: what a TLS 1.2 client may ignore."""
    while True:
        sock.sendall((RECORD + b"\x00\x04" + bytes(4)) * 1000)


def warnings(sock):
    """For ever: alerts that do not end the handshake."""
    while True:
        sock.sendall(b"\x15\x03\x03\x00\x02\x01\x70" * 1000)


def empty_records(sock):
    while True:
        sock.sendall((RECORD + bytes(2)) * 1000)


def fat_message(sock):
    """A handshake message that says it has 16 MiB, and sends them."""
    message = b"\x02\xff\xff\xff" + bytes(16000)
    record = RECORD + len(message).to_bytes(2, "big")
    sock.sendall(record + message)
    while True:
        sock.sendall(RECORD + b"\x3e\x80" + bytes(16000))


def plain_smtp(sock):
    sock.sendall(b"220 mail.test ESMTP\r\n")
    sock.recv(65536)


def hang_up(sock):
    pass


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))


def refuse(sock):
    sock.sendall(b"\x15\x03\x03\x00\x02\x02\x28")
    sock.recv(65536)


@pytest.fixture(scope="module")
def trust(tmp_path_factory):
    path = tmp_path_factory.mktemp("trust") / "trust.pem"
    path.write_text(Cert("mail.test", san=names("DNS:mail.test")).pem)
    return str(path)


@pytest.fixture(scope="module")
def probe(program):
    return os.path.join(os.path.dirname(program), "tests/tls/tlsprobe")


@pytest.mark.parametrize("play, kinds", [
    (silent, ["timeout"]), (drip, ["timeout"]),
    (hello_requests, ["timeout", "tls"]), (warnings, ["timeout", "tls"]),
    (empty_records, ["timeout", "tls"]), (fat_message, ["timeout", "tls"]),
], ids=lambda v: v.__name__ if callable(v) else "")
def test_tv_38_endless(probe, trust, play, kinds):
    with Raw(play) as server:
        begin = time.monotonic()
        code, said = call_probe(probe, server, "mail.test", trust,
                                seconds=LIMIT_S)
        took = time.monotonic() - begin
    assert said["step"] == "tls", said
    assert said["kind"] in kinds, said
    assert took < PATIENCE_S, took


@pytest.mark.parametrize("play, kind, words", [
    (plain_smtp, "tls", "tls_starttls on"), (hang_up, "lost", "closed"),
    (reset, "lost", ""), (refuse, "tls", "alert: Handshake failed"),
], ids=lambda v: v.__name__ if callable(v) else "")
def test_no_handshake(probe, trust, play, kind, words):
    with Raw(play) as server:
        code, said = call_probe(probe, server, "mail.test", trust)
    assert (said["step"], said["kind"]) == ("tls", kind), said
    assert words in said["text"] + said["detail"] + said["hint"], said


def test_st_12_plain_smtp_is_not_shown(run, home, trust):
    """ST-12: nothing of what came instead of TLS is shown."""
    with Raw(plain_smtp) as server:
        home.rc("account default", "host 127.0.0.1", "port %d" % server.port,
                "tls on", "tls_starttls off", "tls_trust_file " + trust,
                "from a@b.test")
        result = run(["x@example.test"], stdin=b"Subject: x\n\nx\n")
    assert result.code == 76, result
    assert "220" not in result.err, result
    assert "tls_starttls on" in result.err, result


def test_silence_with_the_program(run, home, trust):
    with Raw(silent) as server:
        home.rc("account default", "host 127.0.0.1", "port %d" % server.port,
                "tls on", "tls_starttls off", "tls_trust_file " + trust,
                "from a@b.test", "timeout %d" % LIMIT_S)
        begin = time.monotonic()
        result = run(["x@example.test"], stdin=b"Subject: x\n\nx\n")
        took = time.monotonic() - begin
    assert result.code == 75, result
    assert took < PATIENCE_S, took
