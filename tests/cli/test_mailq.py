# SPDX-License-Identifier: ISC
"""What a person and a program see of the queue, and how they steer it.  The
queues are made by queuefiles.py, of any age and size."""
import fcntl
import json
import os
import pty
import random
import re
import struct
import subprocess
import termios
import time

import pytest

import queuefiles
from servers.taker import Taker
from support import local

MAIL = b"From: a@b.test\nSubject: a test\n\nhello\n"
LATER = "2026-11-21T20:40:00Z deferred bob@example.com 450 4.2.1 mailbox busy"
STRAY = "0" * 26


class Queue:
    """The queue of a test's own home."""

    def __init__(self, home):
        self.path = os.path.join(home.path, ".local/state/postrider/queue")
        self.parents = [os.path.join(home.path, p) for p in (
            ".local", ".local/state", ".local/state/postrider")]

    def add(self, state="active", rcpts=("bob@example.com",), age=0, **kinds):
        for path in self.parents:
            os.makedirs(path, mode=0o700, exist_ok=True)
        if "data" not in kinds:
            kinds = dict({"message": MAIL, "rcpts": rcpts,
                          "born": int(time.time()) - age}, **kinds)
        return queuefiles.make(self.path, state, **kinds)

    def wait(self, name, kind, seconds, text):
        """Have an account wait."""
        now = int(time.time())
        os.makedirs(os.path.join(self.path, "accounts"), mode=0o700,
                    exist_ok=True)
        with open(os.path.join(self.path, "accounts", name), "w") as f:
            f.write("%s 2 %d %d\n%s\n" % (kind, now - 6030, now + seconds,
                                          text))

    def ids(self, state="active"):
        try:
            return sorted(os.listdir(os.path.join(self.path, state)))
        except FileNotFoundError:
            return []

    def text(self, name, state="active"):
        with open(os.path.join(self.path, state, name), "rb") as f:
            return f.read()

    def locked(self, name, state="active"):
        """The lock that a process has which is sending it."""
        f = open(os.path.join(self.path, state, name), "r+b")
        fcntl.fcntl(f, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
        return f


@pytest.fixture
def queue(home):
    return Queue(home)


@pytest.fixture
def mailq(run):
    def mailq(*args, **kinds):
        done = run(["--mailq", *args], **kinds)
        assert done.code == 0 and done.err == "", done
        return done.out
    return mailq


def listed(mailq, *args):
    return [json.loads(line) for line in mailq("--json", *args).splitlines()]


# --- the list -----------------------------------------------------------------

def test_empty(mailq, run):
    assert mailq() == "Mail queue is empty\n"
    assert mailq("--json") == ""
    for argv0, args in (("mailq", []), ("sendmail", ["-bp"])):
        done = run(args, argv0=argv0)
        assert (done.code, done.out) == (0, "Mail queue is empty\n"), done


def test_table(queue, mailq):
    first = queue.add(age=3 * 3600 + 60, tries=2, log=[LATER],
                      next=int(time.time()) + 750,
                      rcpts=["bob@example.com", ("D", "carol@example.com"),
                             ("X", "dan@example.com")])
    held = queue.add("hold", age=2 * 86400, sender="", doubt="?",
                     message=MAIL * 1000)
    out = mailq()
    lines = out.splitlines()
    assert lines[0].split() == ["ID", "SIZE", "AGE", "NEXT", "TRY", "SENDER",
                                "/", "RECIPIENTS"]
    assert re.split("  +", lines[1].replace(" ", "  ", 1)) == [
        first, str(len(MAIL)), "3 hours", "in 12 minutes",
        "alice@example.test"]
    assert lines[2:6] == ["    (450 4.2.1 mailbox busy)",
                          "    bob@example.com",
                          "    carol@example.com  delivered",
                          "    dan@example.com  failed"]
    assert re.split("  +", lines[7].replace(" ", "  ", 1)) == [
        held, "%dK" % (len(MAIL) * 1000 // 1024), "2 days", "held", "<>"]
    assert lines[8] == "    (it may have been delivered already)"
    assert lines[-1] == "-- %d Kbytes in 2 Requests." % (
        (len(MAIL) * 1001 + 1023) // 1024)
    # columns stand under each other
    assert lines[0].index("AGE") == lines[1].index("3 hours")
    assert lines[0].index("NEXT") == lines[1].index("in 12")


def test_order_and_states(queue, mailq):
    """Oldest first; behind those that wait what needs a person."""
    ids = [queue.add(age=age) for age in (100, 5000, 900000, 3)]
    failed = queue.add("failed", age=1000000)
    bad = queue.add("bad", data=b"torn")
    torn = queue.add(data=b"postrider queue 1\nnext      00")
    shown = [m["queue_id"] for m in listed(mailq)]
    assert [n for n in shown if n != torn] == \
        [ids[2], ids[1], ids[0], ids[3], failed, bad]
    out = mailq()
    assert out.count("not readable") == 2 and "given up" in out


def test_account_that_waits(queue, mailq):
    queue.add(account="default", next=0)
    queue.add(account="work", next=0)
    queue.wait("default", "account", 1830, "the server refused the password")
    queue.wait("gone", "offline", -5, "over")
    out = mailq()
    assert out.startswith("account default: does not work for 100 minutes, "
                          "next try in 30 minutes\n"
                          "    (the server refused the password)\n"), out
    assert "gone" not in out
    assert out.count("in 30 minutes") == 2 and out.count("due") == 1
    queue.wait("default", "offline", 800, "cannot connect")
    assert "account default: no way to its server" in mailq()


def test_account_without_a_name(queue, mailq):
    """One of the command line: its host is its name."""
    queue.add(next=0, account=None, more=["option    host mail.example\n"])
    queue.wait("mail%2eexample", "account", 800, "refused")
    out = mailq()
    assert out.startswith("account mail.example: does not work"), out
    assert "in 13 minutes" in out.splitlines()[3], out


@pytest.mark.parametrize("argv0,args", (("hoststat", []),
                                        ("sendmail", ["-bh"])))
def test_hoststat(queue, run, argv0, args):
    name = queue.add()
    queue.wait("default", "offline", 800, "cannot connect")
    done = run(args, argv0=argv0)
    assert done.code == 0 and "account default: no way" in done.out, done
    assert "(cannot connect)" in done.out and name not in done.out


def test_being_sent(queue, mailq):
    name = queue.add(next=0)
    with queue.locked(name):
        assert "just now" in mailq()
        assert listed(mailq)[0]["is_being_sent"] is True
    assert "just now" not in mailq()


def test_json(queue, mailq):
    """As postqueue -j has it, and more."""
    name = queue.add(rcpts=["bob@example.com", ("D", "b\u00f6b@example.com")],
                     log=[LATER], tries=3, born=1795286400, next=0)
    found = listed(mailq)
    assert len(found) == 1
    mail = found[0]
    assert mail["queue_name"] == "active" and mail["queue_id"] == name
    assert mail["arrival_time"] == 1795286400
    assert mail["message_size"] == len(MAIL)
    assert mail["sender"] == "alice@example.test"
    assert mail["recipients"] == [
        {"address": "bob@example.com", "fate": "pending",
         "delay_reason": "450 4.2.1 mailbox busy"},
        {"address": "b\u00f6b@example.com", "fate": "sent"}]
    assert mail["tries"] == 3 and mail["account"] == "default"
    assert mail["queue_path"] == queue.path


def test_reason_is_what_the_server_said(queue, mailq):
    """The log of a mail has it as one line; nobody is shown what that took: a
    reply of several lines, a backslash, an address in quotes."""
    odd = '"a \\"b\\" c"@example.com'
    queue.add(rcpts=[odd], log=[
        "2026-11-21T20:40:00Z deferred %s 450 4.2.1 one\\n4.2.1 two "
        "C:\\\\x \\x1b[2J \\x00 \\q" % odd.replace("\\", "\\\\")])
    assert "    (450 4.2.1 one 4.2.1 two C:\\\\x \\x1b[2J \\\\x00 \\\\q)\n" \
        in mailq()
    assert listed(mailq)[0]["recipients"] == [
        {"address": odd, "fate": "pending",
         "delay_reason": "450 4.2.1 one\n4.2.1 two C:\\x \x1b[2J \\x00 \\q"}]
    queue.wait("default", "account", 800, "two\\nlines")
    assert "    (two lines)\n" in mailq()


def test_some(queue, mailq, run):
    one = queue.add(account="work", age=100, log=[LATER])
    two = queue.add(sender="eve@example.net", age=50)
    three = queue.add("hold", rcpts=["carol@example.org"],
                      log=["2026-11-21T20:40:00Z held by hand"])
    assert [m["queue_id"] for m in listed(mailq, two)] == [two]
    assert [m["queue_id"] for m in listed(mailq, "work")] == [one]
    for letters, want in (("-qI" + one[3:], [one]), ("-qSexample.net", [two]),
                          ("-qRcarol", [three]), ("-q!Rcarol", [one, two]),
                          ("-qQ", [three]), ("-qQby hand", [three]),
                          ("-qSnobody", [])):
        done = run(["-bp", letters, "--json"], argv0="sendmail")
        assert done.code == 0, done
        assert [json.loads(s)["queue_id"] for s in done.out.splitlines()] \
            == want, letters


def test_count(queue, run):
    for _ in range(3):
        queue.add()
    done = run(["-bP"], argv0="sendmail")
    assert done.out == "Total requests: 3\n", done


# --- what a terminal sees -----------------------------------------------------

def on_terminal(program, environment, home, args, columns=80, **env):
    """What the program writes to a terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ,
                struct.pack("HHHH", 24, columns, 0, 0))
    child = subprocess.Popen(
        [program, *args], stdin=theirs, stdout=theirs, stderr=theirs,
        env=dict(environment, **dict({"TERM": "xterm"}, **env)),
        cwd=home.path)
    os.close(theirs)
    out = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        out += piece
    os.close(ours)
    assert child.wait(60) == 0, out
    return out.decode()


COLOUR = "\033\\[\\d*m"


def test_colours(queue, program, environment, home, mailq):
    queue.add("hold", age=9030, log=[LATER])
    out = on_terminal(program, environment, home, ["--mailq"])
    assert "\033[33mheld" in out
    plain = re.sub(COLOUR, "", out).replace("\r", "")
    assert plain == mailq()
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "\033" not in on_terminal(
            program, environment, home, ["--mailq"], **env)


def test_widths(queue, program, environment, home):
    """A wide character takes two columns, a combining one none; what was said
    is cut to the terminal's line."""
    queue.add(log=["2026-11-21T20:40:00Z deferred bob@example.com 450 "
                   + "\u4e2d\u6587" * 100],
              sender="\u4e2d\u6587e\u0301@example.test", next=0)
    queue.add(next=0)
    out = re.sub(COLOUR, "", on_terminal(
        program, environment, home, ["--mailq"], columns=60))
    said = [line for line in out.replace("\r", "").splitlines()
            if line.startswith("    (450")]
    assert len(said) == 1
    width = sum(2 if c >= "\u1100" else 1 for c in said[0])
    assert 57 <= width <= 60 and said[0].endswith("...)"), said


NASTY = ["\x1b]0;pwn\x07\x1b[2J", "\u202eevil", "\x9b31m", "\x08\x08",
         "%n%s%n", "\u2028\u2029", "\x7f"]


@pytest.mark.parametrize("words", NASTY)
def test_nothing_is_obeyed(queue, program, environment, home, run, words):
    """LG-01, LG-08: what servers and strangers said is shown, not obeyed."""
    log = "2026-11-21T20:40:00Z deferred bob@example.com 450 " + words
    name = queue.add(log=[log], message=MAIL + words.encode() + b"\n",
                     account="default")
    queue.wait("default", "account", 900, words)
    queue.add("bad", data=words.encode())
    env = dict(environment, NO_COLOR="1")
    for args in (["--mailq"], ["--mailq", "--json"], ["--queue-show", name],
                 ["--queue-show", name, "--json"]):
        out = on_terminal(program, env, home, args)
        bad = re.findall("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029"
                         "\u202a-\u202e]", out)
        assert not bad, (args, out)


def test_progress(queue, program, environment, home):
    """A long work says how far it is, and takes that away at the end."""
    home.rc(*local(1))
    data = queuefiles.entry(MAIL, ["bob@example.com"],
                            next=int(time.time()) + 9000)
    for _ in range(2000):
        queue.add(data=data)
    out = on_terminal(program, environment, home, ["--queue-hold", "ALL"])
    assert out.endswith("2000 mails are held\r\n"), out[-200:]
    shown = [int(n) for n in re.findall("\r(\\d+) of 2000\033\\[K", out)]
    assert shown == sorted(shown)
    assert not shown or "\r\033[K2000 mails" in out
    # every line of a program that is no terminal's is one of words
    environment = dict(environment)
    done = subprocess.run([program, "--queue-release", "ALL"],
                          env=environment, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=True)
    assert done.stderr == b""


def test_progress_of_a_run(queue, program, environment, home):
    with Taker(end=slow) as server:
        home.rc(*local(server.port))
        for _ in range(30):
            queue.add(next=0)
        out = on_terminal(program, environment, home, ["--queue-run"])
    assert len(server.mails) == 30
    shown = [int(n) for n in re.findall("\r(\\d+) of 30\033\\[K", out)]
    assert shown and shown == sorted(shown), out
    assert "\r\033[Kpostrider: sent or given up: 30" in out, out


def slow(server, mail):
    time.sleep(0.05)
    return "250 2.0.0 taken"


# --- steering -----------------------------------------------------------------

def test_hold_and_release(queue, run, mailq):
    one, two = queue.add(age=10), queue.add()
    done = run(["--queue-hold", one])
    assert (done.code, done.out) == (0, "1 mail is held\n"), done
    assert queue.ids("hold") == [one] and queue.ids() == [two]
    assert "held by hand" in mailq()
    done = run(["--queue-release", one])
    assert (done.code, done.out) == (0, "1 mail is released\n"), done
    assert queue.ids("hold") == [] and queue.ids() == sorted([one, two])
    assert queue.text(one).startswith(queue.text(one)[:200])
    assert os.path.exists(os.path.join(queue.path, "wake"))


def test_several_and_all(queue, run):
    ids = [queue.add(age=n) for n in range(5)]
    done = run(["--queue-hold", *ids[:3]])
    assert (done.code, done.out) == (0, "3 mails are held\n"), done
    assert run(["--queue-hold", "ALL"]).out == "2 mails are held\n"
    assert run(["--queue-release", "ALL"]).out == "5 mails are released\n"
    assert sorted(queue.ids()) == sorted(ids)


def test_retry(queue, run, mailq):
    """Due at once, whatever the account waits for; those who had failed are
    tried again, those who have it are not."""
    later = int(time.time()) + 9000
    one = queue.add(next=later, tries=4)
    gone = queue.add("failed", next=later, age=900000, rcpts=[
        ("X", "bob@example.com"), ("D", "carol@example.com")])
    held = queue.add("hold", next=later)
    queue.wait("default", "account", 900, "refused")
    done = run(["--queue-retry", "ALL"])
    assert (done.code, done.out) == (0, "2 mails are due\n"), done
    assert sorted(queue.ids()) == sorted([one, gone])
    assert queue.ids("hold") == [held]
    found = {m["queue_id"]: m for m in listed(mailq)}
    assert found[one]["tries"] == 4
    assert found[one]["next_try"] <= time.time()
    assert [r["fate"] for r in found[gone]["recipients"]] == [
        "pending", "sent"]
    assert "account_waits" not in found[one]
    assert run(["--queue-retry", held]).out == "1 mail is due\n"
    assert queue.ids("hold") == []


def test_remove(queue, run):
    ids = {state: queue.add(state) for state in ("active", "hold", "failed")}
    bad = queue.add("bad", data=b"x")
    torn = queue.add(data=b"postrider queue 1\n")
    done = run(["--queue-remove", "ALL"])
    assert done.out == "3 mails are removed\n", done
    assert done.code == 65, done  # one cannot be read, and says so
    assert torn in done.err
    assert not any(queue.ids(s) for s in ("hold", "failed"))
    assert queue.ids("bad") == [bad] and queue.ids() == [torn]
    done = run(["--queue-remove", bad, torn])
    assert (done.code, done.out) == (0, "2 mails are removed\n"), done
    assert ids and not queue.ids() and not queue.ids("bad")


@pytest.mark.parametrize("word", ("hold", "retry", "remove"))
def test_lock_is_respected(queue, run, word):
    """QL-11: what is being sent is left alone."""
    name = queue.add()
    before = queue.text(name)
    with queue.locked(name):
        done = run(["--queue-" + word, name])
        assert done.code == 75 and "just now" in done.err, done
        assert queue.ids() == [name] and queue.text(name) == before
    assert run(["--queue-" + word, name]).code == 0


@pytest.mark.parametrize("word", ("show", "hold", "release", "retry",
                                  "remove"))
def test_no_such_mail(queue, run, word):
    queue.add()
    done = run(["--queue-" + word, STRAY])
    assert done.code == 66 and STRAY in done.err, done
    for bad in ("../active/x", "x", "", "0" * 25, "0" * 27, "/etc/passwd",
                "I" * 26, "\x1b[2J"):
        done = run(["--queue-" + word, bad])
        assert done.code == 64 and "\x1b" not in done.err, (bad, done)
    done = run(["--queue-" + word])
    assert done.code == 64 and "ALL" in done.err, done
    assert len(queue.ids()) == 1


def test_not_for_sendmail(queue, run):
    """A string of a stranger's behind sendmail steers nothing (IN-20)."""
    name = queue.add()
    for argv0 in ("sendmail", "mailq"):
        done = run(["--queue-remove", "ALL"], argv0=argv0)
        assert done.code == 64, done
    assert queue.ids() == [name]


def test_show(queue, run):
    body = MAIL + b"b\xc3\xb6dy\ttab\n"
    name = queue.add(message=body, log=[LATER], tries=2, born=1795286400)
    done = run(["--queue-show", name])
    assert done.code == 0, done
    assert body.decode() in done.out and LATER in done.out
    for line in ("account: default", "sender: alice@example.test",
                 "recipient: bob@example.com (waits)", "attempts: 2",
                 "queued: Sat, 21 Nov 2026 18:40:00 +0000"):
        assert line in done.out.splitlines(), done
    done = run(["--queue-show", name, "--json"])
    assert json.loads(done.out)["queue_id"] == name


def test_strange_queues(queue, run, home, tmp_path):
    """Not ours alone, or no directory: nothing is shown of it, and it is
    told."""
    queue.add()
    os.chmod(queue.path, 0o755)
    done = run(["--mailq"])
    assert done.code == 73 and queue.path in done.err, done
    os.chmod(queue.path, 0o700)
    os.rename(queue.path, queue.path + "2")
    os.symlink(queue.path + "2", queue.path)
    assert run(["--mailq"]).code == 73
    os.unlink(queue.path)
    with open(queue.path, "w"):
        pass
    assert run(["--mailq"]).code == 73
    assert run(["--queue-remove", "ALL"]).code == 73


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is somebody else")
def test_of_another_user(shared_program, environment, tmp_path):
    """Root acts on a queue as its owner; a user sees and steers none but his
    own."""
    def call(*args, **kinds):
        done = subprocess.run(
            [shared_program, *args], env=environment, cwd="/",
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60, **kinds)
        return done.returncode, done.stdout, done.stderr

    path = str(tmp_path / "system")
    name = queuefiles.make(path, message=MAIL, rcpts=["bob@example.com"],
                           uid=65534)
    for top, dirs, files in os.walk(path):
        for each in [top] + [os.path.join(top, f) for f in files]:
            os.chown(each, 65534, 65534)
    for folder in tmp_path.parents:
        if folder != folder.parent and str(folder).startswith("/tmp/"):
            os.chmod(folder, 0o755)
    os.chmod(tmp_path, 0o755)
    here = "--queue-dir=" + path
    code, out, _ = call("--mailq", here)
    assert code == 0 and name in out
    again = call("--mailq", here, user=65534)[1]
    age = re.compile(r"\d+ seconds?\s*")  # a second may have passed
    assert age.sub("", again) == age.sub("", out)
    for words in (["--mailq"], ["--queue-remove", "ALL"],
                  ["--queue-show", name]):
        code, out, err = call(*words, here, user=1000)
        assert code != 0 and name not in out and path in err, (out, err)
    code, out, err = call("--queue-hold", name, here)
    assert (code, out) == (0, "1 mail is held\n"), err
    held = os.path.join(path, "hold")
    for each in (held, os.path.join(held, name)):
        assert os.stat(each).st_uid == 65534
    assert call("--queue-release", "ALL", here, user=65534)[0] == 0


def test_broken_configuration(queue, run, home):
    """What waits can be seen, and stopped, all the same."""
    home.rc("account default", "nonsense on")
    name = queue.add()
    done = run(["--mailq"])
    assert name in done.out and done.code == 78, done
    assert run(["--queue-hold", name]).out == "1 mail is held\n"


# --- is it in order? ----------------------------------------------------------

def check(run, *args, **kinds):
    done = run(["--queue-check", *args], **kinds)
    assert done.err == "", done
    head, *rest = done.out.splitlines()
    m = re.fullmatch(r"QUEUE (\w+) - (\d+) mails? waits? \| (.*)", head)
    assert m, done
    assert done.code == ["OK", "WARNING", "CRITICAL", "UNKNOWN"].index(m[1])
    levels = {line.split(":")[0] for line in rest}
    assert levels <= {"WARNING", "CRITICAL", "UNKNOWN"}
    return m[1], dict(p.split("=") for p in m[3].split()), rest


def trigger(home):
    """As systemctl --user enable leaves it."""
    path = os.path.join(home.path, ".config/systemd/user/timers.target.wants")
    os.makedirs(path)
    os.symlink("/nowhere", os.path.join(path, "postrider-queue.timer"))


def mentions(findings, words):
    return any(words in line for line in findings)


def test_check(queue, run, home):
    level, numbers, rest = check(run)
    assert mentions(rest, "nothing runs the queue") and level == "WARNING"
    trigger(home)
    queue.add(age=60)
    level, numbers, rest = check(run)
    rest = [line for line in rest if "overlay" not in line and
            "tmpfs" not in line]  # whatever the tests' folder is on
    assert rest == []
    assert numbers["waiting"] == "1"
    assert 60 <= int(numbers["oldest"].rstrip("s")) <= 90
    queue.add(age=5 * 3600)
    level, _, rest = check(run)
    assert level == "WARNING" and mentions(rest, "waits for 5 hours")
    queue.add(age=3 * 86400)
    assert check(run)[0] == "CRITICAL"


@pytest.mark.parametrize("state,words,level", (
    ("hold", "1 mail is held", "WARNING"),
    ("failed", "1 mail was given up", "CRITICAL"),
    ("bad", "1 queue file cannot be read", "CRITICAL")))
def test_check_states(queue, run, home, state, words, level):
    trigger(home)
    queue.add(state)
    found, numbers, rest = check(run)
    assert found == level and mentions(rest, words)
    held = {"hold": "held"}.get(state, state)
    assert numbers[held] == "1" and numbers["waiting"] == "0"


def test_check_accounts(queue, run, home):
    trigger(home)
    queue.add()
    queue.wait("default", "offline", 100, "cannot connect")
    level, numbers, rest = check(run)
    assert level == "WARNING" and mentions(rest, "cannot connect")
    queue.wait("default", "account", 100, "the password")
    assert check(run)[0] == "CRITICAL"
    done = run(["--queue-check", "--json"])
    told = json.loads(done.out)
    assert told["level"] == "CRITICAL" and done.code == 2
    assert {"level": "CRITICAL",
            "text": "account default has to wait: the password"} \
        in told["findings"]


def test_check_place(queue, run):
    queue.add()
    os.chmod(queue.path, 0o770)
    level, _, rest = check(run)
    assert level == "CRITICAL" and mentions(rest, queue.path)


# --- a lot of them ------------------------------------------------------------

MANY = 20000


def peak(program, args, environment, home):
    """KiB at most of one call, and what it printed.  By time(1): what is forked
    from here would be charged with the tests' own memory."""
    done = subprocess.run(
        ["time", "-f", "%M", program, *args], env=environment, cwd=home.path,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
    return int(done.stderr.split()[-1]), done.stdout.decode()


def test_many(queue, program, environment, home):
    """A fifth of a hundred thousand: all are shown, in far less than 64 MiB (how
    long it takes is measured by bench/)."""
    rng = random.Random(1)
    now = int(time.time())
    data = queuefiles.entry(MAIL * 50, ["bob@example.com"], born=now,
                            next=now + 700, log=[LATER])
    queue.add(data=data)
    folder = os.path.join(queue.path, "active")
    for n in range(MANY - 1):
        fd = os.open(os.path.join(folder, queuefiles.new_id(now - n, rng)),
                     os.O_WRONLY | os.O_CREAT, 0o600)
        os.write(fd, data)
        os.close(fd)
    with open(program, "rb") as f:
        is_sanitized = b"__asan_init" in f.read()
    for args in (["--mailq"], ["--mailq", "--json"]):
        kib, printed = peak(program, args, environment, home)
        assert printed.count("bob@example.com") >= MANY, args
        assert is_sanitized or kib < 64 * 1024, args
