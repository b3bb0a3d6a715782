# SPDX-License-Identifier: ISC
"""Accounts that are tried when one fails for now: who goes on to which, who
never does, and what is said of it."""
import email
import json
import re

import pytest

from servers.common import free_ports
from servers.scripted import Scripted
from support import log_fields

HELLO = ["S: 220 mail.test", "C: EHLO *", "S: 250 mail.test"]
TAKES = [*HELLO, "C: MAIL FROM:*", "S: 250 ok", "C: RCPT TO:*", "S: 250 ok",
         "C: DATA", "S: 354 go", "C.", "S: 250 taken", "C: QUIT", "S: 221 bye"]
MAIL = b"To: a@x.test\nSubject: s\n\nbody\n"


def account(name, port, *more):
    return ["account " + name, "host 127.0.0.1", "port %d" % port, "tls off",
            "auth off", "from %s@x.test" % name, *more]


@pytest.fixture
def closed():
    """A port at which nobody is."""
    return free_ports(1)[0]


@pytest.fixture
def go(home, run):
    """go(lines..., args) -> (result, lines of the log)"""
    def go(*lines, args=("-a", "one", "a@x.test"), mail=MAIL):
        home.rc("defaults", "logfile ~/log", *lines)
        done = run(list(args), mail)
        return done, [log_fields(line) for line in
                      home.read("log").splitlines()]
    return go


def mail_of(server):
    return email.message_from_bytes(
        server.received.partition(b"DATA\r\n")[2])


def test_no_server(go, closed):
    """Envelope and header are those of the account that sends."""
    with Scripted(TAKES) as server:
        done, log = go(*account("two", server.port),
                       *account("one", closed, "fallback two"))
    assert done.code == 0 and not done.err, done
    assert b"MAIL FROM:<two@x.test>" in server.received
    assert mail_of(server)["From"] == "two@x.test"
    assert [(r["from"], r["exitcode"]) for r in log] == [
        ("one@x.test", "EX_TEMPFAIL"), ("two@x.test", "EX_OK")]


def test_same_mail(go):
    """4yz at the end: the second server gets the mail with the same name."""
    first = [line.replace("250 taken", "451 later") for line in TAKES]
    with Scripted(first) as one, Scripted(TAKES) as two:
        done, _ = go(*account("two", two.port),
                     *account("one", one.port, "fallback two"))
    assert done.code == 0, done
    for name in ("Message-ID", "Date"):
        assert mail_of(one)[name] == mail_of(two)[name]
    assert mail_of(one)["From"] == "one@x.test"
    assert mail_of(two).get_all("From") == ["two@x.test"]


def test_sender_of_the_call_stays(go, closed):
    with Scripted(TAKES) as server:
        done, _ = go(*account("two", server.port),
                     *account("one", closed, "fallback two"),
                     args=("-a", "one", "-f", "me@y.test", "--user=x",
                           "--timeout=60", "a@x.test"))
    assert done.code == 0, done
    assert b"MAIL FROM:<me@y.test>" in server.received


@pytest.mark.parametrize("refused, code", (("", 65), ("on", 0)))
def test_refused(go, refused, code):
    """5yz is final, unless the account says otherwise."""
    first = [*HELLO, "C: MAIL FROM:*", "S: 250 ok", "C: RCPT TO:*",
             "S: 550 no", "C: QUIT", "S: 221 bye"]
    with Scripted(first) as one, Scripted(TAKES) as two:
        done, log = go(*account("two", two.port),
                       *account("one", one.port, "fallback two",
                                "fallback_refused " + (refused or "off")))
    assert done.code == code, done
    assert len(log) == (2 if refused else 1)
    assert bool(two.received) == bool(refused)


def test_in_doubt(go):
    """No answer to the end of the mail: it may have been sent."""
    first = TAKES[:TAKES.index("S: 250 taken")] + ["FIN"]
    with Scripted(first) as one, Scripted(TAKES) as two:
        done, log = go(*account("two", two.port),
                       *account("one", one.port, "fallback two",
                                "fallback_refused on"))
    assert done.code == 75 and len(log) == 1, done
    assert not two.received


def test_each_recipient(go):
    """Only who was put off goes on; who was taken or refused does not."""
    first = [*HELLO, "C: MAIL FROM:*", "S: 250 ok",
             "C: RCPT TO:<a@*", "S: 250 ok", "C: RCPT TO:<b@*", "S: 450 later",
             "C: RCPT TO:<c@*", "S: 550 no", *TAKES[TAKES.index("C: DATA"):]]
    with Scripted(first) as one, Scripted(TAKES) as two:
        done, log = go(*account("two", two.port),
                       *account("one", one.port, "fallback two"),
                       args=("-a", "one", "--json", "a@x.test", "b@x.test",
                             "c@x.test"))
    assert done.code == 65, done
    assert re.findall(rb"RCPT TO:<(.)", two.received) == [b"b"]
    assert [r["fate"] for r in json.loads(done.out)["recipients"]] == [
        "sent", "sent", "failed"]
    assert [(r["recipients"], r["exitcode"]) for r in log] == [
        ("a@x.test,b@x.test,c@x.test", "EX_DATAERR"), ("b@x.test", "EX_OK")]


def test_order_and_loops(go, closed):
    """Each account once: those that it names, then those that come next."""
    done, log = go(
        *account("one", closed, "fallback two, three,one"),
        *account("two", closed, "fallback four,one"),
        *account("three", closed, "fallback two"),
        *account("four", closed))
    assert done.code == 75, done
    assert [r["from"][:-len("@x.test")] for r in log] == [
        "one", "two", "four", "three"]
    assert done.err.count("cannot connect") == 1


def test_password_refused(go):
    """What goes wrong before the mail is not the mail's fault."""
    first = ["S: 220 mail.test", "C: EHLO *", "S: 250-mail.test",
             "S: 250 AUTH PLAIN", "C: AUTH PLAIN *", "S: 535 no", "C: QUIT",
             "S: 221 bye"]
    with Scripted(first) as one, Scripted(TAKES) as two:
        done, log = go(*account("two", two.port),
                       *account("one", one.port, "fallback two", "auth on",
                                "user me", "password x"))
    assert done.code == 0, done
    assert [r["exitcode"] for r in log] == ["EX_NOPERM", "EX_OK"]


def test_account_that_cannot_be_used(go, closed):
    """It is told, and the next one is tried."""
    with Scripted(TAKES) as server:
        done, log = go("account two", "from two@x.test",
                       *account("three", server.port),
                       *account("one", closed, "fallback two,three"))
    assert done.code == 0, done
    assert [r["exitcode"] for r in log] == [
        "EX_TEMPFAIL", "EX_CONFIG", "EX_OK"]
    assert "host is not set" in log[1]["errormsg"]


def test_nobody_of_that_name(home, run):
    home.rc("host h.test", "fallback other")
    done = run(["a@x.test"], MAIL)
    assert done.code == 78, done
    assert done.err.startswith("postrider: %s/.msmtprc: line 2: " % home.path)
    assert "other" in done.err


def test_not_as_sendmail(home, run):
    home.rc("host h.test")
    done = run(["--fallback=x", "a@x.test"], MAIL, "sendmail")
    assert done.code == 64, done
