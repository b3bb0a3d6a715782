# SPDX-License-Identifier: ISC
"""Many runners, many who submit, and two worlds on one queue."""
import os
import random
import signal
import subprocess
import time

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
    while time.monotonic() < end and any(c.poll() is None for c in children):
        child = random.choice(children)
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
    rounds, mails, total = (200, 100, 0) if LONG else (2, 60, 0)
    for _ in range(rounds):
        sink.arrived.clear()
        told = desk.fill(mails)
        jitter([begin(desk, "--queue-run") for _ in range(8)], 30)
        desk.finish()
        assert not desk.entries()
        once(desk, sink, told)
        total += mails
    report("eight runners", rounds=rounds, mails=total, lost=0, twice=0)


def test_by_id_beside_a_runner(desk, sink):
    """E3: those who ask for one mail do not ask the runner's lock alone."""
    desk.configure(sink.port)
    told = desk.fill(40)
    names = desk.entries()
    jitter([begin(desk, "--queue-run", *random.sample(names, 40))
            for _ in range(4)] + [begin(desk, "--queue-run")
                                  for _ in range(4)], 30)
    desk.finish()
    once(desk, sink, told)


def test_submitters_beside_a_runner(desk, sink):
    """E12: fifty who submit, three who run."""
    desk.configure(sink.port)
    assert desk.enqueue(desk.message()[1]).returncode == 0
    desk.finish()
    sink.arrived.clear()
    told = {}
    for _ in range(200 if LONG else 2):
        running = []
        for i in range(50):
            mid, data = desk.message(random.choice((1, 2000, 60000)))
            how = ("-odq",) if i % 2 else ("-odi",)
            child = begin(desk, "--queue=always", *how, "bob@example.test",
                          stdin=subprocess.PIPE)
            child.stdin.write(data)
            child.stdin.close()
            told[mid] = data.split(b"\n\n", 1)[1]
            running.append(child)
            if i % 20 == 10:
                running.append(begin(desk, "--queue-run"))
        assert [c.wait(120) for c in running] == [0] * len(running)
    desk.finish()
    once(desk, sink, told)
    report("submitters beside a runner", mails=len(told), lost=0, twice=0)


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
