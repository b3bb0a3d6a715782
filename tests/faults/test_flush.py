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
        self.before = len(sink.log)
        self.mails = desk.fill(count, 2000, rcpts)

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

    def forget(self):
        """Of a long experiment's books, what is over."""
        for mid in self.mails:
            self.sink.arrived.pop(mid, None)


def kill_at_each(desk, sink, trouble, at_once, count, rcpts, mixed, one, most):
    desk.configure(sink.port)
    lacking = [name for name, verdict in mixed.items() if verdict[0] == "5"]
    later = {k: v for k, v in mixed.items() if v[0] != "4"}
    sink.verdicts = mixed
    Trial(desk, sink, count, rcpts)
    rows = trouble.trace(desk, "--queue-run")
    if one:
        rows = [row for row in rows if row[0] > 0]
    assert len(rows) > 50

    def work(desk, sink, rows):
        came = Counter()
        for process, k, name in rows:
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
            trial.forget()
            came.update(rounds=1, twice=again > 0, marked=bool(doubted))
        return came
    came = at_once(work, some(rows, most))
    report("run killed at each call", processes="one" if one else "all",
           mails=count, rounds=came["rounds"], lost=0, truncated=0,
           marked=came["marked"], twice_marked=came["twice"],
           twice_unmarked=0)
    assert came["twice"] < came["rounds"]


def test_kill_at_each_call(desk, sink, trouble, at_once):
    """E2, QL-04: one mail to five, each of whom has a verdict of its own."""
    kill_at_each(desk, sink, trouble, at_once, 1, FIVE, MIXED, False, 50)


def test_kill_at_each_call_of_many(desk, sink, trouble, at_once):
    """E2: several mails over one connection, under way at once."""
    kill_at_each(desk, sink, trouble, at_once, 20 if LONG else 5,
                 ("bob@example.test",), {}, False, 35)


def test_one_process_killed(desk, sink, trouble, at_once):
    """QL-01, QL-03: the process that serves the account, and it alone: the
    runner sees to the rest."""
    kill_at_each(desk, sink, trouble, at_once, 3, ("bob@example.test",), {},
                 True, 30)


def killed_within(desk, span):
    """Whether a run of the queue was killed, at any moment of that span."""
    child = subprocess.Popen([desk.program, "--queue-run"],
                             stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, env=desk.env,
                             cwd=desk.home.path, process_group=0)
    time.sleep(random.random() * span)
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    return child.wait() < 0


def test_killed_at_random(at_once):
    """E2: at full speed."""
    def work(desk, sink, rounds):
        came, span = Counter(), 0.02
        for _ in rounds:
            trial = Trial(desk, sink, 3, ("bob@example.test",))
            killed = killed_within(desk, span)
            # three of four are, however busy the machine is
            span *= 1.015 if killed else 0.955
            doubted = desk.in_doubt()
            desk.finish()
            assert not desk.entries()
            came.update(rounds=1, killed=killed, marked=bool(doubted),
                        twice=trial.check(doubted) > 0)
            trial.forget()
        return came
    came = at_once(work, range(10000 if LONG else 60))
    assert came["killed"]
    report("run killed at random", rounds=came["rounds"],
           killed=came["killed"], lost=0, truncated=0, marked=came["marked"],
           twice_marked=came["twice"], twice_unmarked=0)
