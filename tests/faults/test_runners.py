# SPDX-License-Identifier: ISC
"""Many runners, many who submit, and two worlds on one queue."""
import hashlib
import os
import random
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import LONG, report


def begin(desk, *args, wrap=(), **more):
    return subprocess.Popen([*wrap, desk.program, *args], env=desk.env,
                            cwd=desk.home.path, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, process_group=0, **more)


def once(desk, sink, told):
    waiting = desk.waiting()
    assert not waiting, sorted(waiting)
    assert {mid: len(found) for mid, found in sink.arrived.items()} == \
        {mid: 1 for mid in told}
    for mid, body in told.items():
        assert sink.arrived[mid][0].endswith(body), mid


def jitter(children, seconds):
    """Stops and continues them, at whatever moment."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        # not one that is gone: its number may be another's
        running = [c for c in children if c.poll() is None]
        if not running:
            break
        child = random.choice(running)
        for sig in (signal.SIGSTOP, signal.SIGCONT):
            try:
                os.killpg(child.pid, sig)
            except ProcessLookupError:
                pass
            time.sleep(random.random() * 0.02)
    for child in children:
        assert child.wait(120) == 0


def test_eight_at_once(desk, sink):
    """E3: eight runners that are stopped and continued; nothing twice, nothing
    lost."""
    desk.configure(sink.port)
    rounds, mails = (200, 1000) if LONG else (2, 60)
    for _ in range(rounds):
        sink.arrived.clear()
        told = desk.fill(mails)
        jitter([begin(desk, "--queue-run") for _ in range(8)], 30)
        desk.finish()
        assert not desk.entries()
        once(desk, sink, told)
    report("eight runners", rounds=rounds, mails=rounds * mails, lost=0,
           truncated=0, twice_marked=0, twice_unmarked=0)


def test_by_id_beside_a_runner(desk, sink):
    """E3: those who ask for one mail do not ask the runner's lock alone."""
    desk.configure(sink.port)
    rounds, mails = (50, 400) if LONG else (1, 40)
    for _ in range(rounds):
        sink.arrived.clear()
        told = desk.fill(mails)
        names = desk.entries()
        jitter([begin(desk, "--queue-run", *random.sample(names, mails))
                for _ in range(4)] + [begin(desk, "--queue-run")
                                      for _ in range(4)], 30)
        desk.finish()
        once(desk, sink, told)
    report("runners by id", rounds=rounds, mails=rounds * mails, lost=0,
           truncated=0, twice_marked=0, twice_unmarked=0)


class Crowd:
    """Who submit at the same time, while somebody runs the queue: mails of one
    octet to a mebibyte, of which a digest is kept."""

    def __init__(self, desk, sink):
        self.desk, self.sink = desk, sink
        self.told, self.took = {}, []
        sink.keep = lambda data: hashlib.sha256(
            data.split(b"\n\n", 1)[1]).digest()

    def submit(self, how):
        mid, data = self.desk.message(int(2 ** (20 * random.random())))
        begun = time.monotonic()
        done = self.desk.call("--queue=always", how, "bob@example.test",
                              stdin=data)
        self.took.append(time.monotonic() - begun)
        assert done.returncode == 0, done.stderr
        self.told[mid] = self.sink.keep(data)

    def go(self, people, mails):
        """So many, each with as many mails."""
        def person(number):
            for _ in range(mails):
                self.submit("-odi" if number % 10 == 0 else "-odq")
        with ThreadPoolExecutor(people) as pool:
            running = [pool.submit(person, n) for n in range(people)]
            while not all(r.done() for r in running):
                self.desk.flush()
            for r in running:
                r.result()

    def check(self):
        """All of them, whole, once; which is forgotten then."""
        self.desk.finish(1200)
        assert not self.desk.waiting() and not self.desk.entries("bad")
        assert self.sink.ids() == {mid: 1 for mid in self.told}
        for mid, digest in self.told.items():
            assert self.sink.arrived[mid] == [digest], mid
        count = len(self.told)
        self.told.clear()
        self.sink.arrived.clear()
        return count


def test_submitters_beside_a_runner(desk, sink):
    """E12: fifty who submit, and who run; then five hundred."""
    desk.configure(sink.port)
    crowd, mails = Crowd(desk, sink), 0
    for _ in range(10 if LONG else 1):
        crowd.go(50, 200 if LONG else 2)
        mails += crowd.check()
        if LONG:
            crowd.go(500, 1)
            mails += crowd.check()
    took = sorted(crowd.took)
    report("submitters beside a runner", rounds=10 if LONG else 1,
           mails=mails, lost=0, truncated=0, twice_marked=0, twice_unmarked=0,
           p50_ms="%.0f" % (1000 * took[len(took) // 2]),
           p99_ms="%.0f" % (1000 * took[len(took) * 99 // 100]))


def test_two_pid_namespaces(desk, sink):
    """Two containers with one queue: process ids mean nothing there."""
    desk.configure(sink.port)
    world = ["unshare", "-pf", "--mount-proc", "--kill-child"]
    if os.geteuid():
        world = ["unshare", "-Urpf", "--mount-proc", "--kill-child"]
    told = {}
    for _ in range(20 if LONG else 1):
        running = []
        for i in range(20):
            mid, data = desk.message(500)
            child = begin(desk, "--queue=always", "-odi", "bob@example.test",
                          wrap=world, stdin=subprocess.PIPE)
            child.stdin.write(data)
            child.stdin.close()
            told[mid] = data.split(b"\n\n", 1)[1]
            running.append(child)
            if i % 5 == 2:
                running.append(begin(desk, "--queue-run", wrap=world))
        jitter(running, 20)
    desk.finish()
    once(desk, sink, told)
    report("two pid namespaces", mails=len(told), lost=0, twice=0)


@pytest.mark.parametrize("act", ["--queue-hold", "--queue-remove"])
def test_steered_while_it_is_sent(desk, sink, act):
    """QL-11: by hand, while a runner has it: told that it is busy, or done
    before or behind; never both sent and held."""
    desk.configure(sink.port)
    for _ in range(20 if LONG else 4):
        sink.arrived.clear()
        told = desk.fill(10)
        runner = begin(desk, "--queue-run")
        time.sleep(random.random() * 0.03)
        desk.call(act, "ALL")
        assert runner.wait(60) == 0
        held = set(desk.waiting())
        assert not held & set(sink.arrived)
        if act == "--queue-hold":
            desk.call("--queue-release", "ALL")
            desk.finish()
            once(desk, sink, told)
        else:
            assert all(len(found) == 1 for found in sink.arrived.values())
            desk.finish()
