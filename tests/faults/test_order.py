# SPDX-License-Identifier: ISC
"""The order in which a run of the queue writes, syncs, sends and removes
(doc/QUEUE.md), read off its system calls: no end of a message leaves before its
mark is on the disk, no file goes before its verdicts are; with several mails
under way as with one, and where the kernel does not sync several at once."""
import os
import re

import pytest

from conftest import strace
from ledger import Ledger

MARKED = re.compile(rb"doubt +\?")
CALLS = "openat,close,pwrite64,fdatasync,io_setup,io_submit,io_getevents," \
    "sendto,unlinkat"
WAYS = {"chunks": ("PIPELINING", "CHUNKING"), "lines": ("PIPELINING",)}


def octets(text):
    """What strace shows of a string."""
    return text.encode().decode("unicode_escape").encode("latin-1")


class Reader:
    """What is known of each mail, call by call: of its file, what was written
    last and what of that is on the disk."""

    def __init__(self, ids):
        self.ids = ids              # {id: Message-ID}
        self.open = {}              # {fd: id}
        self.written, self.safe = {}, {}
        self.asked = []             # ids in a sync of several
        self.sent, self.removed = [], []
        self.waits = 0

    def call(self, name, args, result):
        if name == "openat":
            found = re.search(r'"([0-9a-z]{26})"', args)
            if found and result >= 0:
                self.open[result] = found[1]
        elif name == "close":
            self.open.pop(int(args), None)
        elif name == "pwrite64":
            fd, text = re.match(r'(\d+), "(.*)", \d+, \d+$', args).groups()
            text = octets(text)
            if b"doubt " in text:
                self.written[self.open[int(fd)]] = text
        elif name == "fdatasync" and result == 0:
            self.synced([self.open[int(args)]])
        elif name == "io_submit" and result > 0:
            self.asked = [self.open[int(fd)] for fd in re.findall(
                r"aio_fildes=(\d+)", args)][:result]
        elif name == "io_getevents" and result > 0:
            assert result == len(self.asked)
            assert args.count("res=0") == result
            self.synced(self.asked)
        elif name == "sendto":
            self.check_sent(octets(re.search(r'"(.*)", \d+, ', args)[1]))
        elif name == "unlinkat" and result == 0:
            self.check_removed(re.search(r'"(.*)"', args)[1])

    def synced(self, ids):
        self.waits += 1
        for one in ids:
            self.safe[one] = self.written[one]

    def check_sent(self, text):
        for one, mid in self.ids.items():
            if mid in text:
                assert MARKED.search(self.safe.get(one, b"")), one
                self.sent.append(one)
        marked = sum(bool(MARKED.search(text))
                     for text in self.written.values())
        assert marked <= 16

    def check_removed(self, name):
        if name in self.ids:
            assert name in self.sent
            assert re.search(rb"doubt +-\n(.|\n)*\nto D$", self.safe[name])
            self.removed.append(name)


def read(desk, ids, wrap=()):
    path = os.path.join(desk.home.path, "order")
    done = desk.flush(wrap=[*strace("-s", "100000", "-e", "trace=" + CALLS,
                                    "-e", "signal=none", out=path), *wrap])
    assert done.returncode == 0, done.stderr
    reader = Reader(ids)
    with open(path) as f:
        for line in f:
            found = re.match(r"\d+ +(\w+)\((.*)\) += (-?\d+)", line)
            if found:
                reader.call(found[1], found[2], int(found[3]))
    return reader


@pytest.mark.parametrize("way", WAYS)
def test_order(desk, way):
    with Ledger(extensions=WAYS[way]) as sink:
        desk.configure(sink.port)
        for _ in range(40):
            assert desk.enqueue(desk.message(300)[1]).returncode == 0
        ids = {}
        for name in desk.entries():
            with open(os.path.join(desk.queue, "active", name), "rb") as f:
                ids[name] = re.search(rb"(?m)^Message-ID: (<.*>)$",
                                      f.read())[1]
        reader = read(desk, ids)
        assert len(sink.log) == len(sink.arrived) == 40
    assert sorted(reader.removed) == sorted(ids) and not desk.entries()
    if way == "chunks":
        # two for each would be 80
        assert reader.waits < 60


@pytest.mark.parametrize("when", ["1", "2"])
@pytest.mark.parametrize("call, error", [
    ("io_setup", "ENOSYS"), ("io_setup", "EAGAIN"), ("io_submit", "EINVAL"),
    ("io_submit", "EAGAIN"), ("io_getevents", "EINTR"),
    ("io_getevents", "EINVAL")])
def test_not_at_once(desk, sink, call, error, when):
    """Where the kernel cannot sync several at once, or not any more, each is
    synced by itself."""
    desk.configure(sink.port)
    for _ in range(40):
        assert desk.enqueue(desk.message(300)[1]).returncode == 0
    done = desk.flush(wrap=strace(
        "-e", "trace=" + call,
        "-e", "inject=%s:error=%s:when=%s" % (call, error, when)))
    assert done.returncode == 0 and not done.stderr, done.stderr
    assert not desk.entries() and not desk.entries("hold")
    assert set(sink.ids().values()) == {1} and len(sink.ids()) == 40
