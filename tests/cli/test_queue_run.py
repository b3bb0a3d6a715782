# SPDX-License-Identifier: ISC
"""What waits is delivered: in which order, over what, and what becomes of it
when it is not."""
import email
import os
import pwd
import re
import signal
import subprocess
import tempfile
import threading
import time

import pytest

from queues import Queue, until
from servers.scripted import Scripted
from servers.taker import Taker
from support import account, local, message


@pytest.fixture
def put(run):
    """put(rcpt...) -> queues one mail for each, tries none."""
    def put(*rcpts, size=10, args=()):
        for rcpt in rcpts:
            done = run(["-odq", *args, rcpt],
                       message(rcpt, b"x" * size + b"\n"), argv0="sendmail")
            assert done.code == 0 and not done.err, done
    return put


def ids(server):
    return [email.message_from_bytes(m.data)["Message-ID"]
            for m in server.mails]


def many(count):
    return ["r%d@x.test" % i for i in range(count)]


# --- sending -------------------------------------------------------------------

@pytest.mark.parametrize("argv", [
    ["postrider", "--queue-run"], ["sendmail", "-q"], ["runq"],
    ["sendmail", "-q30m"]])
def test_in_order_of_age_over_one_connection(home, run, queue, put, argv):
    with Taker() as server:
        home.rc(*local(server.port))
        put(*many(20))
        done = run(argv[1:], argv0=argv[0])
        assert done.code == 0 and not done.err, done
    assert [m.rcpts[0] for m in server.mails] == many(20)
    assert server.connections == 1 and queue.names() == []
    assert not queue.has_wake()


def test_several_under_way(home, run, queue, put):
    """No reply comes before eight mails are there."""
    with Taker(hold=8) as server:
        home.rc(*local(server.port))
        put(*many(20))
        assert run(["--queue-run"]).code == 0
    assert len(server.mails) == 20 and queue.names() == []


def sessions(lab):
    """Those that are over and brought mail; others look whether it is up."""
    return re.findall("disconnect from .* mail=.*", lab.log("postfix"))


@pytest.mark.parametrize("door", ["plain", "submission", "strict", "old"])
def test_postfix(postfix, home, run, queue, put, door, rcpt):
    """Refused, put off and too large for one flight among the others."""
    if door == "plain":
        home.rc(*local(postfix.port("postfix", "plain"), "bounce_mbox ~/told"))
    else:
        home.rc(*account(postfix, "postfix", door, "bounce_mbox ~/told"))
    good = ["%d%s" % (i, rcpt) for i in range(6)]
    before = len(sessions(postfix))
    put(good[0], good[1])
    put(good[2], size=100000)
    put("a@refused.test", "b@busy.test", *good[3:])
    done = run(["--queue-run"])
    assert done.code == 0, done
    for one in good:
        postfix.wait("postfix", one)
    left = queue.one()
    assert left.verdicts == {"b@busy.test": "N"}
    assert "a@refused.test" in home.read("told")
    assert len(sessions(postfix)) - before <= 2
    assert "improper command pipelining" not in postfix.log("postfix")


def test_exim(exim, home, run, queue, put, rcpt):
    home.rc(*local(exim.port("exim", "plain")))
    good = ["%d%s" % (i, rcpt) for i in range(12)]
    put(*good)
    assert run(["--queue-run"]).code == 0
    for one in good:
        exim.wait("exim", one)
    assert queue.names() == []


def test_each_account_by_itself(home, run, queue, put, nobody):
    """One that is not reached does not stop another one."""
    with Taker() as server:
        home.rc(*local(server.port), "account dead", "host 127.0.0.1",
                "port %d" % nobody, "tls off", "auth off", "from d@x.test")
        put("a@x.test", args=["-a", "dead"])
        put("b@x.test")
        run(["--queue-run"])
    assert [m.rcpts for m in server.mails] == [["b@x.test"]]
    assert queue.one().fields["account"] == "dead"


def test_options_of_the_call_that_queued_it(home, run, queue, nobody):
    """No file knows the server."""
    done = run(["--host=127.0.0.1", "--port=%d" % nobody, "--tls=off",
                "--queue=on-failure", "-f", "m@x.test", "a@x.test"],
               message("a@x.test"))
    assert done.code == 0 and len(queue.names()) == 1
    with Taker(port=nobody) as server:
        assert run(["--queue-run=" + queue.names()[0]]).code == 0
    assert len(server.mails) == 1 and queue.names() == []


# --- when ------------------------------------------------------------------------

def test_only_what_is_due(home, run, queue, put):
    with Taker(rcpt=lambda a: "450 4.2.1 busy") as server:
        home.rc(*local(server.port))
        put("a@x.test")
        run(["--queue-run"])
        assert queue.one().fields["tries"] == "00001"
        run(["--queue-run"])
        assert queue.one().fields["tries"] == "00001"
        assert server.connections == 1
        server.rcpt = lambda a: "250 ok"
        run(["--queue-run=" + queue.names()[0]])
    assert len(server.mails) == 1 and queue.names() == []


@pytest.mark.parametrize("reply,low,high", [
    ("450 4.2.1 busy", 540, 660), ("451 Greylisted, try again", 295, 305)])
def test_when_next(home, run, queue, put, reply, low, high):
    with Taker(rcpt=lambda a: reply) as server:
        home.rc(*local(server.port))
        put("a@x.test")
        before = time.time()
        run(["--queue-run"])
        after = time.time()
    due = int(queue.one().fields["next"])
    assert low <= due - int(before) and due - after <= high


def test_a_clock_that_was_set_back(home, run, queue, put):
    """What is due in ten years is due now."""
    with Taker() as server:
        home.rc(*local(server.port))
        put("a@x.test")
        with open(queue.one().path, "r+b") as f:
            f.seek(28)
            f.write(b"%013d" % (time.time() + 10 * 365 * 86400))
        run(["--queue-run"])
    assert len(server.mails) == 1


def cells(entry, **values):
    """Overwrites cells, as a clock would have had them."""
    with open(entry.path, "r+b") as f:
        for name, value in values.items():
            at = entry.raw.index(b"\n" + name.encode()) + 11
            width = len(entry.fields[name])
            f.seek(at)
            f.write(b"%0*d" % (width, value))


def test_given_up_after_days_and_attempts(home, run, queue, put):
    """Both: neither a clock that jumps nor many attempts alone."""
    with Taker(rcpt=lambda a: "450 4.2.1 busy") as server:
        home.rc(*local(server.port, "bounce_mbox ~/told"))
        put("a@x.test")
        day = 86400
        cells(queue.one(), tries=2, waited=9 * day)
        run(["--queue-run"])
        assert queue.one().fields["tries"] == "00003"
        cells(queue.one(), tries=9, waited=day, next=1)
        run(["--queue-run"])
        assert queue.one().fields["tries"] == "00010"
        cells(queue.one(), tries=9, waited=5 * day, next=1)
        run(["--queue-run"])
    assert queue.names() == [] and queue.names("failed") == []
    told = home.read("told")
    assert "a@x.test" in told and "mailbox" in told.lower() or "busy" in told


def test_told_once_that_it_is_late(home, run, queue, put):
    with Taker(rcpt=lambda a: "450 4.2.1 busy") as server:
        home.rc(*local(server.port, "bounce_mbox ~/told"))
        put("a@x.test", args=["-N", "delay,failure"])
        for _ in range(2):
            cells(queue.one(), tries=3, waited=5 * 3600, next=1)
            run(["--queue-run"])
    assert queue.one().fields["told"] == "D"
    assert home.read("told").count("Action: delayed") == 1


# --- accounts ---------------------------------------------------------------------

def test_one_bad_login_a_run(postfix, home, run, queue, put, rcpt):
    """It is no bounce, it is not tried with each mail, and a password that was
    corrected is used at once."""
    wrong = account(postfix, "postfix", "submission", "bounce_mbox ~/told",
                    password="wrong")
    home.rc(*wrong)
    put("1" + rcpt, "2" + rcpt, "3" + rcpt)
    before = postfix.log("postfix").count("authentication failed")
    for _ in range(2):
        run(["--queue-run"])
        run(["3" + rcpt], message("3" + rcpt), argv0="sendmail")
    assert postfix.log("postfix").count("authentication failed") == before + 1
    assert len(queue.names()) == 5 and home.read("told") == ""
    path = home.rc(*account(postfix, "postfix", "submission"))
    os.utime(path, (time.time() + 2, time.time() + 2))
    run(["--queue-run"])
    assert queue.names() == []
    postfix.wait("postfix", "1" + rcpt)


def test_offline_until_the_network_is_up(home, run, queue, put, nobody):
    home.rc(*local(nobody))
    put("a@x.test", "b@x.test")
    run(["--queue-run"])
    assert {e.fields["tries"] for e in queue.entries()} == {"00000"}
    with Taker() as server:
        path = home.rc(*local(server.port))
        os.utime(path, (1, 1))
        run(["--queue-run"])
        assert server.connections == 0
        run(["--network-up"])
        assert len(server.mails) == 2 and queue.names() == []


def test_fallback(home, run, queue, put, nobody):
    with Taker() as server:
        home.rc(*local(nobody, "fallback other"), "account other",
                "host 127.0.0.1", "port %d" % server.port, "tls off",
                "auth off", "from o@x.test")
        put("a@x.test", "b@x.test")
        run(["--queue-run"])
    assert len(server.mails) == 2 and queue.names() == []


def test_an_account_that_is_gone(home, run, queue, put, nobody):
    home.rc(*local(nobody), "account other", "host 127.0.0.1", "port 1",
            "tls off", "auth off", "from o@x.test")
    put("a@x.test", args=["-a", "other"])
    home.rc(*local(nobody))
    done = run(["--queue-run"])
    assert "other" in done.err
    assert queue.one().verdicts == {"a@x.test": "N"}


# --- verdicts -----------------------------------------------------------------------

def test_the_sender_is_told(postfix, home, run, queue, put, rcpt):
    """The report goes out in the same run, and the mail is over."""
    home.rc(*account(postfix, "postfix", "submission"))
    put("a@refused.test", args=["-f", rcpt])
    assert run(["--queue-run"]).code == 0
    told = postfix.wait("postfix", rcpt)
    assert told.sender == "" and b"no such user here" in told.raw
    assert queue.names() == [] and queue.names("failed") == []


def test_nobody_to_tell(postfix, home, run, queue, put):
    """Kept where a person may look at it: never dropped."""
    home.rc(*account(postfix, "postfix", "submission"))
    put("a@refused.test", args=["-f", "<>"])
    done = run(["--queue-run"])
    assert queue.names() == []
    entry = queue.one("failed")
    assert entry.verdicts == {"a@refused.test": "X"}
    assert entry.id in done.err


def test_a_second_run_leaves(home, program, environment, run, queue, put):
    with Scripted(["S: 220 x", "C: EHLO *", "HANG"]) as server:
        home.rc(*local(server.port))
        put("a@x.test")
        first = subprocess.Popen([program, "--queue-run"], env=environment,
                                 cwd=home.path)
        until(lambda: b"EHLO" in server.received, "the session")
        assert run(["--queue-run"]).code == 0
        assert first.poll() is None and queue.has_wake()
        first.kill()
        first.wait()


def test_what_is_damaged_stops_nobody(home, run, queue, put):
    with Taker() as server:
        home.rc(*local(server.port))
        put(*many(5))
        names = queue.names()
        for name, at in zip(names[:3], (30, 400, 700)):
            path = os.path.join(queue.path, "active", name)
            data = bytearray(open(path, "rb").read())
            if at >= len(data):
                data = data[:100]
            else:
                data[at] ^= 0x80
            open(path, "wb").write(data)
        os.symlink("/etc/passwd",
                   os.path.join(queue.path, "active", "0" * 26))
        done = run(["--queue-run"])
    assert done.code == 0 and names[0] in done.err
    assert len(server.mails) == 2 and queue.names() == []
    assert len(queue.names("bad")) == 4


def test_another_version_is_left_alone(home, run, queue, put):
    with Taker() as server:
        home.rc(*local(server.port))
        put("a@x.test")
        path = queue.one().path
        with open(path, "r+b") as f:
            f.seek(16)
            f.write(b"2")
        done = run(["--queue-run"])
    assert len(queue.names()) == 1 and "version" in done.err


# --- doubt ----------------------------------------------------------------------------

def test_connection_lost_with_several_under_way(home, run, queue, put):
    """Those without an answer are in doubt and marked so; they come again, with
    the same Message-ID, and nothing else comes twice."""
    lost = []

    def end(server, mail):
        if len(server.mails) == 3 and not lost:
            lost.append(mail)
            return None
        return "250 taken"

    with Taker(end=end) as server:
        home.rc(*local(server.port))
        put(*many(30))
        run(["--queue-run"])
        left = queue.entries()
        assert 1 <= len(left) <= 16, len(left)
        doubted = [e for e in left if e.in_doubt]
        assert doubted and "in-doubt" in doubted[0].log[-1]
        soon = [int(e.fields["next"]) - time.time() for e in doubted]
        assert all(850 < s < 910 for s in soon)
        for e in left:
            queue.make_due(e.id)
        run(["--queue-run"])
    assert queue.names() == []
    found = ids(server)
    twice = {i for i in found if found.count(i) > 1}
    assert len(set(found)) == 30 and max(map(found.count, found)) <= 2
    assert twice <= {email.message_from_bytes(e.message)["Message-ID"]
                     for e in doubted}


def pid_of_worker(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
        return [int(p) for p in f.read().split()]


def test_a_mail_that_kills(home, program, environment, queue, put):
    """Three processes, then it is held, and the others go on."""
    killed = []

    def rcpt(address):
        if address == "bad@x.test":
            until(lambda: killed, "the runner's number")
            pid = pid_of_worker(killed[0].pid)
            os.kill(pid[0], signal.SIGKILL)
        return "250 ok"

    with Taker(rcpt=rcpt) as server:
        home.rc(*local(server.port))
        put("bad@x.test", "good@x.test")
        for _ in range(3):
            for name in queue.names():
                queue.make_due(name)
            killed[:] = []
            runner = subprocess.Popen([program, "--queue-run"],
                                      env=environment, cwd=home.path,
                                      stderr=subprocess.PIPE)
            killed.append(runner)
            said = runner.communicate()[1]
    held = queue.entries("hold")
    assert [list(e.verdicts) for e in held] == [["bad@x.test"]], said
    assert held[0].id in said.decode()
    assert [m.rcpts for m in server.mails].count(["good@x.test"]) >= 1


def test_dot_in_data(home, run, queue, put):
    """A server without chunks: the mark is there before the dot."""
    marks = []
    dialogue = ["S: 220 x", "C: EHLO *", "S: 250 x", "C: MAIL *", "S: 250 ok",
                "C: RCPT *", "S: 250 ok", "C: DATA", "S: 354 go", "C.",
                "WAIT", "S: 250 ok", "C: QUIT", "S: 221 bye"]
    with Scripted(dialogue) as server:
        home.rc(*local(server.port))
        put("a@x.test")

        def watch():
            until(lambda: b"\r\n.\r\n" in server.received, "the dot")
            marks.append(queue.one().in_doubt)
            server.go_on()
        watcher = threading.Thread(target=watch)
        watcher.start()
        assert run(["--queue-run"]).code == 0
        watcher.join()
    assert marks == [True] and queue.names() == []
    assert re.search(rb"\r\n\.\r\n", server.received)


@pytest.mark.skipif(os.geteuid() != 0, reason="root is who may do that")
def test_root_runs_the_queue_of_another_user(shared_program, environment,
                                             run, nobody):
    """As that user, with his files: what is made is his."""
    other = pwd.getpwnam("nobody")
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o711)
        queue = Queue(place + "/queue")
        os.mkdir(queue.path, 0o700)
        os.chown(queue.path, other.pw_uid, other.pw_gid)
        for rcpt in ("a@x.test", "b@x.test"):
            subprocess.run(
                [shared_program, "--queue=on-failure",
                 "--queue-dir=" + queue.path, "--host=127.0.0.1",
                 "--port=%d" % nobody, "--tls=off", "-f", "me@x.test",
                 "--queue-linger=off", rcpt],
                input=message(rcpt), cwd="/", check=True, user="nobody",
                group=other.pw_gid, extra_groups=[],
                env=dict(environment, HOME="/nonexistent"))
        until(lambda: len(queue.names()) == 2)
        with Taker(port=nobody, rcpt=lambda address: "250 ok" if
                   address == "a@x.test" else "450 busy") as server:
            args = ["--queue-dir=" + queue.path, "--queue-run"]
            assert run([*args, *queue.names()]).code == 0
        assert [m.rcpts for m in server.mails] == [["a@x.test"]]
        assert queue.one().fields["tries"] == "00001"
        owners = {os.stat(os.path.join(top, name)).st_uid
                  for top, dirs, files in os.walk(queue.path)
                  for name in dirs + files}
        assert owners == {other.pw_uid}
