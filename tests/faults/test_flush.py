# SPDX-License-Identifier: ISC
"""A run of the queue, killed wherever it may be: nobody is left out, nobody gets
a piece of a mail, and only whose mail was in doubt gets it twice."""
import os
import random
import signal
import subprocess
import time
from collections import Counter

from conftest import LONG, report, some

MIXED = {"b": "450 4.2.0 later", "c": "550 5.1.1 nobody", "d": "250 2.1.5 ok",
         "e": "450 4.2.1 busy"}
FIVE = tuple(name + "@example.test" for name in "abcde")


class Trial:
    """Mails that wait, and what becomes of them."""

    def __init__(self, desk, sink, count, rcpts):
        self.desk, self.sink, self.rcpts = desk, sink, rcpts
        self.mails = {}
        self.before = len(sink.log)
        for _ in range(count):
            mid, data = desk.message(2000)
            assert desk.enqueue(data, rcpts).returncode == 0
            self.mails[mid] = data.split(b"\n\n", 1)[1]

    def books(self):
        """{(Message-ID, recipient): how often}"""
        return Counter((mid, rcpt) for mid, rcpts in
                       self.sink.log[self.before:] for rcpt in rcpts)

    def check(self, doubted=(), lacking=()):
        """How many arrived twice; all must have arrived, whole."""
        books, twice = self.books(), 0
        for mid, body in self.mails.items():
            for data in self.sink.arrived.get(mid, []):
                assert data.endswith(body), "truncated or mixed: " + mid
            for rcpt in (r.split("@")[0] for r in self.rcpts):
                if rcpt in lacking:
                    assert not books[mid, rcpt]
                    continue
                assert books[mid, rcpt], "lost: %s to %s" % (mid, rcpt)
                if books[mid, rcpt] > 1:
                    assert mid in doubted, "twice without the mark"
                    twice += 1
        bounces = [mid for mid, rcpts in self.sink.log[self.before:]
                   if rcpts == ("alice",)]
        assert len(set(bounces)) == (len(self.mails) if lacking else 0)
        twice += len(bounces) - len(set(bounces))
        assert not self.desk.entries("bad") and not self.desk.entries("failed")
        return twice


def kill_at_each(desk, sink, trouble, count, rcpts, mixed, one, most):
    desk.configure(sink.port)
    lacking = [name for name, verdict in mixed.items() if verdict[0] == "5"]
    later = {k: v for k, v in mixed.items() if v[0] != "4"}
    sink.verdicts = mixed
    Trial(desk, sink, count, rcpts)
    rows = trouble.trace(desk, "--queue-run")
    desk.empty()
    if one:
        rows = [row for row in rows if row[0] > 0]
    assert len(rows) > 50
    rounds = twice = marked = 0
    for process, k, name in some(rows, most):
        sink.verdicts = mixed
        trial = Trial(desk, sink, count, rcpts)
        done = desk.flush(wrap=trouble(process, k, one=one))
        assert one or done.returncode == -signal.SIGKILL or \
            name == "exit_group" or process > 0, (process, k, name)
        doubted = desk.in_doubt()
        sink.verdicts = later
        desk.finish()
        assert not desk.entries(), (process, k, name)
        again = trial.check(doubted, lacking)
        assert again <= 2 * count, (process, k, name)
        rounds, twice = rounds + 1, twice + (again > 0)
        marked += bool(doubted)
    report("killed at each call", processes="one" if one else "all",
           mails=count, rounds=rounds, lost=0, truncated=0, twice=twice,
           marked=marked)
    assert twice < rounds


def test_kill_at_each_call(desk, sink, trouble):
    """E2, QL-04: one mail to five, each of whom has a verdict of its own."""
    kill_at_each(desk, sink, trouble, 1, FIVE, MIXED, False, 50)


def test_kill_at_each_call_of_many(desk, sink, trouble):
    """E2: several mails over one connection, under way at once."""
    kill_at_each(desk, sink, trouble, 20 if LONG else 5,
                 ("bob@example.test",), {}, False, 35)


def test_one_process_killed(desk, sink, trouble):
    """QL-01, QL-03: the process that serves the account, and it alone: the
    runner sees to the rest."""
    kill_at_each(desk, sink, trouble, 3, ("bob@example.test",), {}, True, 30)


def test_killed_at_random(desk, sink):
    """E2: at full speed."""
    desk.configure(sink.port)
    rounds, twice, killed = 10000 if LONG else 40, 0, 0
    for _ in range(rounds):
        trial = Trial(desk, sink, 3, ("bob@example.test",))
        child = subprocess.Popen([desk.program, "--queue-run"],
                                 stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL, env=desk.env,
                                 cwd=desk.home.path, process_group=0)
        time.sleep(random.random() * 0.05)
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        killed += child.wait() < 0
        doubted = desk.in_doubt()
        desk.finish()
        twice += trial.check(doubted) > 0
    assert killed
    report("killed at random", rounds=rounds, lost=0, truncated=0, twice=twice)
