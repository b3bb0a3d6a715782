# SPDX-License-Identifier: ISC
"""Names without a domain, senders that are forced, aliases in headers, and
lines with a dot: what leaves, seen with --dry-run and by a real Postfix."""
import os
import pty
import subprocess

import pytest

from support import account, local, message

CRON = (b"From: root (Cron Daemon)\nTo: root\nSubject: Cron <root@box> x\n"
        b"Content-Type: text/plain; charset=UTF-8\n"
        b"Auto-Submitted: auto-generated\nX-Cron-Env: <HOME=/root>\n\nout\n")


class Dry:
    """What --dry-run shows: sender, recipients, header lines, body."""

    def __init__(self, done):
        assert done.code == 0, done
        text = done.out.replace("\r", "")
        envelope, _, mail = text.partition("DATA\n")
        self.sender = envelope.split("<")[1].split(">")[0]
        self.rcpts = [line.split("<")[1].split(">")[0]
                      for line in envelope.splitlines()
                      if line.startswith("RCPT")]
        head, _, body = mail.partition("\n\n")
        self.head = head.split("\n")
        assert body.endswith("\n.\n") or body == ".\n"
        self.body = body[:-2]

    def field(self, name):
        return [line.partition(":")[2].strip() for line in self.head
                if line.lower().startswith(name.lower() + ":")]


@pytest.fixture
def dry(run, home):
    """dry([lines of the account...], [args...], mail) -> Dry"""
    def dry(lines, args, mail=CRON):
        home.rc(*local(9, *lines))
        return Dry(run(["--dry-run=8BITMIME", *args], mail))
    return dry


def test_names_are_completed(dry):
    got = dry(["qualify_domain box.example.test"], ["-t", "-f", "root"])
    assert got.sender == "root@box.example.test"
    assert got.rcpts == ["root@box.example.test"]
    assert got.field("From") == ["root@box.example.test (Cron Daemon)"]
    assert got.field("To") == ["root@box.example.test"]
    assert got.field("Subject") == ["Cron <root@box> x"]


@pytest.mark.parametrize("given, sender", (
    ("Joe <joe@x.test>", "joe@x.test"), ("<joe@x.test>", "joe@x.test"),
    ("joe@x.test (Joe)", "joe@x.test"), ("\"joe\"@x.test", "joe@x.test"),
    ("", ""), ("<>", ""), ("joe", "joe@d.test")))
def test_sender_as_in_a_header(dry, given, sender):
    got = dry(["qualify_domain d.test"], ["-f", given, "r@x.test"])
    assert got.sender == sender


@pytest.mark.parametrize("given", (
    "a@x.test SIZE=1", "a@x.test,b@x.test", "a@x.test>", "a@x\r\n (c)",
    "Joe <joe@x.test>\n", "Joe", "a b"))
def test_sender_that_is_none(run, home, given):
    home.rc(*local(9))
    done = run(["--dry-run", "-f", given, "r@x.test"], CRON)
    assert (done.code == 65) == (given != "Joe"), done


def test_names_stay_where_nobody_asked(dry):
    got = dry([], ["-t", "-f", "root"])
    assert (got.sender, got.rcpts) == ("root", ["root"])
    assert got.field("From") == ["root (Cron Daemon)"]
    assert dry(["qualify_domain off"], ["-t"]).rcpts == ["root"]


@pytest.mark.parametrize("lines, domain", (
    (["maildomain mail.example.test", "domain ehlo.example.test"],
     "mail.example.test"),
    (["domain ehlo.example.test"], "ehlo.example.test")))
def test_domain_is_found(dry, lines, domain):
    """`from`'s domain is never taken: pi@gmail.com is somebody else."""
    if os.path.exists("/usr/local/etc/mailname"):
        domain = lines[0].split()[1] if "maildomain" in lines[0] else None
    got = dry(["qualify_domain auto", *lines], ["-t"])
    if domain:
        assert got.rcpts == ["root@" + domain]
    assert got.sender == "alice@example.test"


def test_a_domain_that_is_none(run, home):
    home.rc(*local(9, "qualify_domain a b"))
    done = run(["--dry-run", "-t"], CRON)
    assert done.code == 78 and "qualify_domain" in done.err


@pytest.mark.parametrize("field, want", (
    ("From: root", "root@d.test"),
    ("From: Anacron <root>", "Anacron <root@d.test>"),
    ("From: \"(Cron Daemon)\" <root>", "\"(Cron Daemon)\" <root@d.test>"),
    ("From: Fail2Ban <fail2ban>", "Fail2Ban <fail2ban@d.test>"),
    ("From: mdadm monitoring <root>", "mdadm monitoring <root@d.test>"),
    ("From: J\u00f6 <joe>", "J\u00f6 <joe@d.test>"),
    ("Sender: root", "root@d.test"), ("Reply-To: root", "root@d.test"),
    ("Cc : ann, \"B, C\" <bob>", "ann@d.test, \"B, C\" <bob@d.test>"),
    ("To: g: ann, b@x.test;, bob",
     "g: ann@d.test, b@x.test;, bob@d.test"),
    ("Resent-To: ann", "ann@d.test"),
    ("X-Other: root", "root")))
def test_every_form_of_name(dry, field, want):
    name, _, value = field.partition(":")
    got = dry(["qualify_domain d.test", "headers_8bit send"], ["r@x.test"],
              ("%s\nSubject: s\n\nb\n" % field).encode())
    assert [line.partition(":")[2].strip() for line in got.head
            if line.startswith(name)] == [want]


def test_no_letter_is_expanded_in_what_callers_give(dry):
    got = dry(["from %U@example.test", "qualify_domain d.test"],
              ["-f", "%U%H", "%F@x.test"])
    assert got.sender == "%U%H@d.test"
    assert got.rcpts == ["%F@x.test"]
    assert dry(["from %U@example.test"], ["-t"]).sender == \
        "tester@example.test"


@pytest.mark.parametrize("mode, reply_to", (
    ("on", []), ("reply_to", ["joe@x.test (Joe)"])))
def test_forced_sender(dry, mode, reply_to):
    got = dry(["force_from " + mode], ["-f", "joe@x.test", "r@x.test"],
              b"From: joe@x.test (Joe)\nSender: me@x.test\nTo: r@x.test\n\n.")
    assert got.sender == "alice@example.test"
    assert got.field("From") == ["alice@example.test (Joe)"]
    assert got.field("Reply-To") == reply_to
    assert got.field("Sender") == []


@pytest.mark.parametrize("head, author, reply_to", (
    ("From: a@x.test, b@x.test\n", "alice@example.test",
     ["a@x.test, b@x.test"]),
    ("From: Alice <ALICE@example.test>\n", "Alice <ALICE@example.test>", []),
    ("From: Joe <joe>\nReply-To: c@x.test\n", "Joe <alice@example.test>",
     ["c@x.test"]),
    ("From: nobody knows\n", "alice@example.test", []),
    ("", "alice@example.test", [])))
def test_forced_author(dry, head, author, reply_to):
    got = dry(["force_from reply_to"], ["r@x.test"],
              (head + "Subject: s\n\nb\n").encode())
    assert got.field("From") == [author]
    assert got.field("Reply-To") == reply_to


def test_forced_sender_leaves_reports_alone(dry):
    got = dry(["force_from on"], ["-f", "<>", "r@x.test"])
    assert got.sender == ""
    assert got.field("From") == ["alice@example.test (Cron Daemon)"]


def test_forced_sender_may_be_any_of_the_account(dry):
    lines = ["from *@mine.test", "force_from on"]
    got = dry(lines, ["-f", "joe+x@mine.test", "r@x.test"],
              b"From: Ann <ann@mine.test>\nSender: joe@mine.test\n\nb\n")
    assert got.sender == "joe+x@mine.test"
    assert got.field("From") == ["Ann <ann@mine.test>"]
    got = dry(lines, ["-f", "joe@mine.tests", "r@x.test"])
    assert got.sender == "alice@example.test"
    assert got.field("From") == ["alice@example.test (Cron Daemon)"]


def test_forced_sender_needs_one(run, home):
    home.rc("account default", "host localhost", "force_from on")
    done = run(["--dry-run", "r@x.test"], CRON)
    assert done.code == 78 and "force_from" in done.err


def test_fields_that_say_nothing(dry):
    """PHP's mail("") writes an empty To; RFC 5322 has no such field."""
    got = dry([], ["r@x.test"], b"From:\nTo: \nCc:\n \nDate:\t\n"
              b"Message-ID: \nSubject:\n\nb\n")
    assert got.field("From") == ["alice@example.test"]
    assert got.field("To") == got.field("Cc") == []
    assert len(got.field("Date")) == len(got.field("Message-ID")) == 1
    assert got.field("Date")[0] and got.field("Message-ID")[0]
    assert got.field("Subject") == [""]
    got = dry(["set_from_header off", "set_date_header off"], ["r@x.test"],
              b"From:\nDate:\n\nb\n")
    assert got.field("From") == got.field("Date") == [""]


def test_aliases_in_headers(dry, home):
    home.file("aliases", "root: admin@x.test\nall: a@x.test, b@x.test\n")
    lines = ["aliases ~/aliases", "local_domains box.test",
             "qualify_domain d.test"]
    mail = (b"From: root\nTo: root, Root <root@box.test>, all, joe\n"
            b"Subject: s\n\nb\n")
    got = dry(lines, ["-t"], mail)
    assert got.rcpts == ["admin@x.test", "a@x.test", "b@x.test",
                         "joe@d.test"]
    assert got.field("To") == ["root@d.test, Root <root@box.test>, "
                               "all@d.test, joe@d.test"]
    got = dry(lines + ["aliases_in_headers on"], ["-t"], mail)
    assert got.field("To") == ["admin@x.test, Root <admin@x.test>, "
                               "all@d.test, joe@d.test"]
    assert got.field("From") == ["root@d.test"]


@pytest.mark.parametrize("dots, args, body, left", (
    (None, [], "a\n.\nb\n.\n", "a\n..\nb\n..\n"),
    ("auto", [], "a\n.\nb\n.\n", "a\n..\nb\n"),
    ("auto", ["-i"], "a\n.\nb\n.\n", "a\n..\nb\n..\n"),
    ("auto", ["-oi"], "a\n.", "a\n..\n"),
    ("sendmail", [], "a\n..b\n.\nb\n.\n", "a\n..b\n"),
    ("sendmail", ["-oitrue"], "..b\n.\nb\n", "...b\n..\nb\n"),
    ("off", [], "a\n.\n", "a\n..\n")))
def test_dots(dry, dots, args, body, left):
    """What leaves is stuffed again (RFC 5321 4.5.2)."""
    got = dry(["dots " + dots] if dots else [], [*args, "r@x.test"],
              ("To: r@x.test\n\n" + body).encode())
    assert got.body == left


# --- as sendmail, into a real server ----------------------------------------

@pytest.fixture
def ready(postfix, home):
    home.rc(*account(postfix, "postfix", "submission",
                     "qualify_domain example.test"))
    return postfix


def test_cron_through_a_server(ready, run, rcpt):
    name = rcpt.partition("@")[0]
    done = run(["-FCronDaemon", "-i", "-B8BITMIME", "-oem", name],
               CRON.replace(b"To: root", b"To: " + name.encode()),
               argv0="sendmail")
    assert (done.code, done.out, done.err) == (0, "", "")
    got = ready.wait("postfix", rcpt)
    assert got.header("From") == ["root@example.test (Cron Daemon)"]
    assert got.header("To") == [rcpt]
    assert got.sender == "alice@example.test"


def test_anacron_keeps_its_dots(ready, run, rcpt):
    name = rcpt.partition("@")[0]
    done = run(["-FAnacron", "-odi", "%s,second-%s" % (name, rcpt)],
               b"From: Anacron <root>\nTo: %s\nSubject: s\n\none\n.\ntwo\n"
               % name.encode(), argv0="sendmail")
    assert done.code == 0, done
    for who in (rcpt, "second-" + rcpt):
        got = ready.wait("postfix", who)
        assert got.original.endswith(b"\n\none\n.\ntwo\n")
        assert got.header("From") == ["Anacron <root@example.test>"]


def test_no_fixups(ready, run, rcpt):
    """-G: nothing is added; what must not leave goes all the same."""
    done = run(["-G", "-oi", "-f", "bob", "--", rcpt],
               b"From: root\nBcc: secret@x.test\nSubject: s\n\nb\n",
               argv0="sendmail")
    assert done.code == 0, done
    got = ready.wait("postfix", rcpt)
    assert got.sender == "bob@example.test"
    assert b"secret" not in got.original
    assert got.header("From") == ["root"]
    assert got.header("Message-ID") == []


def test_a_person_ends_with_a_dot(ready, program, environment, home, rcpt):
    """On a terminal; what the person types after it is not read."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        ["sendmail", "--", rcpt], executable=program, stdin=theirs,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
        cwd=home.path)
    os.close(theirs)
    os.write(ours, message(rcpt, b"typed\n.\n"))
    out, err = child.communicate(timeout=60)
    os.close(ours)
    assert (child.returncode, out, err) == (0, b"", b"")
    assert ready.wait("postfix", rcpt).original == message(rcpt, b"typed\n")


def test_refusal_of_a_bare_name_says_what_to_do(exim, run, home):
    home.rc(*account(exim, "exim", "submission"))
    done = run(["root"], CRON)
    assert done.code == 65 and "qualify_domain" in done.err, done


def test_explain_tells_who_forces(run, home):
    home.rc(*local(9, "force_from on"))
    done = run(["--explain", "-f", "joe@x.test", "r@x.test"])
    assert "from = alice@example.test  # %s/.msmtprc:6" % home.path \
        in done.out
    done = run(["--explain", "-f", "alice+x@example.test", "r@x.test"])
    assert "from = alice+x@example.test  # command line" in done.out
