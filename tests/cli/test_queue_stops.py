# SPDX-License-Identifier: ISC
"""Runs of the queue that end before their work does: killed, told to stop, or
with a mail in their hands that kills them."""
import contextlib
import ctypes
import fcntl
import json
import os
import pwd
import signal
import struct
import subprocess
import tempfile
import time
from threading import Event

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


# --- told to stop --------------------------------------------------------------

def has_heard(pid):
    """Whether no signal is on its way to it."""
    with open("/proc/%d/status" % pid) as f:
        pending = [line.split()[1] for line in f
                   if line.startswith(("SigPnd", "ShdPnd"))]
    return not any(int(mask, 16) for mask in pending)


class Hesitant:
    """A server without PIPELINING that answers when it is told to: `at` the
    command, or the dot, that it has heard."""

    def __init__(self, at):
        self.at, self.heard, self.may_go = at, Event(), Event()

    def __enter__(self):
        self.server = Taker(rcpt=self.rcpt, end=self.end,
                            offers=b"250 mail.test\r\n").__enter__()
        self.port = self.server.port
        return self

    def __exit__(self, *args):
        self.may_go.set()
        self.server.__exit__(*args)

    def wait(self):
        self.heard.set()
        self.may_go.wait(60)

    def rcpt(self, address):
        if self.at == "RCPT":
            self.wait()
        return "250 ok"

    def end(self, server, mail):
        if self.at == ".":
            self.wait()
        return "250 taken"


STOP = [(signal.SIGTERM, False), (signal.SIGTERM, True),
        (signal.SIGINT, True)]


def stop(proc, sig, is_for_all):
    (os.killpg if is_for_all else os.kill)(proc.pid, sig)
    until(lambda: has_heard(proc.pid))


@pytest.mark.parametrize("sig, is_for_all", STOP)
def test_a_run_told_to_stop_at_the_dot(home, queue, put, begin, sig,
                                       is_for_all):
    """It begins nothing, waits for the reply, and writes it down."""
    with Hesitant(".") as server:
        home.rc(*local(server.port))
        put("a@x.test", "b@x.test")
        runner = begin(["--queue-run"])
        assert server.heard.wait(20)
        worker = worker_of(runner)
        stop(runner, sig, is_for_all)
        assert queue.entries()[0].in_doubt and is_running(worker)
        # the one that was only asked has told the other one
        if not is_for_all:
            runner.send_signal(sig)
        server.may_go.set()
        assert runner.wait(20) == 0, runner.stderr.read()
        mail, = server.server.mails
    assert mail.rcpts == ["a@x.test"]
    left = queue.one()
    assert left.verdicts == {"b@x.test": "N"} and not left.in_doubt
    assert left.fields["tries"] == "00000" and not left.log


@pytest.mark.parametrize("sig, is_for_all", STOP)
def test_a_run_told_to_stop_before_the_dot(home, queue, put, begin, sig,
                                           is_for_all):
    """It leaves at once, as if it had not been there."""
    with Hesitant("RCPT") as server:
        home.rc(*local(server.port))
        put("a@x.test", "b@x.test")
        runner = begin(["--queue-run"])
        assert server.heard.wait(20)
        stop(runner, sig, is_for_all)
        assert runner.wait(20) == 0, runner.stderr.read()
        assert not server.server.mails
    assert [e.fields["tries"] for e in queue.entries()] == ["00000"] * 2
    assert not any(e.in_doubt for e in queue.entries())
    assert not os.listdir(queue.path + "/accounts") \
        if os.path.exists(queue.path + "/accounts") else True
    with Taker(port=server.port) as server:
        assert begin(["--queue-run"]).wait(20) == 0
        assert len(server.mails) == 2
    assert not queue.names()


@pytest.mark.parametrize("way", ["on-failure", "always"])
@pytest.mark.parametrize("at", ["RCPT", "."])
def test_who_waits_told_to_stop(home, queue, begin, at, way):
    """The mail is safe: 0 is the truth, and nobody sends it again."""
    with Hesitant(at) as server:
        home.rc(*local(server.port, "queue " + way,
                       "queue_linger off"))
        call = begin(["-odi", "a@x.test"], message("a@x.test"))
        assert server.heard.wait(20)
        stop(call, signal.SIGTERM, True)
        if at == ".":
            server.may_go.set()
        assert call.wait(20) == 0, call.stderr.read()
        said = call.stderr.read().decode()
        if at == ".":
            assert not queue.names() and not said
            assert len(server.server.mails) == 1
        else:
            left = queue.one()
            assert left.id in said and left.fields["tries"] == "00000"
            assert not server.server.mails


# --- two runs ------------------------------------------------------------------

@pytest.mark.parametrize("which", ["all", "one", "some"])
def test_wake_is_heard_while_a_run_works(home, run, queue, put, begin, which):
    """Who is started by "wake" and finds a run at work is not started again and
    again: that one takes "wake" away, and knows what it meant."""
    with Hesitant(".") as server:
        home.rc(*local(server.port))
        put("a@x.test")
        first = queue.names()[0]
        args = {"all": (["--queue-run"],),
                "one": (["--queue-run=" + first],),
                "some": (["-qRa@x"], b"", "sendmail")}[which]
        runner = begin(*args)
        assert server.heard.wait(20)
        put("b@x.test")
        assert queue.has_wake()
        until(lambda: not queue.has_wake(), "somebody who hears")
        assert run(["--queue-run"]).code == 0      # as the unit would
        until(lambda: not queue.has_wake(), "somebody who hears")
        assert runner.poll() is None
        server.may_go.set()
        assert runner.wait(20) == 0, runner.stderr.read()
        if which == "all":
            assert not queue.names() and not queue.has_wake()
        else:
            assert queue.one().verdicts == {"b@x.test": "N"}
            assert queue.has_wake()


def test_who_lingers_beside_a_run_sleeps(home, queue, program, environment):
    """The wake that he leaves is for the other one: he does not run after it."""
    with subreaper(), Taker(rcpt=lambda address: "450 busy") as server:
        home.rc(*local(server.port, "queue on-failure", "queue_linger 3"))
        os.makedirs(queue.path, 0o700)
        with open(queue.path + "/runner.lock", "w+b") as lock:
            fcntl.fcntl(lock, fcntl.F_OFD_SETLK,
                        struct.pack("hhqqi", fcntl.F_WRLCK, 0, 0, 0, 0))
            os.chmod(lock.name, 0o600)
            done = subprocess.run([program, "a@x.test"], cwd=home.path,
                                  env=environment, input=message("a@x.test"))
            assert done.returncode == 0 and queue.names()
            _, status, used = os.wait4(-1, 0)
    assert status == 0
    assert used.ru_utime + used.ru_stime < 0.3


# --- mails that kill ------------------------------------------------------------

def worker_of(runner):
    path = "/proc/%d/task/%d/children" % (runner.pid, runner.pid)

    def first():
        with open(path) as f:
            return [int(pid) for pid in f.read().split()]
    return until(first, "a process for the account")[0]


@contextlib.contextmanager
def subreaper():
    """Processes that were left behind are children of this one."""
    prctl = ctypes.CDLL(None).prctl
    prctl(36, 1, 0, 0, 0)
    yield
    prctl(36, 0, 0, 0, 0)


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
