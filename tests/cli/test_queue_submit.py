# SPDX-License-Identifier: ISC
"""A mail that is taken in: what is kept, what the caller is told."""
import json
import os
import select
import stat
import subprocess
import time

import pytest

from queues import until
from servers.scripted import Scripted
from servers.taker import Taker
from support import account, local, message

HELLO = ["S: 220 mail.test", "C: EHLO *", "S: 250 mail.test"]
ENVELOPE = [*HELLO, "C: MAIL FROM:*", "S: 250 ok", "C: RCPT TO:*", "S: 250 ok",
            "C: DATA", "S: 354 go", "C."]
TAKES = [*ENVELOPE, "S: 250 taken", "C: QUIT", "S: 221 bye"]


def modes(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def test_kept_when_nobody_is_there(home, run, queue, nobody):
    home.rc(*local(nobody, "queue on-failure"))
    done = run(["a@x.test", "b@x.test"], message("a@x.test", b"body\r\nend"))
    assert done.code == 0, done
    entry = queue.one()
    assert entry.verdicts == {"a@x.test": "N", "b@x.test": "N"}
    assert entry.message == message("a@x.test", b"body\r\nend")
    assert entry.fields["account"] == "default" and not entry.in_doubt
    assert entry.fields["tries"] == "00000"
    assert "queued as " + entry.id in done.err
    assert "refused" in entry.log[0], entry.log
    for path in (queue.path, os.path.join(queue.path, "active")):
        assert modes(path) == 0o700
    assert modes(entry.path) == 0o600


@pytest.mark.parametrize("mask", [0o777, 0])
def test_whatever_the_umask(home, run, queue, nobody, mask):
    home.rc(*local(nobody, "queue on-failure"))
    old = os.umask(mask)
    try:
        assert run(["a@x.test"], message("a@x.test")).code == 0
    finally:
        os.umask(old)
    assert modes(queue.one().path) == 0o600


@pytest.mark.parametrize("argv0,option,code,kept", [
    ("postrider", None, 75, 0), ("msmtp", None, 75, 0),
    ("sendmail", None, 0, 1), ("sendmail", "queue off", 75, 0),
    ("sendmail", "queue on-failure", 0, 1), ("msmtp", "queue always", 0, 1)])
def test_manners(home, run, queue, nobody, argv0, option, code, kept):
    """A person sees the error; programs that call sendmail do not look."""
    home.rc(*local(nobody, *([option] if option else [])))
    done = run(["a@x.test"], message("a@x.test"), argv0=argv0)
    assert done.code == code, done
    assert len(queue.names()) == kept


def test_no_queue_for_once(home, run, queue, nobody):
    home.rc(*local(nobody, "queue on-failure"))
    done = run(["--no-queue", "a@x.test"], message("a@x.test"))
    assert done.code == 75 and queue.names() == [], done


def test_nothing_stays_of_what_was_sent(postfix, home, run, queue, rcpt):
    home.rc(*account(postfix, "postfix", "submissions", "queue on-failure"))
    assert run([rcpt], message(rcpt)).code == 0
    postfix.wait("postfix", rcpt)
    assert queue.names() == []


def test_each_by_his_verdict(postfix, home, run, queue, rcpt):
    """Taken, put off, refused: three recipients of one file."""
    home.rc(*account(postfix, "postfix", "submissions", "queue on-failure"))
    to = [rcpt, "a@busy.test", "b@refused.test"]
    done = run(to, message(rcpt))
    assert done.code == 65, done
    assert "no such user here" in done.err
    postfix.wait("postfix", rcpt)
    entry = queue.one()
    assert list(entry.verdicts.values()) == ["D", "N", "X"]
    assert entry.fields["tries"] == "00001"
    assert 500 < int(entry.fields["next"]) - time.time() < 700
    assert ["sent", "deferred", "failed"] == [
        line.split()[1] for line in entry.log]


def test_status_names_it(home, run, queue, nobody):
    home.rc(*local(nobody, "queue on-failure"))
    done = run(["--json", "a@x.test"], message("a@x.test"))
    told = json.loads(done.out)
    assert told["exit"] == 0 and told["queued"] == queue.one().id
    assert told["recipients"][0]["fate"] == "deferred"


def test_only_queued(home, run, queue, nobody):
    """-odq: nobody is asked."""
    home.rc(*local(nobody))
    done = run(["-odq", "a@x.test"], message("a@x.test"), argv0="sendmail")
    assert done.code == 0 and not done.err, done
    assert queue.one().log == [] and queue.has_wake()


def test_behind_the_callers_back(home, program, environment, queue):
    """$(sendmail ...) does not wait, and the mail goes out."""
    with Scripted(["WAIT", *TAKES]) as server:
        home.rc(*local(server.port))
        done = subprocess.run(
            ["sendmail", "-odb", "a@x.test"], executable=program,
            input=message("a@x.test"), env=environment, cwd=home.path,
            capture_output=True, timeout=60)
        assert done.returncode == 0, done
        assert queue.names()
        server.go_on()
        until(lambda: queue.names() == [], "the end of the mail")
    assert server.failure is None


def test_holds_nothing_of_the_callers(home, program, environment, queue):
    """Descriptors beyond 2 are closed, too."""
    reading, writing = os.pipe()
    with Scripted(["WAIT", *TAKES]) as server:
        home.rc(*local(server.port, "queue always"))
        subprocess.run(["postrider", "a@x.test"], executable=program,
                       input=message("a@x.test"), env=environment,
                       cwd=home.path, pass_fds=[writing], check=True)
        os.close(writing)
        assert select.select([reading], [], [], 60)[0]
        assert os.read(reading, 1) == b""
        server.go_on()
        until(lambda: queue.names() == [], "the end of the mail")
    os.close(reading)


def test_nobody_else_takes_what_is_tried(home, program, environment, queue,
                                         run):
    """The one who took it in has it locked."""
    with Scripted(["WAIT", *TAKES]) as server:
        home.rc(*local(server.port, "queue always"))
        assert run(["a@x.test"], message("a@x.test")).code == 0
        with open(queue.one().path, "r+b") as f:
            import fcntl
            with pytest.raises(OSError):
                fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
        server.go_on()
        until(lambda: queue.names() == [], "the end of the mail")


def test_lost_behind_the_dot(home, run, queue):
    """Nobody knows whether it was taken: that is written down before the
    dot."""
    with Scripted([*ENVELOPE, "RST"]) as server:
        home.rc(*local(server.port, "queue on-failure"))
        assert run(["a@x.test"], message("a@x.test")).code == 0
    entry = queue.one()
    assert entry.in_doubt and entry.verdicts == {"a@x.test": "N"}
    assert "in-doubt" in entry.log[-1]
    assert 800 < int(entry.fields["next"]) - time.time() < 1000


def test_lost_before_the_dot(home, run, queue):
    with Scripted([*HELLO, "C: MAIL FROM:*", "RST"]) as server:
        home.rc(*local(server.port, "queue on-failure"))
        assert run(["a@x.test"], message("a@x.test")).code == 0
    assert not queue.one().in_doubt


@pytest.mark.parametrize("spoil", ["mode", "link", "file"])
def test_a_queue_that_is_not_ours(home, run, queue, spoil, nobody):
    """LF-01: it is not used; who waits is told what became of the mail."""
    os.makedirs(os.path.dirname(queue.path))
    if spoil == "link":
        os.mkdir(home.path + "/elsewhere", 0o700)
        os.symlink(home.path + "/elsewhere", queue.path)
    elif spoil == "mode":
        os.mkdir(queue.path)
        os.chmod(queue.path, 0o770)
    else:
        home.file(os.path.relpath(queue.path, home.path), "x")
    home.rc(*local(nobody, "queue on-failure"))
    done = run(["a@x.test"], message("a@x.test"))
    assert done.code == 75 and queue.path in done.err, done
    home.rc(*local(nobody, "queue always"))
    assert run(["a@x.test"], message("a@x.test")).code == 73


def test_options_of_the_call_are_kept(home, run, queue, nobody):
    done = run(["--host=127.0.0.1", "--port=%d" % nobody, "--auth=off",
                "--queue=on-failure", "--timeout=9", "-f", "me@x.test",
                "a@x.test"], message("a@x.test"))
    assert done.code == 0, done
    lines = queue.one().lines
    assert "option    host 127.0.0.1" in lines
    assert "option    port %d" % nobody in lines
    assert "option    auth off" in lines
    assert "option    timeout 9" in lines
    assert not any(line.startswith("account") for line in lines)


def test_two_fsyncs_and_no_more(home, queue, program, environment, nobody,
                                in_one_piece):
    """The bare sequence is 13 calls: the directory opened and looked at, its
    room, the file, its lock, two writes, two fsyncs, a link, wake, two
    closes."""
    home.rc(*local(nobody))
    argv = ["strace", "-f", "-o", home.path + "/trace", "-e",
            "trace=desc,file,statfs,fstatfs,getrandom,getuid,geteuid",
            "-e", "signal=none", "sendmail", "-odq", "a@x.test"]
    os.mkdir(home.path + "/bin")
    os.symlink(program, home.path + "/bin/sendmail")
    path = home.path + "/bin:/usr/bin:/bin"
    for _ in range(2):
        subprocess.run(argv, input=message("a@x.test", b"x" * 1700 + b"\n"),
                       env=dict(environment, PATH=path,
                                ASAN_OPTIONS="detect_leaks=0"),
                       cwd=home.path,
                       check=True)
    trace = home.read("trace").splitlines()
    first = next(i for i, line in enumerate(trace)
                 if queue.path in line and "O_DIRECTORY" in line)
    calls = [line.split(None, 1)[1] for line in trace[first:]
             if "+++" not in line and "map(" not in line]
    assert sum(c.startswith(("fsync", "fdatasync")) for c in calls) == 2
    assert len(calls) <= 19, "\n".join(calls)


def processes(home):
    """Those that hold something in it open."""
    found = set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            fds = [os.readlink("/proc/%s/fd/%s" % (pid, fd))
                   for fd in os.listdir("/proc/%s/fd" % pid)]
        except OSError:
            continue
        if int(pid) != os.getpid() and any(
                fd.startswith(home.path) for fd in fds):
            found.add(int(pid))
    return found


def test_one_process_looks_after_it(home, run, queue, nobody):
    """It sends what became due; it goes when there is nothing left."""
    home.rc(*local(nobody, "queue on-failure"))
    for i in range(3):
        assert run(["%d@x.test" % i], message("a@x.test")).code == 0
    # each call left one; those behind the first see that, and go
    until(lambda: len(processes(home)) == 1, "the one")
    with Taker(port=nobody) as server:
        # the account waits a minute: until it hears of the network
        assert run(["--network-up"]).code == 0
        until(lambda: len(server.mails) == 3)
    until(lambda: not processes(home), "its end")


def test_nobody_stays(home, run, queue, nobody):
    home.rc(*local(nobody, "queue on-failure", "queue_linger off"))
    assert run(["a@x.test"], message("a@x.test")).code == 0
    until(lambda: not processes(home), "its end")
    assert len(queue.names()) == 1


def test_the_next_that_goes_out_takes_others_along(home, run, queue, nobody):
    home.rc(*local(nobody, "queue on-failure", "queue_linger off"))
    assert run(["a@x.test"], message("a@x.test")).code == 0
    until(lambda: not processes(home), "its end")
    with Taker(port=nobody) as server:
        assert run(["b@x.test"], message("b@x.test")).code == 0
        until(lambda: len(server.mails) == 2, "the other mail")
        until(lambda: queue.names() == [])


def test_the_password_goes_along(exim, home, run, queue, rcpt):
    """What is read before the caller is let go is there behind his back."""
    home.rc(*account(exim, "exim", "submissions", "queue always",
                     "password secret", password=""))
    assert run(["--", rcpt], message(rcpt)).code == 0
    exim.wait("exim", rcpt)
    until(lambda: not queue.entries())


def test_the_callers_file_is_his_again(home, program, environment, queue):
    """What he does to it behind our back changes nothing."""
    sent = message("a@x.test", b"good\n" * 200000)
    path = home.file("mail", sent)
    with Scripted(["WAIT", *TAKES]) as server:
        home.rc(*local(server.port, "queue always"))
        with open(path, "rb") as f:
            subprocess.run(["postrider", "a@x.test"], executable=program,
                           stdin=f, env=environment, cwd=home.path, check=True)
        with open(path, "r+b") as f:
            f.write(sent.replace(b"good", b"evil"))
        server.go_on()
        until(lambda: queue.names() == [], "the end of the mail")
    assert b"evil" not in server.received
    assert server.received.count(b"good\r\n") == 200000


CABLE = """
import subprocess, sys, time
sys.path.insert(0, sys.argv[1])
from servers.taker import Taker

def link(state):
    subprocess.run(["ip", "link", "set", "lo", state], check=True)

def patience(seconds):
    with open(".msmtprc", "a") as f:
        print("timeout", seconds, file=f)

def send(name):
    done = subprocess.run(["sendmail", name + "@x.test"],
                          executable=sys.argv[2], capture_output=True,
                          input=b"Subject: x\\n\\nx\\n")
    assert done.returncode == 0 and not done.stderr, done

link("up")
with Taker(port=2525) as server:
    send("first")
    link("down")
    patience(1)
    for i in range(3):
        send(str(i))
    patience(60)
    assert len(server.mails) == 1
    link("up")
    subprocess.run(["postrider", "--network-up"], executable=sys.argv[2],
                   check=True)
    # another run that was at it goes on with them
    stop = time.monotonic() + 60
    while len(server.mails) < 4 and time.monotonic() < stop:
        time.sleep(0.02)
    print(*[m.rcpts[0].split("@")[0] for m in server.mails])
"""


def test_the_cable_is_pulled(home, program, environment, queue):
    """A link that is down while programs go on sending, and comes back: every
    mail arrives once, in order of age."""
    home.rc(*local(2525, "queue_linger off"))
    done = subprocess.run(
        ["unshare", "-rn", "/usr/bin/python3", "-B", "-c", CABLE,
         os.path.dirname(os.path.dirname(os.path.abspath(__file__))), program],
        env=dict(environment, PATH="/usr/sbin:/usr/bin:/sbin:/bin"),
        cwd=home.path, capture_output=True, text=True, timeout=110)
    assert done.stdout == "first 0 1 2\n", done
    until(lambda: queue.names() == [])
