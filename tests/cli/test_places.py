# SPDX-License-Identifier: ISC
"""Whose mail waits where, on a machine with several users: nobody sees or
steers the mail of others, and everybody's is kept."""
import pytest

from machines import (OWN, PROGRAM, QUEUE, RC, UNITS, bare, booted, installed,
                      machine, put, waiting)  # noqa: F401
from queues import until
from servers.listener import listen
from servers.machine import OTHER, SPOOL, TESTER
from servers.taker import Taker
from support import local

ROOT = 0
HOMES = {ROOT: "/root/" + OWN, TESTER: "/home/tester/" + OWN,
         OTHER: "/home/other/" + OWN}


@pytest.fixture
def named(machine):
    """named(*lines): the system's configuration, which names its queue."""
    def named(port, *lines):
        machine.write(RC, "\n".join(local(
            port, "queue_dir " + QUEUE, "queue_linger off", *lines)) + "\n")
    yield named
    machine.must("rm", "-rf", "/root/.local")


@pytest.fixture
def nobody():
    with listen("127.0.0.1", 0) as sock:
        return sock.getsockname()[1]


def mailq(machine, uid, *args):
    done = machine.run(["mailq", *args], uid=uid)
    assert done.code == 0 and not done.err, done
    return done.out


@pytest.mark.parametrize("uid", [TESTER, ROOT])
@pytest.mark.parametrize("args", [("-odq",), ("-odi",), ("-odb",)])
def test_everybody_has_a_queue_of_his_own(named, machine, nobody, uid, args):
    named(nobody)
    done = put(machine, "a@x.test", uid, args)
    assert done.code == 0 and not done.err, done
    until(lambda: len(waiting(machine, HOMES[uid])) == 1)
    assert waiting(machine) == []
    assert "a@x.test" in mailq(machine, uid)
    check = machine.run([PROGRAM, "--queue-check"], uid=uid)
    assert "1 mail waits" in check.out, check


def test_each_sees_and_steers_his_own(named, machine, nobody):
    named(nobody)
    for uid, rcpt in ((SPOOL, "s@x.test"), (TESTER, "t@x.test"),
                      (OTHER, "o@x.test")):
        assert put(machine, rcpt, uid).code == 0
    theirs = waiting(machine)
    assert len(theirs) == 1
    for uid, rcpt in ((SPOOL, "s@x.test"), (TESTER, "t@x.test"),
                      (OTHER, "o@x.test")):
        shown = mailq(machine, uid)
        assert rcpt in shown and shown.count("@x.test") == 1, shown
    for step in ("show", "hold", "retry", "remove"):
        done = machine.run([PROGRAM, "--queue-" + step, theirs[0]], uid=TESTER)
        assert done.code == 66, done
        assert "there is no mail %s" % theirs[0] in done.err
    assert machine.run([PROGRAM, "--queue-remove", "ALL"], uid=TESTER).out == \
        "1 mail is removed\n"
    assert waiting(machine) == theirs
    assert len(waiting(machine, HOMES[OTHER])) == 1
    # root sees the system's, and acts on it as its owner
    assert "s@x.test" in mailq(machine, ROOT)
    done = machine.run([PROGRAM, "--queue-hold", theirs[0]])
    assert done.out == "1 mail is held\n", done
    assert "postrider" == machine.must(
        "stat", "-c", "%U", "%s/hold/%s" % (QUEUE, theirs[0])).strip()


@pytest.mark.parametrize("mode", ["--mailq", "--queue-run", "--queue-remove"])
def test_who_asks_for_the_queue_of_others(named, machine, nobody, mode):
    named(nobody)
    assert put(machine, "s@x.test", SPOOL).code == 0
    more = ["ALL"] if mode == "--queue-remove" else []
    done = machine.run([PROGRAM, "--queue-dir=" + QUEUE, mode, *more],
                       uid=TESTER)
    assert done.code == 73, done
    assert "the queue in %s belongs to another user" % QUEUE in done.err
    assert "shows your own mail" in done.err
    assert len(waiting(machine)) == 1


def test_a_directory_of_his_own_choice_is_not_replaced(machine, nobody):
    """What the user himself has written, wrongly, he is told."""
    machine.write("/home/tester/.msmtprc", "\n".join(local(
        nobody, "queue_dir " + QUEUE)) + "\n", 0o600, uid=TESTER)
    done = put(machine, "a@x.test", TESTER)
    assert done.code == 73 and "belongs to another user" in done.err, done
    assert waiting(machine, HOMES[TESTER]) == []


def test_each_queue_is_run(named, machine):
    """By root both; by others their own."""
    with Taker() as server:
        named(server.port)
        for uid, rcpt in ((SPOOL, "s@x.test"), (TESTER, "t@x.test"),
                          (ROOT, "r@x.test")):
            assert put(machine, rcpt, uid).code == 0
        done = machine.run(["runq"], uid=TESTER)
        assert done.code == 0 and not done.err, done
        assert [m.rcpts for m in server.mails] == [["t@x.test"]]
        done = machine.run(["runq"])
        assert done.code == 0 and not done.err, done
        assert sorted(m.rcpts[0] for m in server.mails) == [
            "r@x.test", "s@x.test", "t@x.test"]
    assert waiting(machine) == waiting(machine, HOMES[ROOT]) == []


# --- who looks after which --------------------------------------------------------

COMMAND = "sendmail|postrider"


def has_lingerer(machine, uid):
    """Whether a process of his stays behind."""
    return machine.run(["pgrep", "-u", str(uid), "-x", COMMAND]).code == 0


@pytest.mark.parametrize("what", ["units", "cron"])
def test_what_runs_the_system_runs_no_user(machine, nobody, what):
    """A user's mail is not left alone because the system's is looked after."""
    machine.write(RC, "\n".join(local(nobody)) + "\n")
    if what == "units":
        machine.systemctl("enable", *UNITS)
    else:
        machine.must("install", "-D", "-m", "0644",
                     "/usr/local/share/doc/postrider/cron.example",
                     "/etc/cron.d/postrider")
    check = [PROGRAM, "--queue-check"]
    try:
        assert put(machine, "s@x.test", SPOOL, ("-odi",)).code == 0
        assert not has_lingerer(machine, SPOOL)
        assert "nothing runs" not in machine.run(check, uid=SPOOL).out
        assert put(machine, "t@x.test", TESTER, ("-odi",)).code == 0
        assert has_lingerer(machine, TESTER)
        found = machine.run(check, uid=TESTER).out
        assert "nothing runs the queue in %s " % HOMES[TESTER] in found, found
    finally:
        machine.must("rm", "-rf", "/home/tester/.local", "/etc/cron.d/postrider")
        machine.run(["pkill", "-u", str(TESTER), "-x", COMMAND])


def test_a_user_who_is_not_logged_in(machine, nobody):
    """His units do nothing then: a process stays behind."""
    machine.write(RC, "\n".join(local(nobody)) + "\n")
    machine.systemctl("--global", "enable", *UNITS)
    machine.systemctl("start", "manager-%d.service" % TESTER)
    try:
        assert put(machine, "o@x.test", OTHER, ("-odi",)).code == 0
        assert has_lingerer(machine, OTHER)
        assert put(machine, "t@x.test", TESTER, ("-odi",)).code == 0
        assert not has_lingerer(machine, TESTER)
    finally:
        machine.systemctl("--global", "disable", *UNITS)
        machine.systemctl("stop", "manager-%d.service" % TESTER)
        machine.must("rm", "-rf", "/home/other/.local", "/home/tester/.local")
        machine.run(["pkill", "-u", str(OTHER), "-x", COMMAND])
