# SPDX-License-Identifier: ISC
"""Which account is used for a mail, and what its settings come of."""
import os

import pytest

from servers.scripted import Scripted
from support import local, message

HEAD = b"From: me@home.test\nTo: t@x.test\n\nbody\n"
WORK = ("account work", "host w.test", "from *@work.test", "from me+x@w.test")
HOME = ("account home", "host h.test", "from me@home.test")
DEFAULT = ("account default : work",)
ASK = DEFAULT + ("from_header_chooses",)


@pytest.mark.parametrize("lines, args, chosen, why", (
    (WORK + HOME, [], "home", "From header"),
    (WORK + HOME + DEFAULT, [], "default", "default"),
    (WORK + HOME + ASK, [], "home", "From header"),
    (WORK + HOME + ASK, ["-f", "x@y.test"], "default", "default"),
    (WORK + HOME + ASK, ["-a", "work"], "work", ""),
    (WORK + HOME + ASK, ["-f", "a@work.test"], "work", "*@work.test"),
    (WORK + HOME + ASK, ["-f", "me+x+y@w.test"], "default", "default"),
    (WORK + HOME, ["-f", "me+list@home.test"], "home", "me@home.test"),
    (WORK + HOME, ["--read-envelope-from"], "home", "me@home.test"),
    (WORK + HOME + DEFAULT, ["-f", "ME@Home.Test"], "home", "me@home.test")))
def test_account(home, run, lines, args, chosen, why):
    home.rc(*lines)
    done = run(["--explain", *args, "t@x.test"], HEAD)
    assert done.code == 0, done
    assert "using account %s from %s/.msmtprc:%d\n" % (
        chosen, home.path, 1 + lines.index(
            "account " + chosen if chosen != "default" else DEFAULT[0])
    ) in done.out
    assert why in done.out


def test_environment_is_the_last_resort(home, run):
    env = {"SMTPSERVER": "s.test", "EMAIL": "me@env.test"}
    home.rc(*WORK)
    done = run(["--explain", "t@x.test"], HEAD, env=env)
    assert "host = s.test  # environment" in done.out, done
    home.rc(*WORK, *DEFAULT)
    done = run(["--explain", "t@x.test"], HEAD, env=env)
    assert "host = w.test" in done.out, done


def test_values_from_elsewhere(home, run):
    """A variable, a file and a credential; the command is left to the shell."""
    home.file("host", "127.0.0.1\n")
    os.mkdir(home.path + "/cred")
    home.file("cred/smtp", "wonder land\n", 0o400)
    dialogue = ["S: 220 mail.test", "C: EHLO *", "S: 250-mail.test",
                "S: 250 AUTH PLAIN",
                "C: AUTH PLAIN AG1lQHgudGVzdAB3b25kZXIgbGFuZA==", "S: 235 ok",
                "C: MAIL FROM:<me@x.test>*", "S: 250 ok", "C: RCPT TO:*",
                "S: 250 ok", "C: DATA", "S: 354 go", "C.", "S: 250 taken",
                "C: QUIT", "S: 221 bye"]
    with Scripted(dialogue) as server:
        home.rc("host ${file:~/host}", "port %d" % server.port, "auth on",
                'user "${WHO}@x.test" # who',
                "password ${credential:smtp}", "from ${WHO}@x.test")
        done = run(["t@x.test"], message("t@x.test"),
                   env={"WHO": "me",
                        "CREDENTIALS_DIRECTORY": home.path + "/cred"})
    assert done.code == 0 and not server.failure, (done, server.failure)


def test_value_that_is_not_there(home, run):
    """It stops the account that needs it, and no other."""
    home.rc(*local(9), "account other", "host 127.0.0.1", "user ${NOT_SET}",
            "port 9", "tls off")
    assert run(["t@x.test"], HEAD).code == 75
    done = run(["-a", "other", "t@x.test"], HEAD)
    assert done.code == 78, done
    assert ".msmtprc: line 9: " in done.err and "NOT_SET" in done.err
    assert run(["-a", "other", "--user=me", "t@x.test"], HEAD).code == 75


def test_parts_beside_the_file(home, run):
    home.rc("account one", "host one.test")
    os.mkdir(home.path + "/.msmtprc.d")
    path = home.file(".msmtprc.d/two.conf", "account two : one\nport 26\n")
    done = run(["--explain", "-a", "two"], HEAD)
    assert "host = one.test  # %s/.msmtprc:2" % home.path in done.out, done
    assert "port = 26  # %s:2" % path in done.out
    done = run(["--explain", "-a", "two", "-C", home.path + "/.msmtprc"],
               HEAD)
    assert done.code == 78, done
