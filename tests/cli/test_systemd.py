# SPDX-License-Identifier: ISC
"""The units as make install puts them, run by a real systemd (see
servers/machine.py): mail that waits leaves through the confined service."""
import threading

import pytest

from machines import (OWN, PROGRAM, QUEUE, RC, SERVICE, UNITS, bare, booted,
                      installed, machine, put, waiting)  # noqa: F401
from queues import until
from servers.listener import listen
from servers.lab import LabError
from servers.machine import SPOOL, TESTER
from servers.taker import Taker
from support import account, local


@pytest.fixture
def nobody():
    with listen("127.0.0.1", 0) as sock:
        return sock.getsockname()[1]


def arrived(machine, lab, rcpt):
    try:
        return lab.wait("dovecot", rcpt)
    except LabError:
        raise AssertionError(
            machine.read("/var/log/services") +
            machine.run(["systemctl", "status", "--no-pager", "--lines=0",
                         "postrider-*"]).out) from None


def at_rest(machine, uid=0):
    """Nothing runs, and the path unit waits for the next mail: it would run
    again at once if there were still a reason to."""
    return machine.show(SERVICE, "ActiveState", uid) in (
        "inactive", "failed") and machine.show(
            "postrider-queue.path", "SubState", uid) == "waiting"


# --- the system's queue ----------------------------------------------------------

def configure(machine, lines):
    """The system's accounts, which the queue's user may read and nobody else
    but root."""
    machine.write(RC, "\n".join(lines) + "\n", 0o640)
    machine.must("chgrp", "postrider", RC)


def guarded(machine, lab, **kinds):
    """An account at a real server, over TLS."""
    with open(lab.pki.ca) as f:
        machine.write("/etc/postrider/ca.pem", f.read())
    return [line.replace(lab.pki.ca, "/etc/postrider/ca.pem")
            for line in account(lab, "dovecot", "submission", **kinds)]


def at_ease(machine, service=SERVICE, uid=0):
    """Everything that the service was started for is done, and done well."""
    until(lambda: at_rest(machine, uid), "rest")
    assert machine.show(service, "Result", uid) == "success", \
        machine.read("/var/log/services")
    return True


def test_new_mail_starts_the_run(machine, lab, rcpt):
    """Through TLS and with a command that prints the password, by a service
    that may do next to nothing."""
    lines = guarded(machine, lab)
    assert any(line.startswith("passwordeval") for line in lines)
    configure(machine, lines)
    machine.systemctl("enable", "--now", *UNITS)
    for one in (rcpt, "2" + rcpt):
        done = put(machine, one)
        assert done.code == 0 and not done.err, done
        arrived(machine, lab, one)
        assert at_ease(machine)
        assert waiting(machine) == [] and "wake" not in machine.names(QUEUE)


def test_a_password_from_the_service_manager(machine, lab, rcpt):
    lines = guarded(machine, lab, password="")
    configure(machine, lines + ["password_credential smtp"])
    machine.write("/etc/postrider/smtp", "wonderland", 0o600)
    machine.write("/etc/systemd/system/%s.d/smtp.conf" % SERVICE,
                  "[Service]\nLoadCredential=smtp:/etc/postrider/smtp\n")
    machine.systemctl("daemon-reload")
    machine.systemctl("enable", "--now", *UNITS)
    assert put(machine, rcpt).code == 0
    arrived(machine, lab, rcpt)
    assert at_ease(machine)


def test_the_service_is_confined(machine, lab, rcpt):
    """What a command that it runs finds."""
    lines = guarded(machine, lab, password="")
    machine.write("/etc/postrider/look", "#!/bin/sh\nexec >%s/found 2>&1\n"
                  "grep -E '^(NoNewPrivs|Seccomp|CapBnd):' /proc/self/status\n"
                  "touch /etc/postrider/touched || echo no /etc\n"
                  "test -e /home/tester || echo no /home\n"
                  "unshare --user true || echo no namespaces\n"
                  "ls /proc/1 || echo no others\n" % QUEUE, 0o755)
    configure(machine, lines + [
        "passwordeval /etc/postrider/look; echo wonderland"])
    machine.systemctl("enable", "--now", *UNITS)
    assert put(machine, rcpt).code == 0
    arrived(machine, lab, rcpt)
    found = machine.read(QUEUE + "/found")
    for line in ("NoNewPrivs:\t1", "Seccomp:\t2", "CapBnd:\t" + 16 * "0",
                 "no /etc", "no /home", "no namespaces", "no others"):
        assert line in found.splitlines(), found
    assert machine.names("/etc/postrider") == ["ca.pem", "look"]


def test_the_network_comes_back(machine, nobody, rcpt):
    """Nobody is there: one attempt, and no other one until the hook says so."""
    configure(machine, local(nobody))
    machine.systemctl("enable", "--now", *UNITS)
    assert put(machine, rcpt).code == 0
    until(lambda: "refused" in machine.run(["mailq"], uid=SPOOL).out,
          "an attempt")
    assert at_ease(machine)
    assert "wake" not in machine.names(QUEUE)
    with Taker(port=nobody) as server:
        machine.must("/usr/local/etc/NetworkManager/dispatcher.d/90-postrider",
                     "eth0", "up")
        until(lambda: server.mails, "the mail")
        until(lambda: not waiting(machine), "the end")
    assert [m.rcpts for m in server.mails] == [[rcpt]]
    until(lambda: machine.show("postrider-network-up.service", "ActiveState")
          == "inactive", "rest")
    assert at_ease(machine, "postrider-network-up.service")


def test_the_timer_brings_what_is_due(machine, rcpt):
    with Taker() as server:
        configure(machine, local(server.port))
        assert put(machine, rcpt).code == 0
        machine.must("rm", QUEUE + "/wake")
        machine.write("/etc/systemd/system/postrider-queue.timer.d/now.conf",
                      "[Timer]\nOnBootSec=1s\nRandomizedDelaySec=0\n"
                      "AccuracySec=1us\n")
        machine.systemctl("daemon-reload")
        machine.systemctl("enable", "--now", "postrider-queue.timer")
        until(lambda: server.mails, "the mail")
        until(lambda: machine.show(SERVICE, "ActiveState") == "inactive")
    assert waiting(machine) == []
    assert machine.show(SERVICE, "Result") == "success"
    # and again, from the end of this run
    assert "LastTriggerUSec=n/a" not in machine.systemctl(
        "show", "postrider-queue.timer")
    assert machine.show("postrider-queue.timer", "SubState") == "waiting"


def test_a_run_by_hand_is_no_reason_to_begin_again(machine):
    """It has the queue's lock for long; new mail starts the service, which
    leaves it to that run, and is not started again and again."""
    came, held = threading.Event(), threading.Event()

    def end(server, mail):
        came.set()
        assert held.wait(60)
        return "250 2.0.0 taken"
    with Taker(end=end) as server:
        configure(machine, local(server.port))
        assert put(machine, "a@x.test").code == 0
        by_hand = threading.Thread(
            target=machine.run, args=([PROGRAM, "--queue-run"],),
            kwargs={"uid": SPOOL, "timeout_s": 120})
        by_hand.start()
        try:
            assert came.wait(20)
            machine.systemctl("enable", "--now", "postrider-queue.path")
            assert put(machine, "b@x.test").code == 0
            until(lambda: machine.show(SERVICE, "InvocationID"), "a start")
            assert at_ease(machine)
            assert "wake" not in machine.names(QUEUE)
            assert len(waiting(machine)) == 2
        finally:
            held.set()
            by_hand.join()
        # the run that was at it has heard of the other one
        assert [m.rcpts for m in server.mails] == [["a@x.test"], ["b@x.test"]]
    assert waiting(machine) == [] and at_ease(machine)


def test_it_is_seen_that_something_runs_the_queue(machine, nobody):
    configure(machine, local(nobody))
    without = machine.run([PROGRAM, "--queue-check"], uid=SPOOL)
    assert "nothing runs the queue" in without.out, without
    machine.systemctl("enable", "--now", *UNITS)
    having = machine.run([PROGRAM, "--queue-check"], uid=SPOOL)
    assert "nothing runs the queue" not in having.out, having


def test_units_without_a_queue(bare):
    """Enabled before there is a queue, or a user for it: nothing fails."""
    bare.systemctl("enable", "--now", *UNITS)
    bare.systemctl("start", SERVICE, "postrider-network-up.service")
    assert bare.show(SERVICE, "ConditionResult") == "no"
    assert bare.systemctl("--failed", "--plain", "--no-legend") == ""


# --- a user's --------------------------------------------------------------------

@pytest.fixture
def user(bare):
    """The machine where somebody has logged in."""
    bare.systemctl("start", "manager-%d.service" % TESTER)
    yield bare
    bare.run(["systemctl", "--user", "disable", "--now", *UNITS], uid=TESTER)
    bare.systemctl("stop", "manager-%d.service" % TESTER)


def test_new_mail_of_a_user(user, lab, rcpt):
    user.write("/home/tester/.msmtprc", "\n".join(guarded(user, lab)) + "\n",
               0o600, uid=TESTER)
    # the path is looked at though there is no queue yet
    user.systemctl("enable", "--now", *UNITS, uid=TESTER)
    for one in (rcpt, "2" + rcpt):
        assert put(user, one, TESTER).code == 0
        arrived(user, lab, one)
        assert at_ease(user, SERVICE, TESTER)
    assert waiting(user, "/home/tester/" + OWN) == []


def test_the_network_of_a_user_comes_back(user, nobody, rcpt):
    user.write("/home/tester/.msmtprc", "\n".join(local(nobody)) + "\n",
               0o600, uid=TESTER)
    user.systemctl("enable", "--now", *UNITS, uid=TESTER)
    assert put(user, rcpt, TESTER).code == 0
    until(lambda: "refused" in user.run(["mailq"], uid=TESTER).out)
    assert at_ease(user, SERVICE, TESTER)
    with Taker(port=nobody) as server:
        user.systemctl("start", "postrider-network-up.service", uid=TESTER)
        until(lambda: server.mails, "the mail")
    until(lambda: not waiting(user, "/home/tester/" + OWN), "the end")
