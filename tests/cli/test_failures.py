# SPDX-License-Identifier: ISC
"""Refusals by real servers: who gets the mail, the exit code, the words."""
import pytest

from support import LOG_LINE, account, log_fields, message

EX_DATAERR, EX_UNAVAILABLE, EX_TEMPFAIL, EX_NOPERM = 65, 69, 75, 77


@pytest.mark.parametrize("refused, code", (
    (["nosuch@example.test"], EX_DATAERR),
    (["defer@example.test"], EX_TEMPFAIL),
    (["nosuch@example.test", "defer@example.test"], EX_DATAERR),
))
@pytest.mark.parametrize("place", ("first", "last"))
def test_some_recipients_refused(exim, home, run, rcpt, refused, code, place):
    """The accepted ones get it, the others are named."""
    home.rc(*account(exim, "exim", "submission", "logfile ~/log"))
    rcpts = refused + [rcpt] if place == "first" else [rcpt] + refused
    sent = message(rcpt)
    done = run(["--", *rcpts], sent)
    assert done.code == code, done
    assert exim.wait("exim", rcpt).original == sent
    for name in refused:
        assert name in done.err
    assert rcpt not in done.err
    log = home.read("log").splitlines()
    assert len(log) == 1 and LOG_LINE.match(log[0]), log


@pytest.mark.parametrize("name, code, words", (
    ("nosuch@example.test", EX_DATAERR, "no such user here"),
    ("defer@example.test", EX_TEMPFAIL, "mailbox busy"),
))
def test_all_recipients_refused(exim, home, run, name, code, words):
    home.rc(*account(exim, "exim", "submission"))
    done = run(["--", name], message(name))
    assert done.code == code, done
    assert name in done.err and words in done.err
    assert done.out == ""


@pytest.mark.parametrize("server, auth", (
    ("postfix", "on"), ("postfix", "plain"), ("postfix", "login"),
    ("postfix", "scram-sha-1"), ("postfix", "scram-sha-256"),
    ("dovecot", "on"), ("dovecot", "plain"), ("exim", "plain"),
    ("exim", "login")))
def test_wrong_password(lab, request, home, run, rcpt, server, auth):
    if server != "dovecot":
        request.getfixturevalue(server)
    home.rc(*account(lab, server, "submission", "logfile ~/log",
                     password="wrong-horse", auth=auth))
    done = run(["--", rcpt], message(rcpt))
    assert done.code == EX_NOPERM, done
    assert "wrong-horse" not in done.err
    fields = log_fields(home.read("log"))
    assert fields["exitcode"] == "EX_NOPERM"
    assert lab.arrived(server, rcpt) == 0


@pytest.mark.parametrize("door", ("submission", "submissions"))
def test_unknown_ca(lab, home, run, rcpt, door):
    """TV-06: no octet of mail, and the password command is not even run."""
    mark = home.path + "/ran"
    home.rc(*account(lab, "dovecot", door, "logfile ~/log",
                     "tls_trust_file " + lab.pki.other_ca,
                     "passwordeval touch %s; echo wonderland" % mark,
                     password=""))
    done = run(["--", rcpt], message(rcpt))
    assert done.code == EX_UNAVAILABLE, done
    assert "certificate" in done.err
    assert home.read("ran") == "" and not __import__("os").path.exists(mark)
    assert log_fields(home.read("log"))["exitcode"] == "EX_UNAVAILABLE"


def test_wrong_name(lab, home, run, rcpt):
    """TV-10: the certificate is good, but for others."""
    lines = account(lab, "dovecot", "submission",
                    "tls_host_override other.example.test")
    home.rc(*lines)
    done = run(["--", rcpt], message(rcpt))
    assert done.code == EX_UNAVAILABLE, done
    assert "other.example.test" in done.err


@pytest.mark.parametrize("command", ("false", "exit 3", "true"))
def test_passwordeval_fails(lab, home, run, rcpt, command):
    """No password is no password: not an empty one."""
    home.rc(*account(lab, "dovecot", "submission", "logfile ~/log",
                     "passwordeval " + command, password=""))
    done = run(["--", rcpt], message(rcpt))
    assert done.code not in (0, EX_NOPERM), done
    assert "exitcode=EX_OK" not in home.read("log")
    assert lab.arrived("dovecot", rcpt) == 0


def test_passwordeval_does_not_eat_the_message(lab, home, run, rcpt):
    home.rc(*account(lab, "dovecot", "submission",
                     "passwordeval cat >/dev/null; echo wonderland",
                     password=""))
    sent = message(rcpt)
    done = run(["--", rcpt], sent)
    assert done.code == 0, done
    assert lab.wait("dovecot", rcpt).original == sent


def test_connection_refused(home, run, rcpt):
    from servers.common import free_ports
    home.rc("account default", "host 127.0.0.1",
            "port %d" % free_ports(1)[0], "tls off", "from a@example.test",
            "logfile ~/log")
    done = run(["--", rcpt], message(rcpt))
    assert done.code == EX_TEMPFAIL, done
    assert log_fields(home.read("log"))["exitcode"] == "EX_TEMPFAIL"


def test_words(exim, home, run):
    """What failed, what the server said, what to do: no more."""
    home.rc(*account(exim, "exim", "submission"))
    done = run(["--", "nosuch@example.test"], message("nosuch@example.test"))
    lines = done.err.splitlines()
    assert 1 < len(lines) <= 4, done
    assert lines[0].startswith("postrider: "), done
