# SPDX-License-Identifier: ISC
"""Runs of the queue that end before their work does: killed, told to stop, or
with a mail in their hands that kills them."""
import json
import os
import pwd
import signal
import subprocess
import tempfile
import time

import pytest

from queues import Queue, until
from servers.scripted import Scripted
from servers.taker import Taker
from support import local, message

TO_THE_DOT = ["S: 220 x", "C: EHLO *", "S: 250 x", "C: MAIL *", "S: 250 ok",
              "C: RCPT *", "S: 250 ok", "C: DATA", "S: 354 go", "C."]


@pytest.fixture
def put(run):
    def put(*rcpts):
        for rcpt in rcpts:
            done = run(["-odq", rcpt], message(rcpt), argv0="sendmail")
            assert done.code == 0 and not done.err, done
    return put


@pytest.fixture
def begin(program, environment, home):
    """begin(args, stdin=b"") -> a process of its own group."""
    running = []

    def begin(args, stdin=b"", argv0="postrider"):
        proc = subprocess.Popen(
            [argv0, *args], executable=program, env=environment,
            cwd=home.path, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, process_group=0)
        running.append(proc)
        proc.stdin.write(stdin)
        proc.stdin.close()
        return proc
    yield begin
    for proc in running:
        try:
            os.killpg(proc.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        proc.wait()
        proc.stdout.close()
        proc.stderr.close()


# --- killed -------------------------------------------------------------------

@pytest.mark.parametrize("earlier", [False, True])
def test_doubt_after_the_death_of_the_runner(home, run, queue, put, begin,
                                             earlier):
    """Nobody is left who could say that the mail has to wait; the next run does
    not try it at once all the same, and the one that does tells of it."""
    with Scripted([[*TO_THE_DOT, "C$"]] * (1 + earlier)) as server:
        home.rc(*local(server.port, "logfile ~/log"))
        put("a@x.test")
        for i in range(1 + earlier):
            if earlier:
                queue.make_due(queue.names()[0])
            runner = begin(["--queue-run"])
            until(lambda: server.received.count(b"\r\n.\r\n") == i + 1)
            os.killpg(runner.pid, signal.SIGKILL)
            runner.wait()
        left = queue.one()
        assert left.in_doubt and left.verdicts == {"a@x.test": "N"}
        assert 600 < int(left.fields["next"]) - time.time() <= 905
    with Taker(port=server.port) as server:
        assert run(["--queue-run"]).code == 0
        assert server.connections == 0 and queue.one().in_doubt
        queue.make_due(left.id)
        assert run(["--queue-run"]).code == 0
        mail, = server.mails
    assert b"<a.id@x.test>" in mail.data and not queue.names()
    assert "%s is tried again, and may arrive twice" % left.id \
        in home.read("log")


# --- mails that kill ------------------------------------------------------------

def worker_of(runner):
    path = "/proc/%d/task/%d/children" % (runner.pid, runner.pid)

    def first():
        with open(path) as f:
            return [int(pid) for pid in f.read().split()]
    return until(first, "a process for the account")[0]


def is_running(pid):
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Killer:
    """A server that kills who says that address to it."""

    def __init__(self, address):
        self.address, self.kills = address, 0
        self.runner = self.server = None

    def rcpt(self, address):
        if address == self.address:
            pid = worker_of(self.runner)
            self.kills += 1
            self.server.hold = 0
            os.kill(pid, signal.SIGKILL)
            until(lambda: not is_running(pid), "the end")
        return "250 ok"


def test_only_the_culprit_is_held(home, queue, put, begin):
    """The others were under way with it, and say so; never is one of them
    held, and all of them arrive."""
    killer = Killer("bad@x.test")
    good = ["g%d@x.test" % i for i in range(6)]
    with Taker(rcpt=killer.rcpt, hold=30) as killer.server:
        server = killer.server
        home.rc(*local(server.port))
        put(*good[:3], "bad@x.test", *good[3:])
        killer.runner = begin(["--queue-run"])
        assert killer.runner.wait(20) == 0
        # those behind it were tried one by one, by the process after that
        assert killer.kills == 1 and not queue.names("hold")
        deaths = {next(iter(e.verdicts)): e.fields["deaths"]
                  for e in queue.entries()}
        assert deaths["bad@x.test"] == "1"
        assert set(deaths.values()) <= {"0", "1"}
        for _ in range(3):
            for name in queue.names():
                queue.make_due(name)
            killer.runner = begin(["--queue-run"])
            assert killer.runner.wait(20) == 0
    assert killer.kills == 3 and not queue.names()
    assert list(queue.one("hold").verdicts) == ["bad@x.test"]
    assert {m.rcpts[0] for m in server.mails} >= set(good)


def test_dead_beside_others(home, queue, put, begin):
    """Two died over it; a third one, who had another mail under way and had
    just looked at this one, is none of that."""
    killed = []

    def end(server, mail):
        if killed:
            return "250 taken"
        killed.append(mail)
        pid = worker_of(runner)
        os.kill(pid, signal.SIGKILL)
        until(lambda: not is_running(pid), "the end")
        return "450 4.3.0 later"

    with Taker(end=end) as server:
        home.rc(*local(server.port))
        put("a@x.test", "b@x.test")
        first, suspect = queue.entries()
        with open(suspect.path, "r+b") as f:
            f.seek(suspect.raw.index(b"\ndeaths") + 11)
            f.write(b"2")
        runner = begin(["--queue-run"])
        assert runner.wait(20) == 0
    assert queue.names() == [first.id] and not queue.names("hold")
    assert [m.rcpts for m in server.mails] == [["b@x.test"]]


def test_a_mail_that_was_seen_through(home, queue, put, begin):
    """Three deaths in days, with attempts between them that went well, are
    nobody's fault."""
    killer = Killer("a@x.test")
    with Taker() as killer.server:
        server = killer.server
        home.rc(*local(server.port))
        put("a@x.test")
        for _ in range(4):
            for rcpt in (killer.rcpt, lambda address: "450 busy"):
                server.rcpt = rcpt
                queue.make_due(queue.names()[0])
                kills = killer.kills
                killer.runner = begin(["--queue-run"])
                assert killer.runner.wait(20) == 0
            assert killer.kills == kills and queue.one().fields["tries"]
    assert killer.kills == 4 and queue.one().fields["deaths"] == "0"


# --- what cannot be opened ------------------------------------------------------

def test_no_right_to_a_mail(program, environment, run):
    """It stays where it is, and says so; the others go."""
    other = pwd.getpwnam("nobody") if os.geteuid() == 0 else \
        pwd.getpwuid(os.geteuid())
    who = {} if os.geteuid() else {
        "user": other.pw_uid, "group": other.pw_gid, "extra_groups": []}

    def call(*args, rcpt=None):
        return subprocess.run(
            [program, "--queue-dir=" + queue.path, *args],
            input=message(rcpt) if rcpt else b"", cwd="/",
            capture_output=True, check=True,
            env=dict(environment, HOME="/nonexistent"), **who)

    with tempfile.TemporaryDirectory() as place, Taker() as server:
        os.chmod(place, 0o711)
        queue = Queue(place + "/queue")
        os.mkdir(queue.path, 0o700)
        os.chown(queue.path, other.pw_uid, other.pw_gid)
        for rcpt in ("a@x.test", "b@x.test"):
            call("--queue=always", "-odq", "--host=127.0.0.1",
                 "--port=%d" % server.port, "--tls=off", "-f", "me@x.test",
                 rcpt, rcpt=rcpt)
        closed = queue.entries()[0]
        os.chown(closed.path, os.geteuid(), -1)
        os.chmod(closed.path, 0)
        done = call("--queue-run", "--logfile=" + place + "/queue/log")
        assert closed.id in done.stderr.decode()
        assert "Permission denied" in done.stderr.decode()
        with open(place + "/queue/log") as f:
            assert closed.id in f.read()
        assert [m.rcpts for m in server.mails] == [["b@x.test"]]
        assert queue.names() == [closed.id] and not queue.names("bad")
        assert "not readable" in call("--mailq").stdout.decode()
        row, = call("--mailq", "--json").stdout.decode().splitlines()
        row = json.loads(row)
        assert row["queue_id"] == closed.id and \
            row["queue_name"] == "active"
        os.chmod(closed.path, 0o600)
        os.chown(closed.path, other.pw_uid, other.pw_gid)
        call("--queue-run")
        assert [m.rcpts for m in server.mails][1:] == [["a@x.test"]]
