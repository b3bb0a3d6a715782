# SPDX-License-Identifier: ISC
"""The same msmtprc, the same call, the same server: Debian's msmtp and this
program leave the same behind."""
import re

import pytest

from support import account, log_fields, message

RC = """\
# a file as people have it
defaults
auth           on
tls            on
tls_trust_file {ca}
logfile        ~/.msmtp.log

account        work
host           127.0.0.1
port           {port}
from           alice@example.test
user           alice@example.test
passwordeval   "cat ~/.secret"

account        other : work
from           bob@example.test
user           bob@example.test
passwordeval   "echo builder"

account default : work
"""

CALLS = {
    "default": [],
    "account": ["-a", "other"],
    "from": ["-f", "bob@example.test"],
    "full-name": ["-F", "Al Ice"],
    "cron": ["-oi", "-FCronDaemon"],
}


@pytest.fixture
def setting(postfix, home):
    home.file(".secret", "wonderland\n")
    home.file(".msmtprc", RC.format(
        ca=postfix.pki.ca, port=postfix.port("postfix", "submission")))
    return postfix


def left_behind(lab, home, call, args, stdin, rcpts):
    done = call(args, stdin)
    mails = [lab.wait("postfix", r) for r in rcpts] if done.code == 0 else []
    log = home.read(".msmtp.log").splitlines()[-1]
    return done, mails, log


def headers(mail):
    """Names and values; what is made anew for each mail only by its form."""
    head = mail.original.partition(b"\n\n")[0].decode()
    found = {}
    for name, value in re.findall(r"(?m)^([^\s:]+): ?(.*(?:\n[ \t].*)*)",
                                  head):
        name = name.lower()
        if name in ("date", "message-id"):
            value = "present"
        found.setdefault(name, []).append(value)
    return found


def body(mail):
    return mail.original.partition(b"\n\n")[2]


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("full", (True, False), ids=("full", "bare"))
def test_same(setting, home, run, msmtp, rcpt, name, full):
    rcpts = [rcpt, "second-" + rcpt]
    stdin = message(rcpt) if full else b"Subject: bare\n\n.dot\nbody\n"
    args = CALLS[name] + ["--", *rcpts]
    theirs = left_behind(setting, home, msmtp, args, stdin, rcpts)
    ours = left_behind(setting, home, run, args, stdin, rcpts)
    assert ours[0].code == theirs[0].code == 0, (ours[0], theirs[0])
    for mine, his in zip(ours[1], theirs[1]):
        assert mine.sender == his.sender
        assert mine.rcpts == his.rcpts
        assert headers(mine) == headers(his)
        assert body(mine) == body(his)
    mine, his = log_fields(ours[2]), log_fields(theirs[2])
    assert list(mine) == list(his), (ours[2], theirs[2])
    for key in ("host", "tls", "auth", "user", "from", "recipients",
                "smtpstatus", "exitcode"):
        assert mine[key] == his[key], key


def test_same_recipients_of_t(setting, home, run, msmtp, rcpt):
    rcpts = [rcpt, "cc-" + rcpt, "bcc-" + rcpt]
    stdin = ("From: alice@example.test\nTo: One <%s>\nCc: (two)\n %s\n"
             "Bcc: %s\nSubject: t\n\nbody\n" % tuple(rcpts)).encode()
    theirs = left_behind(setting, home, msmtp, ["-t"], stdin, rcpts)
    ours = left_behind(setting, home, run, ["-t"], stdin, rcpts)
    assert ours[0].code == theirs[0].code == 0, (ours[0], theirs[0])
    for mine, his in zip(ours[1], theirs[1]):
        assert (mine.sender, mine.rcpts) == (his.sender, his.rcpts)
        assert headers(mine) == headers(his)
    assert list(log_fields(ours[2])) == list(log_fields(theirs[2]))


def test_same_when_refused(setting, home, run, msmtp, rcpt):
    """A wrong password: same exit code, same keys in the log."""
    home.file(".secret", "wrong\n")
    theirs = left_behind(setting, home, msmtp, ["--", rcpt],
                         message(rcpt), [])
    ours = left_behind(setting, home, run, ["--", rcpt], message(rcpt), [])
    assert ours[0].code == theirs[0].code == 77, (ours[0], theirs[0])
    assert list(log_fields(ours[2])) == list(log_fields(theirs[2]))


def test_same_unknown_ca(setting, home, run, msmtp, rcpt):
    # msmtp wants /etc/hosts for localhost, and a small machine has none.
    home.rc(*account(setting, "postfix", "submissions",
                     "tls_trust_file " + setting.pki.other_ca,
                     "logfile ~/.msmtp.log", "host 127.0.0.1"))
    theirs = left_behind(setting, home, msmtp, ["--", rcpt],
                         message(rcpt), [])
    ours = left_behind(setting, home, run, ["--", rcpt], message(rcpt), [])
    assert ours[0].code == theirs[0].code == 69, (ours[0], theirs[0])
    assert list(log_fields(ours[2])) == list(log_fields(theirs[2]))
