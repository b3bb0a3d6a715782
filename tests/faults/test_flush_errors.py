# SPDX-License-Identifier: ISC
"""A run of the queue on a machine that is in trouble: calls that fail, that do
half of what they were asked, and no memory."""
import errno
import random
import signal
from collections import Counter

import pytest

from conftest import LONG, report, some
from errors import possible
from test_flush import FIVE, MIXED, Trial


def back(desk):
    """As a person would, who has looked at it."""
    for name in desk.entries("failed"):
        desk.call("--queue-retry", name)


@pytest.mark.parametrize("count, most", [(1, 90), (4, 45)])
def test_each_error_at_each_call(desk, sink, trouble, at_once, count, most):
    """E4, QL-10, QL-15, QL-16: whatever fails, and wherever; several mails are
    synced at once."""
    desk.configure(sink.port)
    sink.verdicts = MIXED
    Trial(desk, sink, count, FIVE)
    rows = [(p, k, name, error)
            for p, k, name in trouble.trace(desk, "--queue-run")
            for error in possible(name)]
    assert len(rows) > 200
    later = {k: v for k, v in MIXED.items() if v[0] != "4"}

    def work(desk, sink, rows):
        came = Counter()
        for process, k, name, error in rows:
            sink.verdicts = MIXED
            trial = Trial(desk, sink, count, FIVE)
            done = desk.flush(wrap=trouble(process, k, getattr(errno, error)),
                              timeout=60)
            what = (process, k, name, error, done.stderr)
            assert 0 <= done.returncode < 97, what
            # a damaged mail is one that is damaged, not one that was not read
            assert not desk.entries("bad"), what
            doubted = desk.in_doubt()
            aside = any(map(desk.entries, ("hold", "failed")))
            assert not aside or done.stderr, what
            back(desk)
            sink.verdicts = later
            desk.finish()
            assert not desk.entries() and not desk.entries("hold"), what
            try:
                twice = trial.check(doubted, ("c",)) > 0
            except AssertionError as e:
                raise AssertionError("%s: %s" % (what, e))
            trial.forget()
            came.update(rounds=1, twice=twice, aside=aside)
        return came
    came = at_once(work, some(rows, most))
    report("each error at each call of a run", mails=count,
           rounds=came["rounds"], lost=0, truncated=0,
           twice_marked=came["twice"], twice_unmarked=0, aside=came["aside"])


@pytest.mark.parametrize("error", ["EACCES", "EMFILE"])
def test_not_opened(desk, sink, trouble, error):
    """Whatever cannot be opened just now is where it was, and is told of."""
    desk.configure(sink.port)
    mails = [desk.message() for _ in range(2)]
    for mid, data in mails:
        assert desk.enqueue(data).returncode == 0
    rows = [row for row in trouble.trace(desk, "--queue-run")
            if row[2] == "openat"]
    told = 0
    for process, k, name in rows:
        sink.arrived.clear()
        for mid, data in mails:
            assert desk.enqueue(data).returncode == 0
        before = desk.entries()
        done = desk.flush(wrap=trouble(process, k, getattr(errno, error)))
        for state in ("bad", "hold", "failed"):
            assert not desk.entries(state), (process, k, done.stderr)
        left = desk.entries()
        told += any(name.encode() in done.stderr for name in left)
        desk.finish()
        assert before and sink.ids() == {mid: 1 for mid, data in mails}
    assert told


def shim(program, **env):
    env = {"SHIM_" + k.upper(): str(v) for k, v in env.items()}
    env["LD_PRELOAD"] = program[:program.rindex("/")] + "/tests/faults/shim.so"
    return env


@pytest.mark.parametrize("seed", range(50 if LONG else 3))
def test_short_and_interrupted(desk, sink, seed):
    """E5: reads and writes of one to seven octets, signals between them."""
    desk.configure(sink.port)
    mails = {}
    for _ in range(3):
        mid, data = desk.message(700)
        done = desk.enqueue(data, FIVE, env=shim(desk.program, short=seed))
        assert done.returncode == 0, done.stderr
        mails[mid] = data.split(b"\n\n", 1)[1]
    assert desk.flush(env=shim(desk.program, short=seed)).returncode == 0
    assert not desk.entries() and not desk.entries("bad")
    for mid, body in mails.items():
        assert [d.endswith(body) for d in sink.arrived[mid]] == [True]
    mid, data = desk.message(700)
    done = desk.call("bob@example.test", stdin=data,
                     env=shim(desk.program, short=seed))
    assert done.returncode == 0 and len(sink.arrived[mid]) == 1, done.stderr


@pytest.mark.parametrize("seed", range(50 if LONG else 3))
def test_same_views(desk, sink, seed):
    """E5: what is shown of a queue and of accounts that wait is the same."""
    env = shim(desk.program, short=seed)
    desk.configure(sink.port)
    sink.verdicts = MIXED
    assert desk.enqueue(desk.message(700)[1], FIVE, env=env).returncode == 0
    desk.flush(env=env)
    desk.configure(1, "logfile log")
    assert desk.enqueue(desk.message(700)[1], FIVE, env=env).returncode == 0
    desk.flush(env=env)
    for words in (("--mailq",), ("--mailq", "--json"), ("--queue-check",),
                  ("--queue-show", *desk.entries())):
        # they tell ages: one of the two is of the same second
        before, done, behind = (desk.call(*words, env=e)
                                for e in ({}, env, {}))
        assert done.stdout in (before.stdout, behind.stdout)
        assert done.stderr == before.stderr
    said = desk.call("--mailq").stdout
    assert b"450" in said and b"refused" in said, said
    assert desk.call("--queue=off", "bob@example.test", env=env,
                     stdin=desk.message()[1]).returncode == 75
    assert "exitcode=EX_TEMPFAIL\n" in desk.home.read("log")


# glibc's last words where it looks for a user or a host and has no memory: it
# asserts, or goes on with a NULL pointer, behind what we have said by then
GLIBC = (b"nss_database.c", b"Unexpected error.", b"is queued as")


def ended(done):
    """With an exit code, unless glibc ended it."""
    return done.returncode >= 0 or any(s in done.stderr for s in GLIBC)


def without_memory(desk, sink, k):
    """Taken in and sent, and the k-th allocation of each fails."""
    mid, data = desk.message()
    env = shim(desk.program, malloc=k)
    done = desk.enqueue(data, env=env)
    said = done.stderr
    assert ended(done), (k, said)
    assert (done.returncode == 0) == (mid in desk.waiting()), k
    died = done.returncode != 0
    if died:
        assert done.returncode in (71, 75, 78, -signal.SIGABRT,
                                   -signal.SIGSEGV), done
        assert desk.enqueue(data).returncode == 0
    done = desk.flush(env=env)
    said += done.stderr
    assert ended(done), (k, said)
    assert not desk.entries("bad"), (k, said)
    doubted = desk.in_doubt()
    back(desk)
    desk.finish()
    assert not desk.entries()
    came = sink.arrived.pop(mid)
    assert all(d.endswith(data.split(b"\n\n", 1)[1]) for d in came), k
    assert len(came) == 1 or mid in doubted, k
    return Counter(rounds=1, died=died, twice=len(came) > 1, said=bool(said))


def test_no_memory(at_once):
    """E8: the k-th allocation fails, and those behind it; or that alone."""
    def work(desk, sink, numbers):
        # what is made once is not part of it
        desk.enqueue(desk.message()[1])
        desk.finish()
        sink.arrived.clear()
        return sum((without_memory(desk, sink, k) for k in numbers),
                   Counter())
    numbers = [sign * k for k in range(1, 1200)
               for sign in ((1, -1) if LONG else (1,))]
    came = at_once(work, some(numbers, 60))
    assert came["died"]
    if LONG:  # there is nothing behind the last of them
        assert not at_once(work, range(1200, 1230))["died"]
    report("no memory", rounds=came["rounds"], died=came["died"], lost=0,
           truncated=0, twice_marked=came["twice"], twice_unmarked=0)


def test_no_memory_while_it_is_kept(at_once):
    """E8: nobody listens; what fails one time alone ends in an exit code."""
    def work(desk, _, numbers):
        desk.configure(1)
        came = Counter()
        for k in numbers:
            mid, data = desk.message()
            done = desk.call("-t", stdin=data, env=shim(desk.program,
                                                        malloc=-k))
            assert ended(done), (k, done)
            assert done.returncode or mid in desk.waiting(), (k, done)
            assert not done.returncode or mid not in desk.waiting() or \
                b"queued as" in done.stderr, (k, done)
            came.update(rounds=1, told=done.returncode == 0)
            desk.empty()
        return came
    came = at_once(work, some(range(1, 450), 150))
    report("no memory while it is kept", rounds=came["rounds"],
           told=came["told"], lost=0)
    assert 0 < came["told"] < came["rounds"]


COMMANDS = [(), ("-t",), ("--queue=always", "-odq"), ("--queue=off",),
            ("--queue-run",), ("--mailq",), ("--mailq", "--json"),
            ("--queue-check",), ("--print",), ("--dry-run",),
            ("--version",), ("--serverinfo",), ("--queue-hold", "ALL"),
            ("--queue-release", "ALL"), ("--queue-retry", "ALL")]


def test_no_memory_anywhere(at_once):
    """E8: in whatever the program is asked to do, with whatever it needs."""
    def work(desk, sink, rounds):
        came = Counter()
        for n in rounds:
            mid, data = desk.message()
            words = COMMANDS[n % len(COMMANDS)]
            mails = n % len(COMMANDS) < 4
            k = int(1500 ** random.random()) * random.choice((1, -1))
            done = desk.call(*words, *(("--", "bob@example.test")
                                       if mails and words != ("-t",) else ()),
                             stdin=data if mails else b"",
                             env=shim(desk.program, malloc=k))
            what = (words, k, done)
            assert ended(done), what
            assert not desk.entries("bad"), what
            if mails and done.returncode == 0:
                assert mid in sink.arrived or mid in desk.waiting(), what
            came.update(rounds=1, died=done.returncode != 0)
            if n % 50 == 0:
                desk.finish()
        desk.finish()
        assert not desk.entries()
        return came
    came = at_once(work, range(20000 if LONG else 150))
    assert came["died"]
    report("no memory, anywhere", rounds=came["rounds"], died=came["died"],
           lost=0)
