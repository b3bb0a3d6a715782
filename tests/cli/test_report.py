# SPDX-License-Identifier: ISC
"""What a sender is told (RFC 3464, 6522, 6533): reports as an independent MIME
library reads them, whatever servers said and whoever was written to.

reportprobe is mail/report.h alone; tests/cli/test_bounce.py has the program."""
import email.utils
import os
import random
import re
import subprocess

import pytest

from reports import blocks, parse, text

FAILED, DELAYED, RELAYED = 0, 1, 2
# values of enum err_kind are the C program's business but for "none"
ORIGINAL = b"""From: Alice <alice@example.test>
To: bob@example.com
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= from here
Date: Sat, 21 Nov 2026 10:00:00 +0000
Message-ID: <1@example.test>

--hello
From here on, text.
.
"""


@pytest.fixture(scope="session")
def probe(program):
    return os.path.join(os.path.dirname(program), "tests/report/reportprobe")


@pytest.fixture
def report(probe, tmp_path):
    """report(rcpts, original=, language=, **words): the parsed report and its
    octets.  A recipient is a dict of the probe's words; the first is rcpt."""
    def make(rcpts, original=ORIGINAL, language=None, **words):
        path = tmp_path / "mail"
        path.write_bytes(original)
        about = dict(id="abc123", attempt="7", host="laptop.example.test",
                     domain="example.test", to="alice@example.test")
        about.update(words)
        lines = []
        for word, value in list(about.items()) + [
                pair for rcpt in rcpts for pair in rcpt.items()]:
            if isinstance(value, str):
                value = value.encode()
            lines.append("%s %s\n" % (word, value.hex()))
        env = dict(os.environ, LC_ALL="C")
        if language:
            env.update(LC_ALL="C.UTF-8", LANGUAGE=language)
        done = subprocess.run([probe, str(path)], input="".join(
            lines).encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=env, timeout=60)
        assert done.returncode == 0, (done.returncode, done.stderr)
        assert done.stderr == b""
        return parse(done.stdout), done.stdout
    return make


def bob(**words):
    return dict(dict(rcpt="bob@example.com", action=str(FAILED), code="550",
                     status="5.1.1", said="5.1.1 No such user here",
                     remote="mail.example.com"), **words)


def test_whole(report):
    mail, data = report([bob()], full="1", envid="QQ314159")
    assert mail["From"] == "Mail delivery <MAILER-DAEMON@example.test>"
    assert mail["To"] == "alice@example.test"
    assert mail["Subject"] == \
        "Your mail was not delivered: Gr\u00fc\u00dfe from here"
    assert mail["In-Reply-To"] == mail["References"] == "<1@example.test>"
    assert mail["Message-ID"] == "<failed.abc123.7@example.test>"
    said = text(mail)
    for words in ("bob@example.com", "mail.example.com said:",
                  "550 5.1.1 No such user here", "typing error",
                  "Sat, 21 Nov 2026 10:00:00 +0000", "<1@example.test>",
                  "The mail itself is attached"):
        assert words in said, said
    assert "Gr\u00fc\u00dfe from here" in said
    assert max(map(len, said.split("\n"))) <= 78
    about, rcpt = blocks(mail)
    assert dict(about.items()) == {
        "Reporting-MTA": "dns; laptop.example.test",
        "Original-Envelope-Id": "QQ314159",
        "Arrival-Date": about["Arrival-Date"]}
    assert email.utils.parsedate_to_datetime(
        about["Arrival-Date"]).timestamp() == 1795286400
    assert dict(rcpt.items()) == {
        "Final-Recipient": "rfc822; bob@example.com", "Action": "failed",
        "Status": "5.1.1", "Remote-MTA": "dns; mail.example.com",
        "Diagnostic-Code": "smtp; 550 5.1.1 No such user here",
        "Final-Log-ID": "abc123"}
    assert mail.get_payload(2).get_content_type() == "message/rfc822"
    assert ORIGINAL in data


def test_header_only(report):
    mail, data = report([bob(orcpt="rfc822;bobby@example.com")])
    assert blocks(mail)[1]["Original-Recipient"] == "rfc822;bobby@example.com"
    part = mail.get_payload(2)
    assert part.get_content_type() == "text/rfc822-headers"
    assert part.get_content() == ORIGINAL.decode().split("\n\n")[0] + "\n"
    assert b"From here on" not in data
    assert "The header of the mail is attached" in text(mail)


def test_several(report):
    """One report for all, each with his own words; those who are the same
    thing come together."""
    mail, _ = report([
        bob(), bob(rcpt="carol@example.com", action=str(DELAYED), code="451",
                   status="4.7.1", said="4.7.1 Greylisted"),
        bob(rcpt="dan@example.com", action=str(RELAYED), code="250",
            status="2.0.0", said="2.0.0 queued as 42"),
        bob(rcpt="eve@example.com", code="552", status="5.2.2",
            said="5.2.2 full")])
    said = text(mail)
    at = [said.index(name) for name in ("bob@", "eve@", "carol@", "dan@")]
    assert at == sorted(at), said
    assert "these recipients" in said
    assert "another 4 days" in said
    assert "mailbox is full" in said
    assert [(b["Action"], b["Status"]) for b in blocks(mail)[1:]] == [
        ("failed", "5.1.1"), ("delayed", "4.7.1"), ("relayed", "2.0.0"),
        ("failed", "5.2.2")]
    assert mail["Subject"].startswith("Your mail was not delivered")


def test_delay(report):
    mail, _ = report([bob(action=str(DELAYED), code="450", status="4.2.1",
                          said="4.2.1 busy")])
    assert mail["Subject"].startswith("Your mail is delayed")
    rcpt = blocks(mail)[1]
    assert email.utils.parsedate_to_datetime(
        rcpt["Will-Retry-Until"]).timestamp() == 1795718400
    assert "You need not do anything" in text(mail)


def test_no_server_spoke(report):
    """Our own words, and that we gave up."""
    mail, _ = report([dict(
        rcpt="bob@example.com", action=str(FAILED), kind="19", expired="1",
        text="cannot connect to smtp.example.com, port 587",
        detail="192.0.2.1: connection refused",
        hint="Is the server up?")])
    rcpt = blocks(mail)[1]
    assert rcpt["Remote-MTA"] is None
    assert rcpt["Diagnostic-Code"].startswith("X-postrider; ")
    assert rcpt["Status"].startswith("4.")
    for words in ("tried for 3 hours", "cannot connect to smtp.example.com",
                  "connection refused", "Is the server up?"):
        assert words in text(mail), text(mail)


def test_smtputf8(report):
    """RFC 6533: the parts of an internationalised report."""
    original = ORIGINAL.replace(b"To: bob@example.com",
                                "To: b\u00f6b@b\u00fccher.example".encode())
    mail, data = report([bob(rcpt="b\u00f6b@b\u00fccher.example"),
                         bob(rcpt="carol@b\u00fccher.example")],
                        original=original, full="1")
    assert mail.get_payload(1).get_content_type() == \
        "message/global-delivery-status"
    assert mail.get_payload(2).get_content_type() == "message/global"
    assert [b["Final-Recipient"] for b in blocks(mail)[1:]] == [
        "utf-8; b\u00f6b@b\u00fccher.example",
        "rfc822; carol@xn--bcher-kva.example"]
    mail, data = report([bob(rcpt="b\u00f6b@example.com")], original=original)
    part = mail.get_payload(2)
    assert part.get_content_type() == "message/global-headers"
    raw = data.split(b"\n\n", 1)[0]
    assert raw.isascii(), raw


def test_octets_that_are_no_text(report):
    """A header in Latin-1, a body in whatever it is: returned as they were."""
    original = ORIGINAL.replace(b"from here", b"from h\xe8re") + b"\xff\xfe\n"
    mail, data = report([bob()], original=original, full="1")
    assert mail.get_payload(2).get_content_type() == "message/rfc822"
    assert mail.get_payload(2)["Content-Transfer-Encoding"] == "8bit"
    assert original in data
    mail, data = report([bob()], original=original)
    part = mail.get_payload(2)
    assert part["Content-Transfer-Encoding"] == "quoted-printable"
    assert part.get_payload(decode=True) == \
        original.split(b"\n\n")[0] + b"\n"


def test_many(report):
    """A hundred are told to the person, all to the program."""
    mail, _ = report([bob(rcpt="r%d@example.com" % n) for n in range(1500)])
    assert "1400 more recipients" in text(mail)
    assert len(blocks(mail)) == 1501


def test_the_same_id_again(report):
    first, _ = report([bob()])
    second, _ = report([bob(code="551", status="5.1.6")])
    other, _ = report([bob()], attempt="8")
    assert first["Message-ID"] == second["Message-ID"] != other["Message-ID"]
    assert first.get_boundary() != second.get_boundary()


NASTY = [
    b"\r\nX-Evil: 1\r\n\r\nbody", b"\n\n--=_0\nContent-Type: text/html\n\n<b>",
    b"\x1b]0;pwn\x07\x1b[2J", b"\x9b31m", b"\x08\x08\x08", "\u202eevil",
    b"\xff\xfe\x80", b"a" * 4096, b"%n%s%n%s", b"=?utf-8?q?=0AX-Evil:_1?=",
    b"\\r\\n\\\\", b".", b"\t tab", "\u00e4\u00f6\u00fc \u4e2d\u6587 \U0001f600",
    b"", b" ", b"--", b"\n\n\n", b"(comment \" unbalanced <", b";;;",
    "\u2028\u2029\u0085", b"\x7f", b" word" * 700, "\u4e2d".encode() * 800,
    b"From \n>From ", b"\x01\x02\x03"]


def nasty(rng):
    words = [w if isinstance(w, bytes) else w.encode() for w in NASTY]
    picked = b"".join(rng.choice(words) for _ in range(rng.randint(1, 3)))
    if rng.random() < .5:
        picked += rng.randbytes(rng.randint(0, 60))
    return picked.replace(b"\0", b"")


def check_shown(said):
    """Nothing that a terminal would obey."""
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e"
                         "\u200f\u202a-\u202e\u2066-\u2069\ufeff]", said), \
        repr(said)


@pytest.mark.parametrize("seed", range(250))
def test_nothing_breaks_the_parts(report, seed):
    """Hostile replies, names and mails (LG-01, LG-07)."""
    rng = random.Random(seed)
    rcpts = []
    for n in range(rng.randint(1, 3)):
        rcpt = bob(rcpt=nasty(rng) + b"@example.com", action=str(n % 3))
        for word in ("said", "remote", "orcpt", "text", "detail", "hint"):
            if rng.random() < .6:
                rcpt[word] = nasty(rng)
        if rng.random() < .4:
            rcpt.update(code="0", kind="19")
        rcpts.append(rcpt)
    subject = nasty(rng).replace(b"\n", b"").replace(b"\r", b"")
    original = b"Subject: " + subject + b"\nMessage-ID: " + nasty(
        rng).replace(b"\n", b"").replace(b"\r", b"") + \
        b"\nX: y\n\n" + nasty(rng) * rng.randint(0, 5)
    words = {}
    if rng.random() < .5:
        words["envid"] = nasty(rng)
    mail, _ = report(rcpts, original=original, host=nasty(rng),
                     full=rng.choice("01"),
                     language=rng.choice((None, "de")), **words)
    assert "X-Evil" not in mail.keys()
    check_shown(text(mail))
    found = blocks(mail)
    assert len(found) == 1 + len(rcpts)
    assert set(found[0].keys()) <= {
        "Reporting-MTA", "Original-Envelope-Id", "Arrival-Date"}
    for block in found[1:]:
        assert len(block.keys()) == len(set(block.keys()))
        assert set(block.keys()) <= {
            "Original-Recipient", "Final-Recipient", "Action", "Status",
            "Remote-MTA", "Diagnostic-Code", "Will-Retry-Until",
            "Final-Log-ID"}
        assert block["Action"] in ("failed", "delayed", "relayed")
        assert re.fullmatch(r"[245]\.\d{1,3}\.\d{1,3}", block["Status"])
