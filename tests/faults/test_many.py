# SPDX-License-Identifier: ISC
"""A queue that is long (E13): seen, steered and flushed in time and in little
memory."""
import os
import random
import re
import subprocess
import time

from conftest import ALPHABET, LONG, report

MANY = 100000 if LONG else 5000


def multiply(desk, count):
    """One mail, so often: its id is its file's name alone."""
    mid, data = desk.message(1500)
    assert desk.enqueue(data).returncode == 0
    name, = desk.entries()
    active = os.path.join(desk.queue, "active")
    with open(os.path.join(active, name), "rb") as f:
        text = f.read()
    for _ in range(count - 1):
        other = name[:10] + "".join(random.choices(ALPHABET, k=16))
        fd = os.open(os.path.join(active, other),
                     os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.write(fd, text)
        os.close(fd)
    return mid


def look(pid):
    """(descriptors, MiB) of a process and its children, at most."""
    fds = size = 0
    with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
        pids = [pid, *map(int, f.read().split())]
    for one in pids:
        try:
            fds = max(fds, len(os.listdir("/proc/%d/fd" % one)))
            with open("/proc/%d/status" % one) as f:
                found = re.search(r"VmHWM:\s*(\d+) kB", f.read())
            size = max(size, int(found[1]) / 1024 if found else 0)
        except OSError:
            pass
    return fds, size


def measured(desk, *args):
    """(seconds, MiB, descriptors, lines of output)"""
    out = os.path.join(desk.home.path, "out")
    begun, fds, size = time.monotonic(), 0, 0
    with open(out, "wb") as f:
        child = subprocess.Popen([desk.program, *args], stdout=f, stderr=f,
                                 stdin=subprocess.DEVNULL, env=desk.env,
                                 cwd=desk.home.path)
    while child.poll() is None:
        try:
            now = look(child.pid)
        except OSError:
            continue
        fds, size = max(fds, now[0]), max(size, now[1])
        time.sleep(0.005)
    seconds = time.monotonic() - begun
    with open(out, "rb") as f:
        text = f.read()
    assert child.returncode == 0, text[:2000]
    report(" ".join(args)[:30], seconds="%.2f" % seconds, MiB="%.1f" % size,
           descriptors=fds)
    assert size < 64 and fds < 48
    return seconds, text.count(b"\n")


def test_long_queue(desk, sink):
    desk.configure(sink.port)
    mid = multiply(desk, MANY)
    seconds, lines = measured(desk, "--mailq")
    # what it takes is a fiftieth of that; the machine may be busy
    assert lines >= MANY and seconds < 50
    assert measured(desk, "--mailq", "--json")[1] >= MANY
    # some of them, by name
    chosen = random.sample(desk.entries(), 100)
    measured(desk, "--queue-run", *chosen)
    assert len(sink.arrived[mid]) == 100
    # nobody listens: one look at the queue, one connection
    sessions = sink.connections
    desk.configure(1)
    measured(desk, "--queue-run")
    assert sink.connections == sessions and len(desk.entries()) == MANY - 100
    # the rest, or as many as there is time for
    left = MANY
    if not LONG:
        left = 600
        for name in desk.entries()[left - 100:]:
            os.unlink(os.path.join(desk.queue, "active", name))
    desk.configure(sink.port)
    measured(desk, "--network-up")
    desk.finish(60)
    assert len(sink.arrived[mid]) == left and not desk.entries()
    assert sink.connections <= sessions + 2


def test_removed_at_once(desk):
    desk.configure(1)
    multiply(desk, MANY // 5)
    measured(desk, "--queue-remove", "ALL")
    assert not desk.entries()
