# SPDX-License-Identifier: ISC
"""The connection breaks, ends or goes silent at every octet of a dialogue (E9):
nothing is lost, nobody is told of a failure, and a mail is in doubt only between
the last octet of its end and the complete reply to it."""
import socket
import ssl
import struct
import threading

import pytest

from conftest import report, some
from ledger import Ledger
from test_flush import Trial

WAYS = {
    "flight": ("PIPELINING", "8BITMIME", "CHUNKING", "SIZE 0"),
    "pipelined": ("PIPELINING",),
    "one by one": (),
}


class Cut:
    """Passes octets on until so many have gone one way; None: all of them."""

    def __init__(self, port, way, offset, how):
        self.port_behind, self.way = port, way
        self.offset, self.how = offset, how
        self.passed = {"in": b"", "out": b""}
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.done = threading.Event()
        self.socks = []

    def __enter__(self):
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *exc):
        self.done.set()
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        for sock in self.socks:
            sock.close()

    def serve(self):
        try:
            client, _ = self.listener.accept()
        except OSError:
            return
        server = socket.create_connection(("127.0.0.1", self.port_behind))
        self.socks = [client, server]
        for sock in self.socks:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=self.pump, args=(client, server, "in"),
                         daemon=True).start()
        self.pump(server, client, "out")

    def pump(self, source, sink, way):
        try:
            while not self.done.is_set():
                data = source.recv(65536)
                if not data:
                    sink.shutdown(socket.SHUT_WR)
                    return
                if self.done.is_set():
                    return
                room = len(data)
                if way == self.way and self.offset is not None:
                    room = self.offset - len(self.passed[way])
                sink.sendall(data[:room])
                self.passed[way] += data[:room]
                if room <= len(data) and way == self.way and \
                        len(self.passed[way]) == self.offset:
                    return self.cut()
        except OSError:
            pass

    def cut(self):
        self.done.set()
        client, server = self.socks
        if self.how == "stall":
            return
        if self.how == "reset":
            for sock in self.socks:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                struct.pack("ii", 1, 0))
                sock.close()
        else:
            for sock in self.socks:
                sock.shutdown(socket.SHUT_RDWR)


def dialogue(desk, sink, *lines):
    """What goes each way when nothing happens."""
    with Cut(sink.port, None, None, None) as relay:
        desk.configure(relay.port, *lines)
        Trial(desk, sink, 1, ("bob@example.test",))
        desk.flush()
        assert not desk.entries()
    return relay.passed


def play(desk, sink, way, offset, how, *lines):
    """(whether it is in doubt, what went out, whether the server has it)"""
    with Cut(sink.port, way, offset, how) as relay:
        desk.configure(relay.port, "timeout 1", *lines)
        trial = Trial(desk, sink, 1, ("bob@example.test",))
        done = desk.flush()
        assert done.returncode >= 0
    mid, = trial.mails
    is_there = bool(desk.entries())
    in_doubt = mid in desk.in_doubt()
    assert not desk.entries("hold") and not desk.entries("bad")
    desk.configure(sink.port, *lines)
    desk.finish()
    twice = trial.check(desk.in_doubt() | ({mid} if in_doubt else set()))
    return in_doubt, is_there, relay.passed, twice


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("how", ["reset", "end", "stall"])
def test_cut_at_every_octet(desk, name, how):
    with Ledger(extensions=WAYS[name]) as sink:
        whole = dialogue(desk, sink)
        out = whole["out"]
        # the reply to the end, and what comes before the first command that
        # may be in one flight with the end
        last = out.rindex(b"250 2.0.0 taken\r\n")
        until = last + len(b"250 2.0.0 taken\r\n")
        begun = out.index(b"250 2.0.0 ok\r\n")
        if name == "one by one":
            begun = last
        elif name == "pipelined":
            begun = out.index(b"354 go\r\n") + 8
        count = 1 if how == "stall" else 5
        points = [("out", o) for o in some(range(1, len(out)), count)] + \
                 [("in", o) for o in some(range(1, len(whole["in"])), count)]
        edges = [("out", o) for o in (last, last + 1, until - 1, until)]
        rounds = doubts = twice = 0
        for way, offset in points + edges:
            in_doubt, is_there, passed, again = play(
                desk, sink, way, offset, how)
            what = (name, how, way, offset, passed["out"][-30:])
            if way == "out" and offset < begun:
                assert is_there and not in_doubt, what
            elif way == "out" and last < offset < until:
                assert is_there and in_doubt, what
            elif way == "out" and offset >= until:
                assert not is_there, what
            else:
                assert is_there or not in_doubt, what
                assert name != "one by one" or not in_doubt or \
                    b"DATA\r\n" in passed["in"], what
            rounds, doubts = rounds + 1, doubts + in_doubt
            twice += again > 0
        report("cut, %s, %s" % (name, how), rounds=rounds, lost=0,
               in_doubt=doubts, twice=twice)


@pytest.mark.parametrize("how", ["reset", "end"])
def test_cut_inside_tls(desk, pki, how):
    """The same where only the two ends know what an octet is: in the handshake
    nothing is in doubt, and an end without a close_notify is no reply."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki.cert, pki.key)
    lines = ("tls on", "tls_starttls off", "tls_trust_file " + pki.ca)
    with Ledger(tls=context) as sink:
        whole = dialogue(desk, sink, *lines)
        points = [(way, o) for way in ("out", "in")
                  for o in some(range(1, len(whole[way]) - 60), 6)]
        rounds = doubts = twice = 0
        for way, offset in points:
            in_doubt, is_there, _, again = play(
                desk, sink, way, offset, how, *lines)
            what = (how, way, offset)
            # the server's part of a handshake has about that size
            assert not in_doubt or way == "in" or offset > 400, what
            assert is_there or not in_doubt, what
            rounds, doubts = rounds + 1, doubts + in_doubt
            twice += again > 0
        report("cut inside TLS, " + how, rounds=rounds, lost=0,
               in_doubt=doubts, twice=twice)
