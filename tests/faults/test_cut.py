# SPDX-License-Identifier: ISC
"""The connection breaks, ends or goes silent at every octet of a dialogue (E9):
nothing is lost, nobody is told of a failure, and a mail is in doubt only between
the last octet of its end and the complete reply to it."""
import select
import socket
import ssl
import struct
import threading
from collections import Counter

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
        self.is_cut = False
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
        # one thread: a socket that somebody reads from is not reset when it is
        # closed
        ways = {client: ("in", server), server: ("out", client)}
        try:
            while ways and not self.done.is_set():
                for source in select.select(list(ways), [], [], 1)[0]:
                    if not self.done.is_set() and not self.pass_on(
                            source, *ways[source]):
                        del ways[source]
        except (OSError, ValueError):  # closed by a cut, or by who had enough
            pass

    def pass_on(self, source, way, sink):
        data = source.recv(65536)
        if not data:
            sink.shutdown(socket.SHUT_WR)
            return False
        room = len(data)
        if way == self.way and self.offset is not None:
            room = min(room, self.offset - len(self.passed[way]))
        sink.sendall(data[:room])
        self.passed[way] += data[:room]
        if way == self.way and len(self.passed[way]) == self.offset:
            self.cut()
        return True

    def cut(self):
        self.is_cut = True
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


def play(desk, sink, way, offset, how, *lines, is_last=False):
    """(whether it is in doubt, what went out, whether the server has it)"""
    # a stall is to end soon, but not before it has begun; behind the last
    # reply nobody waits
    for limit in (1, 5, 60) if how == "stall" and not is_last else (60,):
        with Cut(sink.port, way, offset, how) as relay:
            desk.configure(relay.port, "timeout %d" % limit, *lines)
            trial = Trial(desk, sink, 1, ("bob@example.test",))
            done = desk.flush()
            assert done.returncode >= 0
        if relay.is_cut or limit == 60:
            break
        trial.forget()
        desk.empty()
    mid, = trial.mails
    is_there = bool(desk.entries())
    in_doubt = mid in desk.in_doubt()
    assert not desk.entries("hold") and not desk.entries("bad")
    desk.configure(sink.port, *lines)
    desk.finish()
    twice = trial.check(desk.in_doubt() | ({mid} if in_doubt else set()))
    trial.forget()
    return in_doubt, is_there, relay.passed, twice


class Edges:
    """Where in what the server says something is decided."""

    def __init__(self, name, how, out):
        # the reply to the end, and what comes before the first command that
        # may be in one flight with the end
        self.name, self.how = name, how
        self.last = out.rindex(b"250 2.0.0 taken\r\n")
        self.until = self.last + len(b"250 2.0.0 taken\r\n")
        self.begun = out.index(b"250 2.0.0 ok\r\n")
        if name == "one by one":
            self.begun = self.last
        elif name == "pipelined":
            self.begun = out.index(b"354 go\r\n") + 8

    def all(self):
        return [("out", o) for o in (self.last, self.last + 1, self.until - 1,
                                     self.until)]

    def check(self, way, offset, in_doubt, is_there, passed):
        what = (self.name, self.how, way, offset, passed["out"][-30:])
        if way == "out" and offset < self.begun:
            assert is_there and not in_doubt, what
        elif way == "out" and self.last < offset < self.until:
            assert is_there and in_doubt, what
        elif way == "out" and offset >= self.until:
            # a reset may overtake what was not yet read
            assert not is_there or in_doubt and self.how == "reset", what
        else:
            assert is_there or not in_doubt, what
            assert self.name != "one by one" or not in_doubt or \
                b"DATA\r\n" in passed["in"], what


def some_of(whole, count):
    return [(way, o) for way in ("out", "in")
            for o in some(range(1, len(whole[way])), count)]


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("how", ["reset", "end", "stall"])
def test_cut_at_every_octet(desk, at_once, name, how):
    with Ledger(extensions=WAYS[name]) as sink:
        whole = dialogue(desk, sink)
    edges = Edges(name, how, whole["out"])

    def work(desk, sink, points):
        came = Counter()
        sink.extensions = WAYS[name]
        for way, offset in points:
            in_doubt, is_there, passed, again = play(
                desk, sink, way, offset, how,
                is_last=way == "out" and offset >= edges.until)
            edges.check(way, offset, in_doubt, is_there, passed)
            came.update(rounds=1, in_doubt=in_doubt, twice=again > 0)
        return came
    came = at_once(work, some_of(whole, 1 if how == "stall" else 5) +
                   edges.all(), 16 if how == "stall" else 4)
    report("cut, %s, %s" % (name, how), rounds=came["rounds"], lost=0,
           truncated=0, in_doubt=came["in_doubt"], twice_marked=came["twice"],
           twice_unmarked=0)


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("how", ["reset", "end", "stall"])
def test_cut_inside_tls(desk, at_once, pki, name, how):
    """The same where only the two ends know what an octet is: in the handshake
    nothing is in doubt, and an end without a close_notify is no reply."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki.cert, pki.key)
    lines = ("tls on", "tls_starttls off", "tls_trust_file " + pki.ca)
    with Ledger(tls=context, extensions=WAYS[name]) as sink:
        whole = dialogue(desk, sink, *lines)

    def work(desk, sink, points):
        came = Counter()
        sink.tls, sink.extensions = context, WAYS[name]
        for way, offset in points:
            in_doubt, is_there, _, again = play(
                desk, sink, way, offset, how, *lines)
            # the server's part of a handshake has about that size
            assert not in_doubt or way == "in" or offset > 400, (way, offset)
            assert is_there or not in_doubt, (way, offset)
            came.update(rounds=1, in_doubt=in_doubt, twice=again > 0)
        return came
    points = some_of({way: octets[:-60] for way, octets in whole.items()},
                     2 if how == "stall" else 3)
    came = at_once(work, points, 16 if how == "stall" else 4)
    report("cut inside TLS, %s, %s" % (name, how), rounds=came["rounds"],
           lost=0, truncated=0, in_doubt=came["in_doubt"],
           twice_marked=came["twice"], twice_unmarked=0)
