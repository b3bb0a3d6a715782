# SPDX-License-Identifier: ISC
"""Bad inputs, by their numbers in the table of what is required: exit code, a
message that names the place, nothing sent in part, no secret shown."""
import os
import pty
import re
import select
import signal
import subprocess
import tempfile
import time

import pytest

from servers.scripted import Scripted
from support import local, message

SECRET = "c4n4ry-7Qz"
MAIL = message("you@example.test")
TO = ("--", "you@example.test")
TAKES = ["S: 220 mail.test", "C: EHLO *", "S: 250 mail.test",
         "C: MAIL FROM:*", "S: 250 ok", "C: RCPT TO:*", "S: 250 ok",
         "C: DATA", "S: 354 go", "C.", "S: 250 taken", "C: QUIT", "S: 221 bye"]
ASKS = ["S: 220 mail.test", "C: EHLO *", "S: 250-mail.test",
        "S: 250 AUTH PLAIN", "C$"]


class Case:
    """One call: the lines of the configuration (None: a sound one), what is
    called and what must come of it."""

    def __init__(self, row, code, says="", rc=None, args=TO, stdin=MAIL,
                 argv0="postrider", mode=0o600, **more):
        self.row, self.code, self.says, self.rc = row, code, says, rc
        self.args, self.stdin, self.argv0 = args, stdin, argv0
        self.mode, self.more = mode, more

    def __repr__(self):
        return "%d-%s" % (self.row, (self.says or str(self.code))[:20])


def to(address):
    return ("--", address)


def t(header, body=b"hello\n"):
    return b"From: alice@example.test\n" + header + b"\n\n" + body


RC = ".msmtprc: line %d: "
LIMIT = b"To: you@example.test\n"

# What ends before a connection is opened.
LOCAL = [
    Case(1, 64, "no recipients", args=(), rc="eval touch ran\n"),
    Case(1, 64, "no recipients", args=(), stdin=b""),
    Case(1, 64, "no recipients", args=("-f", "a@b.test"), argv0="sendmail",
         stdin=b"X" * 200000),
    Case(2, 65, "no recipients", args=("-t",), stdin=t(b"Subject: s")),
    Case(3, 64, "-Z", args=("-Z", "x@y.test")),
    Case(3, 64, "--nope", args=("--nope", "x@y.test")),
    Case(3, 64, "--host", args=("--hots=h", "x@y.test")),
    Case(4, 64, "-f", args=("-f",)),
    Case(5, 65, "-f", args=("-f", "a@b\r\nX", *TO)),
    Case(6, 65, "command line", args=to("a@b.test\nx")),
    Case(6, 65, "command line", args=to("a\r@b.test")),
    Case(6, 65, "command line", args=to("a\x1b@b.test")),
    Case(6, 65, "command line", args=to("a\x7f@b.test")),
    Case(9, 65, "command line", args=to("|id")),
    Case(9, 65, "command line", args=to("/etc/passwd")),
    Case(9, 65, "command line", args=to(":include:/etc/passwd")),
    Case(11, 65, "10000", args=("-t",), stdin=t(b"To: " + b",\n ".join(
        b"r%d@example.test" % n for n in range(100000)))),
    *(Case(13, 65, "command line", args=to(a)) for a in (
        "a@b..c", ".a@b.c", "a@-b", "@b", "a@", "a@b@c", "a b@c")),
    Case(15, 65, "command line", args=(b"--", b"\xff\xfe@b.test")),
    Case(18, 64, "-bd", args=("-bd",)),
    Case(18, 64, "-bd", args=("-bd",), argv0="sendmail"),
    Case(21, 65, "empty", stdin=b""),
    Case(29, 65, "too long", stdin=b"X: " + b"a" * 2000000 + b"\n\nb\n"),
    Case(29, 65, "10000", stdin=b"X: a\n" * 10001 + b"\nb\n"),
    Case(33, 65, "read as Bcc", stdin=b"B\rcc: x@y.test\nTo: a@b.test\n\nb\n"),
    Case(35, 78, "no configuration file", rc=""),
    Case(36, 78, "chmod 600", rc="host h\npassword " + SECRET, mode=0o644),
    Case(36, 78, "chmod 600", rc="host h\npassword " + SECRET, mode=0o640),
    Case(37, 78, "another user", rc="host h\npasswordeval touch ran",
         owner=12345),
    Case(37, 78, "another user", rc="host h\nuser ${HOME}", owner=12345),
    Case(39, 78, RC % 2 + "unknown command prot", rc="host h\nprot 25"),
    Case(39, 78, RC % 3 + "account a ", rc="account a\nhost h\naccount a"),
    Case(39, 78, RC % 1 + "account default: host", rc="account default"),
    Case(39, 78, RC % 1 + "account b ", rc="account default : b"),
    Case(39, 78, "account x not found", rc="host h", args=("-a", "x", *TO)),
    *(Case(40, 78, RC % 2 + "invalid value", rc="host h\nport " + p)
      for p in ("0", "65536", "abc", "-1", "25x")),
    *(Case(40, 78, RC % 2 + "invalid value", rc="host h\ntimeout " + s)
      for s in ("-1", "1000000000", "0", "soon")),
    *(Case(40, 64, "invalid value", args=(o, *TO))
      for o in ("--port=0", "--port=65536", "--timeout=-1")),
    Case(41, 78, RC % 2, rc="host h\nuser a\0b"),
    Case(41, 78, "larger than", rc="host h\nuser " + "x" * 1048576),
    Case(42, 78, RC % 2, rc="host h\npassword " + SECRET + "\rx"),
    Case(42, 78, RC % 2, rc="host h\npassword " + SECRET + "\0x"),
    Case(42, 78, "one line", rc="host h\npassword ${file:~/two}"),
    Case(47, 78, RC % 3, rc="host h\ntls on\ntls_trust_file ~/none"),
    Case(47, 78, RC % 3, rc="host h\ntls on\ntls_trust_file ~/empty"),
    Case(47, 78, RC % 3, rc="host h\ntls on\ntls_trust_file ~/two"),
    Case(48, 78, RC % 3, rc="host h\ntls on\ntls_pin sha256:AAAA"),
    Case(48, 78, RC % 3, rc="host h\ntls on\ntls_pin pin-sha256:AAAA"),
    Case(48, 78, RC % 3 + "tls_fing", rc="host h\ntls on\ntls_fingerprint " +
         ":".join(["AB"] * 20)),
    Case(48, 78, "tls_pin", rc="host h", args=("--tls-pin=x", *TO)),
    Case(49, 78, RC % 3, rc="host h\ntls on\ntls_priorities NORMAL:+WRONG"),
    Case(49, 78, "+WRONG", rc="host h\ntls on\n"
         "tls_priorities NORMAL:+WRONG:+COMP-ALL"),
]


def leaves_no_trace(home, done, case):
    assert SECRET not in done.out + done.err
    assert not os.path.exists(home.path + "/ran")
    assert done.code == case.code, done
    assert case.says in done.err, done


@pytest.mark.parametrize("case", LOCAL, ids=repr)
def test_refused(home, run, case):
    home.file("two", "one\ntwo\n")
    home.file("empty", "")
    if case.rc != "":
        path = home.file(".msmtprc", case.rc or "\n".join(local(9)),
                         case.mode)
        if "owner" in case.more:
            if os.geteuid():
                pytest.skip("only root gives files away")
            home.file("other", case.rc, case.mode)
            os.chown(home.path + "/other", case.more["owner"], -1)
            os.unlink(path)
            case.args = ("-C", home.path + "/other", *TO)
    leaves_no_trace(home, run(list(case.args), case.stdin,
                              argv0=case.argv0), case)


# What is sent all the same: how, or to whom.
SENT = [
    Case(7, 0, args=("-oQ/tmp/x", "you@example.test")),
    Case(8, 0, "<-x@y.test>", args=to("-x@y.test")),
    Case(12, 0, args=("--", "you@example.test", "you@EXAMPLE.test, "
                      "<you@example.test>")),
    Case(25, 0, "a?b", stdin=MAIL + b"a\0b\n"),
    Case(26, 0, "one\r\ntwo\r\nthree\r\n.", stdin=MAIL + b"one\rtwo\nthree"),
    Case(27, 0, args=("--long-lines=send", *TO),
         stdin=MAIL + b"x" * 8000000),
    Case(28, 0, "\r\n\r\n.\r\n", stdin=b"From: a@b.test\nSubject: s\n"),
    Case(28, 0, "\r\n\r\njust a line\r\n", stdin=b"just a line\n"),
    Case(30, 0, "\r\n\r\nno field\r\nTo: x", stdin=b"no field\nTo: x\n\nb\n"),
    Case(31, 0, "From: a@b.test\r\nFrom: c@d.test",
         stdin=b"From: a@b.test\nFrom: c@d.test\n\nb\n"),
    Case(34, 0, args=("-t",), stdin=b"Resent-To: you@example.test\n"
         b"Resent-From: a@b.test\nReceived: x\nResent-To: z@example.test\n"
         b"Resent-From: c@d.test\nTo: w@example.test\n\nb\n"),
]


@pytest.mark.parametrize("case", SENT, ids=repr)
def test_sent(home, run, case):
    with Scripted(TAKES) as server:
        home.rc(*local(server.port))
        done = run(list(case.args), case.stdin, argv0=case.argv0)
    assert done.code == 0, done
    assert case.says.encode() in server.received
    assert server.received.count(b"RCPT TO:") == 1
    assert not os.path.exists("/tmp/x")


@pytest.mark.parametrize("head", (b"Bcc: x@y.test", b"BCC : x@y.test",
                                  b"bcc:\n x@y.test", b"Resent-Bcc: x@y.test",
                                  b"Bcc\t:x@y.test"))
def test_32_bcc_is_removed(home, run, head):
    with Scripted(TAKES) as server:
        home.rc(*local(server.port))
        done = run(list(TO), head + b"\nSubject: s\n\nbody\n")
    assert done.code == 0, done
    assert b"x@y.test" not in server.received


@pytest.mark.parametrize("lines, code, sent", (
    (["aliases ~/al"], 0, b"RCPT TO:<joe@x.test>"),
    (["qualify_domain x.test"], 0, b"RCPT TO:<root@x.test>"),
    ([], 0, b"RCPT TO:<root>")))
def test_10_local_name(home, run, lines, code, sent):
    """By alias, with a domain, or as it is: the server may know it."""
    home.file("al", "root: joe@x.test\n")
    with Scripted(TAKES) as server:
        home.rc(*local(server.port), *lines)
        done = run(["--", "root"], MAIL)
    assert done.code == code, done
    assert sent in server.received


def test_14_smtputf8_is_for_the_one_who_needs_it(home, run):
    with Scripted(TAKES) as server:
        home.rc(*local(server.port))
        done = run(["--", "j\u00f6@example.test", "you@example.test"], MAIL)
    assert done.code == 65 and "internationalized" in done.err, done
    assert server.received.count(b"RCPT TO:") == 1


def test_16_no_name(program, environment):
    """argc 0"""
    code = ("import ctypes, os, sys\n"
            "argv = (ctypes.c_char_p * 1)(None)\n"
            "env = (ctypes.c_char_p * 1)(None)\n"
            "ctypes.CDLL(None).execve(sys.argv[1].encode(), argv, env)\n")
    done = subprocess.run(["/usr/bin/python3", "-c", code, program],
                          stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          env=environment, timeout=60)
    assert done.returncode in (64, 65), done
    assert done.stderr


def test_17_another_file_is_not_shown(home, run):
    path = home.file("shadow", "root:$6$%s:19000:0:99999:7:::\n" % SECRET)
    done = run(["-C", path, *TO], MAIL)
    assert done.code == 78 and "line 1: " in done.err, done
    assert SECRET not in done.out + done.err


@pytest.mark.parametrize("how", ("closed", "directory"))
def test_19_20_no_message(program, home, environment, how):
    home.rc(*local(9))
    stdin = os.open(home.path, os.O_RDONLY) if how == "directory" else None
    done = subprocess.run(
        [program, *TO], stdin=stdin, stderr=subprocess.PIPE, env=environment,
        timeout=60, close_fds=True,
        preexec_fn=(lambda: os.close(0)) if how == "closed" else None)
    assert done.returncode == 74, done
    assert b"cannot read the message" in done.stderr


def at_terminal(program, environment, argv, typed, ends):
    """What a person sees who calls the program and types that; typed when
    `ends` has been seen.  -> (all that was shown, exit code)"""
    pid, fd = pty.fork()
    if not pid:
        os.execve(program, argv, environment)
    shown, end = b"", time.monotonic() + 20
    while ends not in shown:
        assert time.monotonic() < end, shown
        if select.select([fd], [], [], 0.2)[0]:
            shown += os.read(fd, 4096)
    os.write(fd, typed)
    while True:
        try:
            data = os.read(fd, 4096)
        except OSError:      # the other end is closed
            break
        if not data:
            break
        shown += data
    os.close(fd)
    return shown.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.parametrize("name, hint, end", (
    ("postrider", b"Ctrl-D ends it", b"\x04"),
    ("sendmail", b"a line with a dot alone", b".\n")))
def test_22_at_a_terminal(program, home, environment, name, hint, end):
    """It says once what it waits for."""
    with Scripted(TAKES) as server:
        home.rc(*local(server.port))
        shown, code = at_terminal(program, environment, [name, *TO],
                                  b"Subject: s\n\nhi\n" + end, hint)
    assert code == 0 and shown.count(name + ":") == 1, shown
    assert b"\r\n\r\nhi\r\n.\r\n" in server.received


@pytest.mark.parametrize("name", ("postrider", "sendmail"))
def test_01_at_a_terminal(program, home, environment, name):
    """Nobody types a mail for nobody."""
    shown, code = at_terminal(program, environment, [name], b"",
                              b"no recipients found")
    assert code == 64 and "Type" not in shown, shown


def test_22_interrupted_at_a_terminal(program, home, environment):
    with Scripted(TAKES) as server:
        home.rc(*local(server.port))
        pid, fd = pty.fork()
        if not pid:
            # the tests may run where that is ignored
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.execve(program, ["postrider", *TO], environment)
        os.write(fd, b"Subject: s\n\nbody\n")
        end = time.monotonic() + 60
        while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG |
                        os.WNOWAIT) is None:
            assert time.monotonic() < end
            os.write(fd, b"\x03")      # it may not be there yet
            time.sleep(0.05)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.close(fd)
        assert status in (-signal.SIGINT, 130, 75)
        assert not server.received


def test_23_writer_dies(program, home, environment):
    """A pipe does not tell the end from a death: what came is the mail."""
    with Scripted(TAKES) as server:
        home.rc(*local(server.port))
        done = subprocess.run(
            ["/bin/sh", "-c", "sh -c 'printf \"Subject: s\\n\\nha\"; "
             "kill -9 $$' | \"$0\" -- you@example.test", program],
            stderr=subprocess.PIPE, env=environment, timeout=60)
    assert done.returncode == 0, done
    assert b"\r\n\r\nha\r\n" in server.received


def test_24_larger_than_the_server_takes(home, run):
    """Nothing of it is sent."""
    dialogue = ["S: 220 mail.test", "C: EHLO *", "S: 250-mail.test",
                "S: 250 SIZE 1000", "C: QUIT", "S: 221 bye"]
    with Scripted(dialogue) as server:
        home.rc(*local(server.port))
        done = run(list(TO), MAIL + b"x\n" * 5000)
    assert done.code == 69 and "1000" in done.err, done
    assert b"MAIL" not in server.received


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_37_password_of_another_user(shared_program, environment):
    """Root may use anybody's, but nobody else may."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        path = os.path.join(folder, "rc")
        with open(path, "w", encoding="ascii") as f:
            f.write("host h\npassword %s\n" % SECRET)
        os.chmod(path, 0o644)
        os.chown(path, 12345, 12345)
        done = subprocess.run(
            [shared_program, "--check", "-C", path],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment, timeout=60,
            cwd="/", user=54321, group=54321, extra_groups=[])
    assert done.returncode == 78 and b"another user" in done.stdout, done
    assert SECRET.encode() not in done.stdout


@pytest.mark.parametrize("make", (
    lambda p: os.mkfifo(p), lambda p: os.mkdir(p),
    lambda p: os.symlink("/dev/zero", p), lambda p: os.symlink(p, p)),
    ids=("fifo", "directory", "device", "loop"))
def test_38_no_regular_file(home, run, make):
    make(home.path + "/.msmtprc")
    done = run(list(TO), MAIL)
    assert done.code == 78, done
    assert ".msmtprc" in done.err or "configuration" in done.err


def test_38_secret_from_a_pipe(home, run, program, environment):
    done = subprocess.run(
        ["/bin/sh", "-c", "printf 'host h\\npassword %s\\n' | "
         "\"$0\" -C /dev/fd/0 -- you@example.test" % SECRET, program],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
        timeout=60)
    assert done.returncode in (65, 78), done
    assert SECRET.encode() not in done.stderr


@pytest.mark.parametrize("text", (
    b"\xef\xbb\xbfhost 127.0.0.1\r\nport %d\r\ntls off\r\nfrom a@b.test\r\n",
    b"host 127.0.0.1\nport %d\ntls off\nfrom a@b.test # " + b"x" * 600000))
def test_41_what_a_file_may_be(home, run, text):
    with Scripted(TAKES) as server:
        home.file(".msmtprc", text % server.port)
        done = run(list(TO), MAIL)
    assert done.code == 0, done


@pytest.mark.parametrize("command, code, says", (
    ("exit 3", 78, "exit 3"), ("true", 78, "true"),
    ("printf 'a\\nb\\n'", 78, "printf"), ("kill -9 $$", 78, "kill"),
    ("echo why >&2; false", 78, "why"), ("exit 75", 75, "exit 75"),
    ("sleep 30", 75, "sleep"), ("no-such-command-x", 78, "no-such-command-x")))
def test_43_44_passwordeval(home, run, command, code, says):
    with Scripted(ASKS) as server:
        home.rc(*local(server.port, "auth on", "user me", "total_timeout %d" %
                       (2 if "sleep" in command else 60),
                       "passwordeval " + command))
        done = run(list(TO), MAIL)
    assert done.code == code and says in done.err, done
    assert b"AUTH" not in server.received


@pytest.mark.parametrize("host, user, mode, code, says", (
    ("127.0.0.1", "me", 0o644, 78, "netrc"),
    ("other.test", "me", 0o600, 69, "password"),
    ("127.0.0.1", "you", 0o600, 69, "password"),
    (None, None, None, 69, "password")))
def test_46_netrc(home, run, host, user, mode, code, says):
    """Open to others, for another host or user, not there."""
    if mode:
        home.file(".netrc", "machine %s login %s password %s\n" %
                  (host, user, SECRET), mode)
    with Scripted(ASKS) as server:
        home.rc(*local(server.port, "auth on", "user me", "keyring off",
                       "netrc on"))
        done = run(list(TO), MAIL)
    assert done.code == code and says in done.err, done
    assert SECRET not in done.err and b"AUTH" not in server.received


# Rows whose tests stand elsewhere, since they need more than a call.
ELSEWHERE = {
    45: ("test_credentials.py", "test_cr_04_locked"),
    50: ("test_protection.py", "row 50"),
}


def test_no_row_is_missing():
    folder = os.path.dirname(os.path.abspath(__file__))
    with open(__file__, encoding="utf-8") as f:
        text = f.read()
    rows = {case.row for case in LOCAL + SENT} | set(ELSEWHERE)
    for name in re.findall(r"def test_((?:\d\d_)+)", text):
        rows |= {int(n) for n in name.split("_") if n}
    assert rows == set(range(1, 51))
    for name, word in ELSEWHERE.values():
        with open(os.path.join(folder, name), encoding="utf-8") as f:
            assert word in f.read(), name
