# SPDX-License-Identifier: ISC
"""Difficult messages at a strict server and at one that has no extensions:
both accept them, and what arrives decodes to what was sent.  The judge is
Python's email package, which knows nothing of ours."""
import base64
import email
import email.header
import email.utils
import re

import pytest

from servers.scripted import Scripted
from support import account, local, message, normalised

# Octets that mean something in one place or another.
PNG = bytes(range(256)) * 3 + b"\r\n\n\r\0--out\r\n" + b"\x89PNG\r\n\x1a\n"
LONG = b"word " * 400


def head(*lines):
    return b"\n".join([b"MIME-Version: 1.0", *lines]) + b"\n"


def parts(boundary, *bodies, close=True, kind=b"mixed", extra=()):
    """A multipart: its header and its body."""
    text = b"Content-Type: multipart/" + kind + b"; boundary=\"" + boundary + \
        b"\"\n" + b"".join(e + b"\n" for e in extra) + b"\n"
    for body in bodies:
        text += b"--" + boundary + b"\n" + body + b"\n"
    return text + (b"--" + boundary + b"--\n" if close else b"")


def leaf(kind, coding, body):
    return b"Content-Type: " + kind + b"\nContent-Transfer-Encoding: " + \
        coding + b"\n\n" + body


def u(text):
    return text.encode()


TEXT8 = leaf(b"text/plain; charset=utf-8", b"8bit",
             u("Grüße = 1\n--out\n.\nFrom here \n\ttab\t\nzwei  \n"))
BINARY = leaf(b"image/png; name=x.png", b"binary", PNG)
SIGNED = parts(b"sig", b"Content-Type: text/plain\n\nsigned  \n.\n",
               leaf(b"application/pgp-signature", b"7bit", b"abc\n"),
               kind=b"signed")
NESTED = TEXT8
for level in range(20):
    NESTED = parts(b"n%d" % level, NESTED)

# Each: header lines and all that follows.
MESSAGES = {
    "no-mime-utf8": u("Subject: Grüße aus München\n\nGrüße, 郵便\n"),
    "no-mime-latin1": b"Subject: caf\xe9 cr\xe8me\n\ncaf\xe9 = \xe9\n",
    "no-mime-long-line": b"Subject: long\n\n" + LONG + b"\nend\n",
    "subject-cjk": u("Subject: " + "郵便" * 60 + " und mehr\n\nx\n"),
    "subject-mixed": u("Subject: eins =?utf-8?q?zw=C3=B6lf?= drei ünf  sechs "
                       "sieben =?utf-8?q?acht?=\n\nx\n"),
    "subject-folded": u("Subject: Ein langer Betreff\n mit Umläuten\n"
                        "\tund ümit\n\nx\n"),
    "names": u('Reply-To: Jürgen Groß <a@b.example>, "Ü, Ä" <c@d.example>, '
               '(Kommentär) e@f.example,\n g@h.example (Käse und Brot), '
               'Größe: i@j.example, <k@l.example>;\n\nx\n'),
    "idn": u('Reply-To: A <a@bücher.example>, b@xn--bcher-kva.example,'
             'c@münchen.example\n\nx\n'),
    "long-header": b"Reply-To: " + b",".join(
        b"user%d@host%d.example" % (i, i) for i in range(200)) +
        b"\nComments: " + b"x" * 3000 + b" " + b"y " * 900 + b"\n\nx\n",
    "message-ids": u("References: <é@x.example> <b@x.example>\n\nx\n"),
    "text-8bit": head() + TEXT8,
    "text-cjk": head() + leaf(b"text/html; charset=utf-8", b"8bit",
                              u("<p>郵便 郵便 郵便</p>\n" * 200)),
    "text-latin1": head() + leaf(b"text/plain; charset=iso-8859-1", b"8bit",
                                 b"caf\xe9\n" * 50),
    "binary": head() + BINARY,
    "multipart": head() + parts(b"out", TEXT8.replace(b"--out", b"--oud"),
                                BINARY.replace(b"--out", b"--oud"),
                                b"\nno header\n", extra=(
                                    b"Content-Transfer-Encoding: 8bit",)),
    "same-prefix": head() + parts(
        b"abc", parts(b"abcd", TEXT8, b"\n--ab\n--abcde\n--abc-\n--abc x\n",
                      leaf(b"text/plain", b"8bit", u("é"))), TEXT8),
    "not-closed": head() + parts(
        b"a", parts(b"b", TEXT8, TEXT8, close=False), TEXT8, close=False),
    "margins": head() + parts(b"m", TEXT8).replace(
        b"\n\n", u("\n\npréambule\n") + LONG + b"\n", 1) + u("épilogue é\n"),
    "message": head() + parts(b"m", b"Content-Type: message/rfc822\n"
                              b"Content-Transfer-Encoding: 8bit\n\n" +
                              u("From: Jürgen <a@b.example>\nSubject: é\n") +
                              TEXT8),
    "digest": head() + parts(b"d", u("\nSubject: é\n\né\n"),
                             u("\nSubject: ü\n\n") + LONG, kind=b"digest"),
    "base64-in-one-line": head() + leaf(b"image/png", b"base64",
                                        base64.b64encode(PNG * 5)),
    "quoted-printable-with-8bit": head() + leaf(
        b"text/plain; charset=utf-8", b"quoted-printable",
        u("=C3=A9 é = \nx=\ny\n") + b"z" * 3000 + b"=3D\n"),
    "file-names": head() + parts(
        b"f", u('Content-Disposition: attachment; filename="Übergrößen '
                'träger.pdf"\n') + leaf(u("application/pdf; name=größe.pdf"),
                                        b"binary", PNG),
        u("Content-Disposition: attachment; filename=" + "ü" * 100 + "\n") +
        leaf(b"text/plain", b"7bit", b"x"),
        b"Content-Description: " + u("Käse\n") + TEXT8),
    "signed": head() + SIGNED,
    "signed-beside-8bit": head() + parts(b"o", SIGNED, TEXT8),
    "nested": head() + NESTED,
    "mixed-line-ends": head() + TEXT8.replace(b" = 1\n", b" = 1\r\n").replace(
        b".\n", b".\r\n"),
    "dots": head() + leaf(b"text/plain; charset=utf-8", b"8bit",
                          u(".\n..\n.é\n.\r\n\n.")),
    "no-body": u("Subject: é\n"),
    "megabytes": head() + parts(b"m", leaf(
        b"text/plain; charset=utf-8", b"8bit",
        u("eine Zeile mit Umläuten, die so oft kommt\n") * 50000),
        leaf(b"image/png", b"binary", PNG * 2000)),
}
# Neither is told to be anything but text, nor is it UTF-8.
CHARSETS = {"no-mime-latin1": "windows-1252"}
ADDRESSES = ("from", "to", "reply-to")
TEXTS = ("subject", "comments", "content-description")


def unfolded(value):
    return re.sub(r"\r?\n", "", value)


def decoded(value):
    """Encoded words read, blanks between them gone."""
    found = email.header.decode_header(unfolded(value))
    return "".join(text.decode(charset or "raw-unicode-escape", "replace")
                   if isinstance(text, bytes) else text
                   for text, charset in found).strip()


def addresses(value):
    found = []
    for name, addr in email.utils.getaddresses([unfolded(value)]):
        user, at, domain = addr.rpartition("@")
        found.append((decoded(name),
                      user + at + domain.encode("idna").decode()))
    return found


def header_of(part):
    """What is to be compared of a part's header."""
    found = {}
    for name, value in part.items():
        name = name.lower()
        if name in ADDRESSES:
            found[name] = addresses(value)
        elif name in TEXTS:
            found[name] = decoded(value)
    found["type"] = part.get_content_type()
    file_name = part.get_filename()
    found["file"] = decoded(file_name) if file_name else None
    return found


def content_of(part):
    """Octets, with LF line ends where they are lines."""
    data = part.get_payload(decode=True) or b""
    if part.get_content_maintype() in ("text", "message"):
        data = normalised(data).rstrip(b"\n")
    return data


def reading(raw, charset="utf-8"):
    """[(header, content)] of a message, part by part.  The header is read
    from text, so that octets over 127 are characters."""
    as_bytes = email.message_from_bytes(raw)
    as_text = email.message_from_string(raw.decode(charset, "replace"))
    found = []
    for part, text in zip(as_bytes.walk(), as_text.walk(), strict=True):
        found.append((header_of(text), None if part.is_multipart()
                      else content_of(part)))
    return found


def compare(got, sent, name):
    want = reading(sent, CHARSETS.get(name, "utf-8"))
    have = reading(got)
    assert len(have) == len(want)
    for one, other in zip(have, want):
        assert one[0] == other[0]
        assert one[1] == other[1]


def assert_fit(raw, is_7bit):
    assert max(map(len, raw.split(b"\n"))) <= 998
    assert raw.partition(b"\n\n")[0].isascii()
    assert raw.isascii() or not is_7bit


def made(rcpt, name):
    """The message to send."""
    text = MESSAGES[name]
    front = message(rcpt, b"").partition(b"\n\n")[0]
    if re.search(rb"(?m)^Subject:", text.partition(b"\n\n")[0]):
        front = front.replace(b"Subject: a test\n", b"")
    return front + b"\n" + text


@pytest.mark.parametrize("name", MESSAGES)
@pytest.mark.parametrize("door", ("strict", "old"))
def test_arrives(postfix, home, run, rcpt, door, name):
    """SM-08, SM-09"""
    home.rc(*account(postfix, "postfix", door))
    sent = made(rcpt, name)
    done = run(["--", rcpt], sent)
    assert done.code == 0, done
    got = postfix.wait("postfix", rcpt).original
    assert_fit(got, is_7bit=door == "old")
    compare(got, sent, name)


@pytest.mark.parametrize("name", ("signed", "dots"))
def test_untouched(postfix, home, run, rcpt, name):
    """What is fit is not changed by one octet."""
    home.rc(*account(postfix, "postfix", "strict"))
    sent = made(rcpt, name)
    done = run(["--", rcpt], sent)
    assert done.code == 0, done
    assert postfix.wait("postfix", rcpt).original == normalised(sent)


REFUSED = {
    "signed-8bit": head() + SIGNED.replace(b"signed ", u("signé ")),
    "signed-long-line": head() + SIGNED.replace(b"signed ", LONG),
    "encrypted-8bit": head() + parts(b"e", TEXT8, kind=b"encrypted"),
    "no-boundary": head(b"Content-Type: multipart/mixed") + u("\né\n"),
    "unknown-encoding": head() + leaf(b"text/plain", b"x-own", u("é\n")),
    "partial": head() + leaf(b"message/partial; id=x; number=1", b"8bit",
                             u("é\n")),
}


@pytest.mark.parametrize("name", REFUSED)
def test_not_converted(postfix, home, run, rcpt, name):
    """What may not be changed does not go to a server that cannot take it."""
    home.rc(*account(postfix, "postfix", "old"))
    front = message(rcpt, b"").partition(b"\n\n")[0] + b"\n"
    done = run(["--json", "--", rcpt], front + REFUSED[name])
    assert done.code == 65, done
    assert "5.6.3" in done.out
    assert not postfix.arrived("postfix", rcpt)


def test_signed_8bit_goes_to_8bitmime(postfix, home, run, rcpt):
    """Untouched, where the server takes it."""
    home.rc(*account(postfix, "postfix", "submission"))
    sent = message(rcpt, b"").partition(b"\n\n")[0] + b"\n" + \
        REFUSED["signed-8bit"]
    done = run(["--", rcpt], sent)
    assert done.code == 0, done
    assert postfix.wait("postfix", rcpt).original == sent


@pytest.mark.parametrize("option,text", (
    ("body_8bit", u("Subject: x\n\né\n")),
    ("headers_8bit", u("Subject: é\n\nx\n")),
    ("long_lines", b"Subject: x\n\n" + b"x" * 999 + b"\n"),
    ("long_lines", b"Subject: " + LONG + b"\n\nx\n"),
))
def test_reject(postfix, home, run, rcpt, option, text):
    home.rc(*account(postfix, "postfix", "old", option + " reject"))
    done = run(["--", rcpt], b"From: alice@example.test\n" + text)
    assert done.code == 65, done
    assert not postfix.arrived("postfix", rcpt)


def test_wide_address_refused(postfix, home, run, rcpt):
    """SM-09: nothing but SMTPUTF8 can carry a local part that is not ASCII."""
    home.rc(*account(postfix, "postfix", "old"))
    done = run(["--json", "--", rcpt],
               message(rcpt, b"x\n", "Reply-To: jürgen@example.test"))
    assert done.code == 65, done
    assert "5.6.7" in done.out
    assert not postfix.arrived("postfix", rcpt)


def test_wide_address(postfix, home, run, rcpt):
    """SM-09: with SMTPUTF8 it goes as it is; the names beside it do not need
    that and are encoded.  (Postfix's strict_7bit_headers knows no SMTPUTF8.)
    """
    home.rc(*account(postfix, "postfix", "submission"))
    done = run(["--", rcpt], message(
        rcpt, b"x\n", "Reply-To: Jürgen <jürgen@example.test>, a@b.example"))
    assert done.code == 0, done
    got = postfix.wait("postfix", rcpt)
    assert got.header("Reply-To") == [
        "=?UTF-8?Q?J=C3=BCrgen?= <jürgen@example.test>, a@b.example"]


def test_wide_recipient(postfix, home, run, rcpt):
    """In the envelope alone: the header stays ASCII.  Two of them, since
    Postfix names a single one in its own Received, and refuses that."""
    wide = "jürgen-" + rcpt
    home.rc(*account(postfix, "postfix", "strict"))
    done = run(["--", wide, rcpt], message(rcpt, u("é\n"), "Comments: é"))
    assert done.code == 0, done
    got = postfix.wait("postfix", wide).original
    assert got.partition(b"\n\n")[0].isascii()
    assert decoded(email.message_from_bytes(got)["Comments"]) == "é"
    home.rc(*account(postfix, "postfix", "old"))
    done = run(["--json", "--", wide], message(rcpt, b"x\n"))
    assert done.code == 65, done
    assert "5.6.7" in done.out


def test_headers_as_they_are(postfix, home, run, rcpt):
    """headers_8bit smtputf8: UTF-8 stays, where the server takes it."""
    text = message(rcpt, b"x\n", "Comments: é").replace(b"a test", b"caf\xe9")
    home.rc(*account(postfix, "postfix", "submission",
                     "headers_8bit smtputf8"))
    done = run(["--", rcpt], text)
    assert done.code == 0, done
    got = postfix.wait("postfix", rcpt)
    assert got.header("Comments") == ["é"]
    assert decoded(got.header("Subject")[0]) == "café"
    home.rc(*account(postfix, "postfix", "old", "headers_8bit smtputf8"))
    done = run(["--", rcpt], text)
    assert done.code == 0, done
    assert postfix.wait("postfix", rcpt).original.isascii()


def test_charset(home, run, rcpt):
    """Octets that are not UTF-8 are what the account says."""
    with Scripted(["S: 220 mail.test", "C: EHLO *", "S: 250 mail.test",
                   "C: MAIL FROM:<alice@example.test>*", "S: 250 ok",
                   "C: RCPT TO:<%s>" % rcpt, "S: 250 ok", "C: DATA",
                   "S: 354 go", "C.", "S: 250 done", "C: QUIT",
                   "S: 221 bye"]) as server:
        home.rc(*local(server.port, "charset koi8-r"))
        done = run(["--", rcpt], message(
            rcpt, "почта\n".encode("koi8-r")).replace(
                b"a test", "почта".encode("koi8-r")))
    assert done.code == 0, done
    wire = server.received.partition(b"DATA\r\n")[2]
    got = email.message_from_bytes(wire.partition(b"\r\n.\r\n")[0])
    assert decoded(got["Subject"]) == "почта"
    assert got.get_content_charset() == "koi8-r"
    assert got.get_payload(decode=True).decode("koi8-r").strip() == "почта"


def test_conversion_is_told(postfix, home, run, rcpt):
    """In the log and the transcript, and only where something was done."""
    lines = account(postfix, "postfix", "old", "logfile ~/log")
    home.rc(*lines)
    done = run(["-d", "--", rcpt], message(
        rcpt, u("Käse\n") + LONG, "Comments: é"))
    assert done.code == 0, done
    words = "note: content was converted for the server: 8-bit header, " \
        "8-bit body, long lines, missing label"
    assert words in home.read("log")
    assert words.removeprefix("note: ") in done.err
    home.rc(*lines[:-1], "logfile ~/log2")
    done = run(["-d", "--", rcpt], message(rcpt))
    assert done.code == 0, done
    assert "note:" not in home.read("log2") and "converted" not in done.err


@pytest.mark.parametrize("door", ("strict", "old"))
@pytest.mark.parametrize("spelling", ("exämple.test", "EXÄMPLE.test",
                                      "xn--exmple-cua.test"))
def test_idn_in_the_envelope(postfix, home, run, rcpt, door, spelling):
    """A domain alone needs no SMTPUTF8: in A-labels both take it, from the
    command line, from the header, as sender."""
    local_part = rcpt.partition("@")[0]
    wide = local_part + "@" + spelling
    arrives_as = local_part + "@xn--exmple-cua.test"
    home.rc(*account(postfix, "postfix", door), "from " + wide)
    done = run(["-d", "--", wide], message(wide, u("Grüße\n"), "Comments: é"))
    assert done.code == 0, done
    assert "SMTPUTF8" not in done.err.partition("MAIL FROM")[2], done
    got = postfix.wait("postfix", arrives_as)
    assert got.sender.lower() == arrives_as
    assert_fit(got.original, is_7bit=door == "old")
    to = email.message_from_bytes(got.original)["To"]
    assert addresses(to) == [("", arrives_as)]
    done = run(["-t"], message(wide, u("Grüße\n")), argv0="sendmail")
    assert done.code == 0, done
    assert postfix.wait("postfix", arrives_as).rcpts == [arrives_as]


def test_the_same_at_both(postfix, home, run, rcpt):
    """What the one got and what the other got decodes to the same."""
    for name in ("multipart", "text-8bit", "names", "file-names", "message"):
        arrived = []
        for door in ("strict", "old"):
            home.rc(*account(postfix, "postfix", door))
            done = run(["--", rcpt], made(rcpt, name))
            assert done.code == 0, done
            arrived.append(reading(postfix.wait("postfix", rcpt).original))
        assert arrived[0] == arrived[1], name


def test_conversion_is_told_from_the_queue(postfix, home, run, rcpt):
    home.rc(*account(postfix, "postfix", "old", "logfile ~/log",
                     "queue on-failure"))
    done = run(["-odq", "--", rcpt], message(rcpt, u("Käse\n")))
    assert done.code == 0, done
    assert run(["--queue-run"]).code == 0
    postfix.wait("postfix", rcpt)
    assert "note: content was converted for the server: 8-bit body" in \
        home.read("log")
