# SPDX-License-Identifier: ISC
"""Taking a mail in: whatever happens, exit code 0 means that it is there, whole,
and anything else that its caller still has it."""
import copy
import errno
import os
import random
import signal
import subprocess
import time
from collections import Counter

import pytest

from conftest import LONG, calls_of, report, some
from errors import possible

PORT = 1  # nobody listens; nobody is asked
WAYS = {"named": ("--queue=always", "-odq", "--", "bob@example.test"),
        "-t": ("--queue=always", "-odq", "-t"),
        "tried": ("--queue=on-failure", "--", "bob@example.test")}


def places(desk):
    """Its queue, and the one of its home: where the first may not be looked at,
    it is somebody else's, and his mail goes to his own."""
    own = copy.copy(desk)
    own.queue = os.path.join(desk.home.path, ".local/state/postrider/queue")
    return desk, own


def check(desk, code, mid, data, said, arrived=()):
    """Whether what the caller was told is true."""
    waiting = {m: octets for place in places(desk)
               for m, octets in place.waiting().items()}
    if code == 0:
        assert mid in waiting or mid in arrived, said
    elif mid in waiting:
        # an error after the name was given and could not be taken back
        assert b"may have been queued" in said or code < 0, (code, said)
    if mid in waiting:
        assert waiting[mid].endswith(data.split(b"\n\n", 1)[1]), said
    for name in desk.entries("tmp"):
        assert False, "tmp/%s was left behind" % name
    assert not desk.entries("bad")


def forget(desk):
    """Or this grows slower and slower."""
    for place in places(desk):
        for name in place.entries():
            os.unlink(os.path.join(place.queue, "active", name))


def test_two_fsyncs_and_few_calls(desk):
    """One of the file, one of the directory; at most half as many calls again
    as the bare sequence: open the directory, fstat, statfs, open the file,
    lock, write twice, fsync, link, fsync, mark."""
    desk.configure(PORT)
    mid, data = desk.message(2000)
    assert desk.enqueue(data).returncode == 0
    calls = calls_of(desk, "--queue=always", "-odq", "--", "bob@example.test",
                     stdin=desk.message(2000)[1])
    assert calls.count("fsync") + calls.count("fdatasync") == 2
    assert calls.count("linkat") == 1


@pytest.mark.parametrize("size", (0, 2000, 300000) if LONG else (2000,))
@pytest.mark.parametrize("way", WAYS if LONG else ("named",))
def test_kill_at_each_call(desk, trouble, at_once, way, size):
    """E1."""
    desk.configure(PORT)
    desk.call(*WAYS[way], stdin=desk.message(size)[1])
    rows = trouble.trace(desk, *WAYS[way], stdin=desk.message(size)[1])
    assert len(rows) > 40 and "linkat" in [name for _, _, name in rows]

    def work(desk, _, rows):
        desk.configure(PORT)
        came = Counter()
        for process, k, name in rows:
            mid, data = desk.message(size)
            done = desk.call(*WAYS[way], stdin=data, wrap=trouble(process, k))
            check(desk, done.returncode, mid, data, done.stderr)
            came.update(rounds=1, kept=mid in desk.waiting(),
                        told=done.returncode == 0)
            forget(desk)
        assert desk.enqueue(desk.message()[1]).returncode == 0
        return came
    came = at_once(work, rows)
    report("taking in killed at each call, %s" % way, octets=size,
           rounds=came["rounds"], kept=came["kept"], told=came["told"],
           lost=0, truncated=0)
    assert 1 <= came["kept"] < len(rows)


@pytest.mark.parametrize("way", ["named", "tried"])
def test_each_error_at_each_call(desk, sink, trouble, at_once, way):
    """E4; "tried" is taken by the server, or kept, or its caller is told."""
    desk.configure(sink.port)
    desk.call(*WAYS[way], stdin=desk.message(2000)[1])
    rows = [(p, k, name, error) for p, k, name in
            trouble.trace(desk, *WAYS[way], stdin=desk.message(2000)[1])
            for error in possible(name)]

    def work(desk, sink, rows):
        came = Counter()
        for process, k, name, error in rows:
            mid, data = desk.message(2000)
            done = desk.call(*WAYS[way], stdin=data,
                             wrap=trouble(process, k, getattr(errno, error)))
            what = (process, k, name, error, done.stderr)
            assert 0 <= done.returncode < 97, what
            check(desk, done.returncode, mid, data, what, sink.arrived)
            assert done.returncode == 0 or done.stderr, what
            again = mid in desk.waiting() and mid in sink.arrived
            assert not again or desk.in_doubt() == {mid}, what
            came.update(rounds=1, told=done.returncode == 0, twice=again)
            sink.arrived.clear()
            forget(desk)
        assert desk.enqueue(desk.message()[1]).returncode == 0
        return came
    came = at_once(work, some(rows, 120))
    report("each error at each call of taking in, %s" % way,
           rounds=came["rounds"], told=came["told"], lost=0, truncated=0,
           twice_marked=came["twice"], twice_unmarked=0)
    assert 0 < came["told"] < came["rounds"]


def test_killed_at_random(at_once):
    """E1: at whatever moment, at full speed."""
    def work(desk, _, rounds):
        desk.configure(PORT)
        came, span = Counter(), 0.006
        for _ in rounds:
            mid, data = desk.message(2000)
            child = subprocess.Popen(
                [desk.program, *WAYS["named"]], stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                env=desk.env, cwd=desk.home.path)
            child.stdin.write(data)
            child.stdin.close()
            time.sleep(random.random() * span)
            child.send_signal(signal.SIGKILL)
            said = child.stderr.read()
            code = child.wait()
            child.stderr.close()
            span *= 1.015 if code < 0 else 0.955
            check(desk, code, mid, data, said)
            came.update(rounds=1, killed=code < 0, told=code == 0,
                        kept=mid in desk.waiting())
            forget(desk)
        return came
    came = at_once(work, range(10000 if LONG else 150))
    assert came["killed"]
    report("taking in killed at random", rounds=came["rounds"],
           killed=came["killed"], kept=came["kept"], told=came["told"],
           lost=0, truncated=0)
