# SPDX-License-Identifier: ISC
"""Taking a mail in: whatever happens, exit code 0 means that it is there, whole,
and anything else that its caller still has it."""
import random
import signal
import subprocess
import time

import pytest

from conftest import LONG, calls_of, strace

PORT = 1  # nobody listens; nobody is asked

# What each call may end with on a machine that is in trouble.
ERRORS = {
    "openat": ("EMFILE", "ENFILE", "ENOSPC", "EACCES", "EROFS", "EIO"),
    "write": ("ENOSPC", "EDQUOT", "EIO", "EINTR"),
    "pwrite64": ("ENOSPC", "EDQUOT", "EIO", "EINTR"),
    "writev": ("ENOSPC", "EIO"),
    "fsync": ("EIO", "ENOSPC", "EDQUOT", "EROFS"),
    "fdatasync": ("EIO", "ENOSPC"),
    "linkat": ("ENOSPC", "EDQUOT", "EIO", "EROFS", "EMLINK", "EACCES"),
    "unlinkat": ("EIO", "EROFS"),
    "mkdirat": ("ENOSPC", "EROFS", "EACCES"), "mkdir": ("ENOSPC", "EROFS"),
    "mknodat": ("ENOSPC", "EROFS"),
    "fcntl": ("ENOLCK", "EINTR", "EAGAIN"),
    "close": ("EIO", "EINTR"),
    "read": ("EIO", "EINTR", "ENOMEM"),
    "pread64": ("EIO",), "lseek": ("EIO",), "ftruncate": ("EIO", "ENOSPC"),
    "newfstatat": ("EIO", "EACCES", "ENOMEM"), "fstatfs": ("EIO",),
    "getrandom": ("EINTR", "ENOSYS"),
    # not brk: the kernel says it by another address, not by an error
    "mmap": ("ENOMEM",), "poll": ("EINTR", "ENOMEM"),
}


def check(desk, code, mid, data, said):
    """Whether what the caller was told is true."""
    waiting = desk.waiting()
    if code == 0:
        assert mid in waiting, said
        assert waiting[mid].endswith(data.split(b"\n\n", 1)[1]), said
    elif mid in waiting:
        # an error after the name was given and could not be taken back
        assert b"may have been queued" in said or code < 0, (code, said)
        assert waiting[mid].endswith(data.split(b"\n\n", 1)[1]), said
    for name in desk.entries("tmp"):
        assert False, "tmp/%s was left behind" % name
    assert not desk.entries("bad")


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
def test_kill_at_each_call(desk, size):
    """E1."""
    desk.configure(PORT)
    assert desk.enqueue(desk.message(size)[1]).returncode == 0
    calls = calls_of(desk, "--queue=always", "-odq", "--", "bob@example.test",
                     stdin=desk.message(size)[1])
    assert len(calls) > 40 and "linkat" in calls
    first = calls.index("close_range") if "close_range" in calls else 0
    kept = 0
    for k in range(first, len(calls) + 1):
        mid, data = desk.message(size)
        done = desk.enqueue(data, wrap=strace(
            "-e", "inject=all:signal=KILL:when=%d" % (k + 1)))
        check(desk, done.returncode, mid, data, done.stderr)
        kept += mid in desk.waiting()
    assert 1 <= kept < len(calls)
    assert desk.enqueue(desk.message()[1]).returncode == 0


def test_each_error_at_each_call(desk):
    """E4."""
    desk.configure(PORT)
    assert desk.enqueue(desk.message(2000)[1]).returncode == 0
    calls = calls_of(desk, "--queue=always", "-odq", "--", "bob@example.test",
                     stdin=desk.message(2000)[1])
    first = calls.index("close_range") if "close_range" in calls else 0
    begun, done_well = 0, 0
    for name in sorted(set(calls[first:]) & set(ERRORS)):
        before = calls[:first].count(name)
        errors = ERRORS[name] if LONG else ERRORS[name][:2]
        for k in range(before, calls.count(name)):
            for error in errors:
                mid, data = desk.message(2000)
                done = desk.enqueue(data, wrap=strace(
                    "-e", "inject=%s:error=%s:when=%d" % (name, error, k + 1)))
                assert done.returncode >= 0, (name, k, error, done.stderr)
                check(desk, done.returncode, mid, data, done.stderr)
                assert done.returncode == 0 or done.stderr, (name, k, error)
                begun += 1
                done_well += done.returncode == 0
    assert begun > 50 and 0 < done_well < begun
    assert desk.enqueue(desk.message()[1]).returncode == 0


def test_killed_at_random(desk):
    """E1: at whatever moment; without strace, at full speed."""
    desk.configure(PORT)
    rounds, killed = 10000 if LONG else 150, 0
    assert desk.enqueue(desk.message()[1]).returncode == 0
    for _ in range(rounds):
        mid, data = desk.message(2000)
        child = subprocess.Popen(
            [desk.program, "--queue=always", "-odq", "bob@example.test"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, env=desk.env, cwd=desk.home.path)
        child.stdin.write(data)
        child.stdin.close()
        time.sleep(random.random() * 0.006)
        child.send_signal(signal.SIGKILL)
        said = child.stderr.read()
        code = child.wait()
        child.stderr.close()
        killed += code < 0
        check(desk, code, mid, data, said)
        for name in desk.entries():  # or this grows slower and slower
            __import__("os").unlink(desk.queue + "/active/" + name)
    assert killed


def test_submitters_at_once(desk):
    """E12: fifty."""
    desk.configure(PORT)
    assert desk.enqueue(desk.message()[1]).returncode == 0
    told = {}
    for _ in range(20 if LONG else 2):
        running = []
        for _ in range(50):
            mid, data = desk.message(random.choice((1, 2000, 60000)))
            child = subprocess.Popen(
                [desk.program, "--queue=always", "-odq", "bob@example.test"],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, env=desk.env, cwd=desk.home.path)
            child.stdin.write(data)
            child.stdin.close()
            running.append((child, mid, data))
        for child, mid, data in running:
            assert child.wait() == 0
            told[mid] = data
    waiting = desk.waiting()
    for mid, data in told.items():
        assert waiting[mid].endswith(data.split(b"\n\n", 1)[1])
