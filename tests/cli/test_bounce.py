# SPDX-License-Identifier: ISC
"""The sender is told: with -oem at once, else when the queue gives up.  The
reports go through real servers and are read by Python's MIME library; what
they may look like is tests/cli/test_report.py's business."""
import mailbox
import os
import re
import time
import uuid
from email.utils import parsedate_to_datetime

import pytest

from reports import blocks, parse, text
from servers.scripted import Scripted
from support import account, local, message


@pytest.fixture
def sender():
    """A sender whose mail lands in the lab, too."""
    return "s%s@example.test" % uuid.uuid4().hex[:12]


def told(lab, sender):
    """The report that reached him."""
    got = lab.wait("postfix", sender)
    assert got.sender == "", got.raw
    return parse(got.original)


def submission(lab, *more):
    return account(lab, "postfix", "submission", *more)


# --- -oem: who has no queue ---------------------------------------------------

def test_mail_back(postfix, home, run, rcpt, sender):
    home.rc(*account(postfix, "postfix", "submission", "queue off"))
    sent = message(rcpt)
    done = run(["-oem", "-oi", "-f", sender, "--", rcpt,
                "nosuch@refused.test", "late@busy.test"], sent,
               argv0="sendmail")
    assert done.code == 65, done
    assert "nosuch@refused.test" in done.err
    assert postfix.wait("postfix", rcpt).original == sent
    mail = told(postfix, sender)
    assert mail["To"] == sender
    assert mail["In-Reply-To"] == "<%s>" % rcpt.replace("@", ".id@")
    assert mail["From"].addresses[0].addr_spec == "MAILER-DAEMON@example.test"
    said = " ".join(text(mail).split())
    assert "no such user here" in said and "mailbox busy" in said
    assert "localhost said:" in said
    found = {b["Final-Recipient"]: b for b in blocks(mail)[1:]}
    assert set(found) == {"rfc822; nosuch@refused.test",
                          "rfc822; late@busy.test"}
    assert found["rfc822; nosuch@refused.test"]["Status"] == "5.1.1"
    assert found["rfc822; nosuch@refused.test"]["Diagnostic-Code"].split(
    )[:3] == ["smtp;", "550", "5.1.1"]
    assert found["rfc822; late@busy.test"]["Status"] == "4.2.1"
    assert mail.get_payload(2).get_payload(0).as_bytes() == sent


def test_what_was_wished(postfix, home, run, sender):
    """-N, -R and -V say whether, how much, and under which name."""
    home.rc(*submission(postfix, "queue off"))
    sent = message("a+b@refused.test", b"secret\n")
    run(["-oem", "-f", sender, "-N", "never", "--", "a+b@refused.test"], sent,
        argv0="sendmail")
    done = run(["-oem", "-f", sender, "-N", "failure", "-R", "hdrs", "-V",
                "my+id", "--", "a+b@refused.test"], sent, argv0="sendmail")
    assert done.code == 65, done
    mail = told(postfix, sender)
    about, rcpt = blocks(mail)
    assert about["Original-Envelope-Id"] == "my+id"
    assert rcpt["Original-Recipient"] == "rfc822;a+b@refused.test"
    assert mail.get_payload(2).get_content_type() == "text/rfc822-headers"
    assert postfix.arrived("postfix", sender) == 0


@pytest.mark.parametrize("mode,code", (("m", 65), ("w", 65), ("e", 0)))
def test_mail_back_exit_code(postfix, home, run, sender, mode, code):
    home.rc(*submission(postfix, "queue off"))
    done = run(["-oe" + mode, "-f", sender, "--", "x@refused.test"],
               message("x@refused.test"), argv0="sendmail")
    assert done.code == code, done
    told(postfix, sender)


@pytest.mark.parametrize("letters", (["-oep"], ["-oeq"], []))
def test_not_asked_for(postfix, home, run, rcpt, sender, letters):
    """Nobody is written to; -oeq says nothing at all."""
    home.rc(*submission(postfix, "queue off"))
    done = run([*letters, "-f", sender, "--", "x@refused.test"],
               message("x@refused.test"), argv0="sendmail")
    assert done.code == 65, done
    assert bool(done.err) == (letters != ["-oeq"]), done
    run(["--", rcpt], message(rcpt))
    postfix.wait("postfix", rcpt)
    assert postfix.arrived("postfix", sender) == 0


def test_null_sender(postfix, home, run, rcpt):
    """A report is not reported: one connection, one transaction."""
    home.rc(*submission(postfix, "queue off", "set_from_header off"))
    before = len(postfix.log("postfix"))
    done = run(["-oem", "-f", "<>", "--", "x@refused.test"],
               message("x@refused.test"), argv0="sendmail")
    assert done.code == 65, done
    assert "could not be told" not in done.err
    run(["--", rcpt], message(rcpt))
    postfix.wait("postfix", rcpt)
    logged = postfix.log("postfix")[before:]
    assert logged.count("connect from") == 4, logged  # "disconnect from" too


def test_report_that_comes_back(home, run):
    """A report with a sender of its own: no loop comes of it."""
    sent = message("x@example.test", b"--a\n--a--\n",
                   "Auto-Submitted: auto-replied", "MIME-Version: 1.0",
                   "Content-Type: multipart/report; boundary=a")
    with Scripted(["S: 220 x", "C: EHLO *", "S: 250 x", "C: MAIL *",
                   "S: 250 ok", "C: RCPT *", "S: 550 no", "C: *",
                   "S: 221 bye"]) as server:
        home.rc(*local(server.port, "queue off"))
        done = run(["-oem", "--", "x@example.test"], sent, argv0="sendmail")
    assert done.code == 65, done
    assert server.received.count(b"MAIL FROM") == 1


def test_no_way_to_the_server(home, run):
    """Where nobody answers, a second attempt would only cost time."""
    home.rc(*local(1, "queue off"))
    done = run(["-oem", "--", "x@example.test"], message("x@example.test"),
               argv0="sendmail")
    assert done.code == 75, done
    assert done.err.count("cannot connect") == 1, done


# --- into a file --------------------------------------------------------------

def boxed(home, name="bounces"):
    """The reports in a mailbox, as Python's library reads it."""
    with open(os.path.join(home.path, name), "rb") as f:
        raw = f.read()
    assert raw.startswith(b"From ") and raw.endswith(b"\n\n")
    return list(mailbox.mbox(os.path.join(home.path, name)))


def test_mailbox(home, run):
    """bounce_mbox takes what nobody can be sent, also of the null sender;
    lines that begin with "From " make no new mail."""
    home.rc(*local(1, "queue off", "bounce_mbox ~/bounces"))
    body = b"one\nFrom here\n>From there\n\nFrom me\n"
    for sender in ("<>", "alice@example.test"):
        done = run(["-oem", "-f", sender, "--", "x@example.test"],
                   message("x@example.test", body), argv0="sendmail")
        assert done.code == 75, done
        assert "bounces" not in done.err
    mails = boxed(home)
    assert len(mails) == 2
    assert os.stat(os.path.join(home.path, "bounces")).st_mode & 0o777 == 0o600
    for mail in mails:
        assert mail.get_content_type() == "multipart/report"
        parts = mail.get_payload()
        assert len(parts) == 3
        said = parts[0].get_payload(decode=True).decode()
        assert "cannot connect" in said
        quoted = parts[2].get_payload(0).get_payload()
        assert re.sub("(?m)^>(>*From )", r"\1", quoted).encode() == body
    assert mails[1]["To"] == "alice@example.test"


@pytest.mark.parametrize("kind", ("link", "directory", "full"))
def test_mailbox_that_is_none(home, run, kind):
    """Nothing is written through a link, and the caller hears of it."""
    path = os.path.join(home.path, "bounces")
    if kind == "link":
        home.file("target", "")
        os.symlink("target", path)
    elif kind == "directory":
        os.mkdir(path)
    else:
        path = "/dev/full"
    home.rc(*local(1, "queue off", "bounce_mbox " + path))
    done = run(["-oem", "--", "x@example.test"], message("x@example.test"),
               argv0="sendmail")
    assert done.code == 75, done
    assert "the sender could not be told" in done.err, done
    assert home.read("target") == ""


def test_bounce_to(postfix, home, run, sender, rcpt):
    home.rc(*submission(postfix, "queue off", "bounce_to " + rcpt))
    done = run(["-oem", "-f", sender, "--", "x@refused.test"],
               message("x@refused.test"), argv0="sendmail")
    assert done.code == 65, done
    assert told(postfix, rcpt)["To"] == rcpt
    assert postfix.arrived("postfix", sender) == 0


# --- from the queue -----------------------------------------------------------

def queued_report(queue):
    """The report that waits in the queue, alone."""
    entry = queue.one()
    assert entry.fields["from"] == "<>"
    return entry, parse(entry.message)


REFUSED = ["S: 220 x", "C: EHLO *", "S: 250-x", "S: 250 DSN", "C: MAIL *",
           "S: 250 ok", "C: RCPT *", "S: 550 5.1.1 no such user", "C: *",
           "S: 250 bye"]


@pytest.mark.parametrize("mode,code", (("m", 65), ("e", 0)))
def test_mail_back_is_queued(home, run, queue, sender, mode, code):
    """With a queue the report is safe on disk before the caller goes on."""
    with Scripted(REFUSED) as server:
        home.rc(*local(server.port, "queue on-failure"))
        done = run(["-oe" + mode, "-f", sender, "--", "x@example.test"],
                   message("x@example.test"), argv0="sendmail")
    assert done.code == code, done
    entry, mail = queued_report(queue)
    assert entry.verdicts == {sender: "N"}
    assert entry.fields["account"] == "default"
    assert "no such user" in text(mail)
    assert mail["Message-ID"].startswith("<failed.")


@pytest.mark.parametrize("args,sender", (
    (["-oep"], "a@example.test"), (["-oem"], "<>"), ([], "a@example.test")))
def test_caller_hears_of_it(home, run, queue, args, sender):
    """Who is told by the exit code needs no mail, and who cannot be told by
    mail is told by it."""
    with Scripted(REFUSED) as server:
        home.rc(*local(server.port, "queue on-failure",
                       "set_from_header off"))
        done = run([*args, "-f", sender, "--", "x@example.test"],
                   message("x@example.test"), argv0="sendmail")
    assert done.code == 65, done
    assert not queue.names() and not queue.names("failed")


NO_DSN = ["S: 220 x", "C: EHLO *", "S: 250 x", "C: MAIL FROM:<*>",
          "S: 250 ok", "C: RCPT TO:<x@example.test>", "S: 250 ok", "C: DATA",
          "S: 354 go", "C.", "S: 250 2.0.0 queued as 42", "C: QUIT",
          "S: 221 bye"]


def test_relayed(home, run, queue, sender):
    """RFC 3461 5.2.2: the server knows no DSN; it gets the mail all the same,
    and we say where it went."""
    with Scripted(NO_DSN) as server:
        home.rc(*local(server.port, "queue on-failure"))
        done = run(["-N", "success,failure", "-V", "my-id", "-f", sender, "--",
                    "x@example.test"], message("x@example.test"),
                   argv0="sendmail")
    assert done.code == 0, done
    assert server.failure is None
    assert b"NOTIFY" not in server.received
    entry, mail = queued_report(queue)
    about, rcpt = blocks(mail)
    assert rcpt["Action"] == "relayed" and rcpt["Status"].startswith("2.")
    assert rcpt["Remote-MTA"] == "dns; [127.0.0.1]"
    assert about["Original-Envelope-Id"] == "my-id"
    assert "queued as 42" in text(mail)
    assert mail.get_payload(2).get_content_type() == "text/rfc822-headers"


@pytest.mark.parametrize("wish", ("failure", "delay", "never"))
def test_relayed_unasked(home, run, queue, wish):
    with Scripted(NO_DSN) as server:
        home.rc(*local(server.port, "queue on-failure"))
        done = run(["-N", wish, "--", "x@example.test"],
                   message("x@example.test"), argv0="sendmail")
    assert done.code == 0, done
    assert queue.names() == []


def test_without_a_queue_dsn_is_needed(home, run):
    """Nobody is there to tell the sender."""
    with Scripted(["S: 220 x", "C: EHLO *", "S: 250 x", "C: *",
                   "S: 221 bye"]) as server:
        home.rc(*local(server.port, "queue off"))
        done = run(["-N", "success", "--", "x@example.test"],
                   message("x@example.test"), argv0="sendmail")
    assert done.code == 69 and "DSN" in done.err, done


def late(queue, **cells):
    """The only mail that waits, with some cells of its head as said: as if it
    had waited."""
    entry = queue.one()
    with open(entry.path, "r+b") as f:
        for name, value in cells.items():
            at = entry.raw.index(b"\n%-10s" % name.encode()) + 11
            f.seek(at)
            f.write(str(value).rjust(
                len(entry.fields[name]), "0").encode())
    return entry


@pytest.mark.parametrize("door", ("submission", "strict", "old"))
def test_bounce(postfix, home, run, queue, sender, rcpt, door):
    """From the queue to the sender through a real server, also one that is
    strict about MIME or knows no 8 bits: who has the mail does not get it
    again, and one report tells of all who failed."""
    home.rc(*account(postfix, "postfix", door))
    sent = message(rcpt, "b\u00f6dy\n".encode(), "MIME-Version: 1.0",
                   "Content-Type: text/plain; charset=utf-8",
                   "Content-Transfer-Encoding: 8bit")
    done = run(["-odq", "-f", sender, "--", rcpt, "a@refused.test",
                "b@refused.test"], sent, argv0="sendmail")
    assert done.code == 0, done
    name = queue.one().id
    done = run(["--queue-run"])
    assert done.code == 0, done
    got = postfix.wait("postfix", rcpt)
    assert door == "old" or got.original == sent
    mail = told(postfix, sender)
    assert mail["Message-ID"] == "<failed.%s.1@example.test>" % name
    assert mail["In-Reply-To"] == "<%s>" % rcpt.replace("@", ".id@")
    assert sorted(b["Final-Recipient"] for b in blocks(mail)[1:]) == [
        "rfc822; a@refused.test", "rfc822; b@refused.test"]
    assert {b["Status"] for b in blocks(mail)[1:]} == {"5.1.1"}
    # 8 bits in it came through
    assert mail.get_payload(2).get_payload(0).get_content() == "b\u00f6dy\n"
    assert queue.names() == [] and queue.names("failed") == []
    assert postfix.arrived("postfix", rcpt) == 0
    # a last mail over the same way: nothing else is under way behind it
    run(["--", rcpt], message(rcpt))
    postfix.wait("postfix", rcpt)
    assert postfix.arrived("postfix", sender) == 0


def test_report_that_fails(postfix, home, run, queue):
    """The sender does not exist either: no loop, nothing is lost, and a person
    can see it."""
    home.rc(*submission(postfix))
    run(["-odq", "-f", "me@refused.test", "--", "a@refused.test"],
        message("a@refused.test"), argv0="sendmail")
    for _ in range(3):
        run(["--queue-run"])
    assert queue.names() == []
    entry = queue.one("failed")
    assert entry.fields["from"] == "<>"
    assert entry.verdicts == {"me@refused.test": "X"}
    assert parse(entry.message)["To"] == "me@refused.test"
    assert "given up" in run(["--mailq"]).out
    assert "could not be told" in run(["--queue-check"]).out


def test_null_sender_fails(postfix, home, run, queue):
    home.rc(*submission(postfix, "set_from_header off"))
    run(["-odq", "-f", "<>", "--", "a@refused.test"],
        message("a@refused.test"), argv0="sendmail")
    run(["--queue-run"])
    assert queue.names() == []
    entry = queue.one("failed")
    assert entry.message == message("a@refused.test")
    assert any("no sender" in line for line in entry.log), entry.log


def test_into_a_mailbox(postfix, home, run, queue, sender):
    home.rc(*submission(postfix, "bounce_mbox ~/bounces"))
    run(["-odq", "-f", sender, "--", "a@refused.test"],
        message("a@refused.test"), argv0="sendmail")
    assert run(["--queue-run"]).code == 0
    mails = boxed(home)
    assert len(mails) == 1 and mails[0]["To"] == sender
    assert queue.names() == [] and queue.names("failed") == []


def test_nobody_wants_to_know(postfix, home, run, queue, sender):
    """NOTIFY=NEVER."""
    home.rc(*submission(postfix))
    run(["-odq", "-N", "never", "-f", sender, "--", "a@refused.test"],
        message("a@refused.test"), argv0="sendmail")
    assert run(["--queue-run"]).code == 0
    assert queue.names() == [] and queue.names("failed") == []
    assert postfix.arrived("postfix", sender) == 0


def test_delay_notice(postfix, home, run, queue, sender):
    """Once, after four hours, and the mail goes on waiting."""
    home.rc(*submission(postfix))
    run(["-odq", "-f", sender, "--", "b@busy.test"], message("b@busy.test"),
        argv0="sendmail")
    entry = late(queue, waited=4 * 3600 - 10, tries=4, next=1,
                 last=int(time.time()) - 60)
    assert run(["--queue-run"]).code == 0
    mail = told(postfix, sender)
    rcpt = blocks(mail)[1]
    assert rcpt["Action"] == "delayed" and rcpt["Status"] == "4.2.1"
    left = parsedate_to_datetime(rcpt["Will-Retry-Until"]).timestamp() - \
        time.time()
    assert 4.5 * 86400 < left < 5 * 86400
    assert mail.get_payload(2).get_content_type() == "text/rfc822-headers"
    assert mail["Message-ID"].startswith("<delayed.%s.5@" % entry.id)
    assert queue.one().fields["told"] == "D"
    late(queue, next=1)
    assert run(["--queue-run"]).code == 0
    assert queue.names() == [entry.id]
    assert postfix.arrived("postfix", sender) == 0


@pytest.mark.parametrize("notify", ("failure", "never"))
def test_no_delay_notice(postfix, home, run, queue, sender, notify):
    home.rc(*submission(postfix))
    run(["-odq", "-N", notify, "-f", sender, "--", "b@busy.test"],
        message("b@busy.test"), argv0="sendmail")
    late(queue, waited=4 * 3600 - 10, tries=4, next=1,
         last=int(time.time()) - 60)
    assert run(["--queue-run"]).code == 0
    assert len(queue.names()) == 1
    assert postfix.arrived("postfix", sender) == 0


def test_given_up(postfix, home, run, queue, sender):
    """After five days and as many attempts, with the words of the last
    one."""
    home.rc(*submission(postfix))
    run(["-odq", "-f", sender, "--", "b@busy.test"], message("b@busy.test"),
        argv0="sendmail")
    late(queue, waited=5 * 86400 - 10, tries=9, next=1,
         last=int(time.time()) - 60)
    assert run(["--queue-run"]).code == 0
    mail = told(postfix, sender)
    assert mail["Message-ID"].startswith("<expired.")
    rcpt = blocks(mail)[1]
    assert rcpt["Action"] == "failed" and rcpt["Status"] == "4.2.1"
    assert "mailbox busy" in text(mail)
    assert queue.names() == [] and queue.names("failed") == []


def test_no_second_one(postfix, home, run, queue, sender):
    """A crash between the report and the verdict: the same report is found
    again by its name."""
    home.rc(*submission(postfix))
    run(["-odq", "-f", sender, "--", "a@refused.test"],
        message("a@refused.test"), argv0="sendmail")
    entry = queue.one()
    # the report waits as if it had not been sent yet, and so does the mail
    done = run(["--queue-run", "-d"])
    assert done.code == 0, done
    first = told(postfix, sender)
    with open(entry.path, "wb") as f:
        f.write(entry.raw)
    os.chmod(entry.path, 0o600)
    assert run(["--queue-run"]).code == 0
    second = told(postfix, sender)
    assert first["Message-ID"] == second["Message-ID"]
    assert queue.names() == []
