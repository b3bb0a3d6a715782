# SPDX-License-Identifier: ISC
"""A machine with a real systemd and what make install puts there, for tests
that import these fixtures (see servers/machine.py).

    bare     as it came up: no queue, no account, nothing enabled
    machine  with a queue of the system's, as contrib/README makes it
"""
import fcntl
import os
import subprocess

import pytest

from servers.lab import privilege
from servers.machine import Machine, MachineError, SPOOL, obstacle
from support import message

RC = "/usr/local/etc/msmtprc"
QUEUE = "/var/spool/postrider"
OWN = ".local/state/postrider/queue"
PROGRAM = "/usr/local/bin/postrider"
UNITS = ("postrider-queue.path", "postrider-queue.timer")
SERVICE = "postrider-queue.service"


@pytest.fixture(scope="module")
def installed(program, tmp_path_factory):
    """What make install makes."""
    build = os.path.dirname(program)
    assert os.path.exists(build + "/Makefile"), "%s is no build" % build
    to = str(tmp_path_factory.mktemp("installed"))
    with open(build + "/config.status") as lock:  # others install, too
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(
            ["make", "-C", build, "install-sendmail", "DESTDIR=" + to,
             "prefix=/usr/local"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"})
    assert not done.returncode, done
    return to


@pytest.fixture(scope="module")
def booted(installed):
    """The machine, or the reason why there is none."""
    front = {"root": [], "sudo": ["sudo", "-n"]}.get(privilege())
    if front is None:
        yield "a service manager as process 1 wants root"
        return
    why = obstacle(front)
    if why:
        yield why
        return
    try:
        with Machine(installed, front) as machine:
            yield machine
    except MachineError as e:
        yield e


@pytest.fixture
def bare(booted):
    """The machine as it came up: no queue, no account, nothing enabled."""
    if isinstance(booted, str):
        pytest.skip("no real systemd here: " + booted)
    if isinstance(booted, MachineError):
        pytest.fail("systemd does not run: %s" % booted)
    yield booted
    booted.run(["systemctl", "disable", "--now", *UNITS])
    booted.run(["systemctl", "stop", SERVICE, "postrider-network-up.service"])
    booted.run(["systemctl", "reset-failed"])
    booted.must("sh", "-c", "rm -rf %s %s /etc/systemd/system/postrider-* "
                "/etc/postrider /home/*/.local /home/*/.msmtprc "
                "/home/*/.config" % (QUEUE, RC))
    booted.systemctl("daemon-reload")


@pytest.fixture
def machine(bare):
    """With a queue of the system's, as contrib/README makes it."""
    bare.must("install", "-d", "-o", "postrider", "-g", "postrider", "-m",
              "0700", QUEUE)
    return bare


def put(machine, rcpt, uid=SPOOL, args=("-odq",)):
    done = machine.run(["sendmail", *args, rcpt], message(rcpt).decode(),
                       uid=uid)
    return done


def waiting(machine, queue=QUEUE):
    return machine.names(queue + "/active")
