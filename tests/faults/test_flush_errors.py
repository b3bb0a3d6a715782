# SPDX-License-Identifier: ISC
"""A run of the queue on a machine that is in trouble: calls that fail, that do
half of what they were asked, and no memory."""
import errno

import pytest

from conftest import LONG, report, some
from test_flush import FIVE, MIXED, Trial

ERRORS = {
    "openat": ("EMFILE", "ENFILE", "ENOSPC", "EROFS", "EIO", "ENOMEM",
               "EACCES"),
    "write": ("ENOSPC", "EIO", "EINTR"),
    "pwrite64": ("ENOSPC", "EDQUOT", "EIO", "EROFS", "EINTR"),
    "fsync": ("EIO", "ENOSPC", "EROFS"),
    "fdatasync": ("EIO", "ENOSPC", "EDQUOT", "EROFS"),
    "linkat": ("ENOSPC", "EIO", "EROFS"),
    "unlinkat": ("EIO", "EROFS", "EACCES"),
    "unlink": ("EIO", "EROFS"), "renameat": ("ENOSPC", "EROFS"),
    "mkdirat": ("ENOSPC", "EROFS"), "mknodat": ("ENOSPC", "EROFS"),
    "fcntl": ("ENOLCK", "EINTR", "EAGAIN"),
    "close": ("EIO", "EINTR"), "read": ("EIO", "EINTR"),
    "pread64": ("EIO", "ENOMEM"), "lseek": ("EIO",),
    "newfstatat": ("EIO", "EACCES", "ENOMEM"), "fstat": ("EIO",),
    "fstatfs": ("EIO",), "getdents64": ("EIO", "ENOENT"),
    "getrandom": ("EINTR", "ENOSYS"), "mmap": ("ENOMEM",),
    "poll": ("EINTR", "ENOMEM"), "socket": ("EMFILE", "ENOBUFS"),
    "connect": ("ENETUNREACH", "ECONNREFUSED", "ETIMEDOUT", "EINTR"),
    "sendto": ("EPIPE", "ECONNRESET", "EINTR"),
    "recvfrom": ("ECONNRESET", "EINTR"), "clone": ("EAGAIN", "ENOMEM"),
    "wait4": ("EINTR",), "close_range": ("ENOSYS",),
}


def test_each_error_at_each_call(desk, sink, trouble):
    """E4, QL-10, QL-15, QL-16: whatever fails, and wherever."""
    desk.configure(sink.port)
    sink.verdicts = MIXED
    Trial(desk, sink, 1, FIVE)
    rows = [(p, k, name, error)
            for p, k, name in trouble.trace(desk, "--queue-run")
            for error in ERRORS.get(name, ())]
    desk.empty()
    assert len(rows) > 200
    later = {k: v for k, v in MIXED.items() if v[0] != "4"}
    rounds = twice = aside = 0
    for process, k, name, error in some(rows, 90):
        what = (process, k, name, error)
        sink.verdicts = MIXED
        trial = Trial(desk, sink, 1, FIVE)
        done = desk.flush(wrap=trouble(process, k, getattr(errno, error)),
                          timeout=20)
        assert 0 <= done.returncode < 97, (what, done.stderr)
        # a damaged mail is one that is damaged, not one that was not read
        assert not desk.entries("bad"), (what, done.stderr)
        doubted = desk.in_doubt()
        held = desk.entries("hold") + desk.entries("failed")
        if held:
            assert done.stderr, what
            aside += 1
            for name in desk.entries("failed"):
                desk.call("--queue-retry", name)
        sink.verdicts = later
        desk.finish()
        assert not desk.entries() and not desk.entries("hold"), what
        try:
            twice += trial.check(doubted, ("c",)) > 0
        except AssertionError as e:
            raise AssertionError("%s: %s\n%s" % (what, e, done.stderr))
        rounds += 1
    report("each error at each call of a run", rounds=rounds, lost=0,
           truncated=0, twice=twice, aside=aside)


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


def test_no_memory(desk, sink):
    """E8: the k-th allocation fails, and those behind it; or that alone."""
    desk.configure(sink.port)
    mid, data = desk.message()
    assert desk.enqueue(data).returncode == 0
    desk.finish()
    rounds = died = twice = 0
    for k in some(range(1, 900), 60):
        for sign in (1, -1) if LONG else (1,):
            mid, data = desk.message()
            done = desk.enqueue(data, env=shim(desk.program, malloc=sign * k))
            assert done.returncode >= 0, (k, done.stderr)
            assert (done.returncode == 0) == (mid in desk.waiting()), k
            if done.returncode:
                assert done.returncode in (71, 75, 78), done
                assert desk.enqueue(data).returncode == 0
                died += 1
            done = desk.flush(env=shim(desk.program, malloc=sign * k))
            assert done.returncode >= 0, (k, done.stderr)
            assert not desk.entries("bad"), (k, done.stderr)
            doubted = desk.in_doubt()
            for name in desk.entries("failed"):
                desk.call("--queue-retry", name)
            desk.finish()
            assert not desk.entries()
            assert [d.endswith(data.split(b"\n\n", 1)[1])
                    for d in sink.arrived[mid]][:1] == [True], k
            if len(sink.arrived[mid]) > 1:
                assert mid in doubted, k
                twice += 1
            rounds += 1
    assert died
    report("no memory", rounds=rounds, lost=0, truncated=0, twice=twice)
