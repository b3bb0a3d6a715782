# SPDX-License-Identifier: ISC
"""BINARYMIME (RFC 3030): only for parts that say they are binary, only where a
server has it beside CHUNKING, and octet by octet; else base64, as ever."""
import email
import email.policy

import pytest

from servers.scripted import Scripted
from support import local, message
from test_content import PNG, leaf, parts, u

EXTENSIONS = ("8BITMIME", "CHUNKING", "BINARYMIME", "PIPELINING")
LINE = b"x" * 5000 + b"\r\r\n\n\0" + bytes(range(256)) + b"\n.\n.\r\n"
DATA = (LINE + PNG) * 20
BIG = DATA * 40  # more than one chunk
HEAD = b"MIME-Version: 1.0"


def session(*extensions, binary=True, size=0):
    """size: of the message, octets; a small one goes in one flight."""
    if size > 64 * 1024:
        chunks = ["S> 250 ok\\r\\n250 ok\\r\\n"] + \
            ["C+", "S: 250 ok"] * (1 + size // (1024 * 1024)) + ["C: QUIT"]
    else:
        chunks = ["C+", "S> " + "250 ok\\r\\n" * 3, "C: QUIT"]
    hello = ["S: 250-mail.test"]
    hello += ["S: 250-" + word for word in extensions]
    return ["S: 220 mail.test", "C: EHLO *", *hello, "S: 250 HELP",
            "C: MAIL FROM:<alice@example.test>%s" % (
                " BODY=BINARYMIME" if binary else "*"),
            "C: RCPT TO:*", *chunks]


def payloads(octets):
    """What the leaves hold, by Python's reading of them."""
    got = email.message_from_bytes(octets, policy=email.policy.default)
    return [part.get_payload(decode=True) for part in got.walk()
            if not part.is_multipart()]


@pytest.mark.parametrize("data", (DATA, BIG, b"\n", b"x\ny", b"\r\n\0\r"),
                         ids=("some", "big", "newline", "no-end", "odd"))
def test_octets_stay(home, run, rcpt, data):
    """LF is LF inside, CRLF outside; nothing is encoded."""
    text = leaf(b"text/plain; charset=utf-8", b"8bit", u("Käse\n.\n"))
    body = parts(b"out", text, leaf(b"image/png", b"binary", data), text)
    sent = message(rcpt, b"", HEAD.decode()).rstrip(b"\n") + b"\n" + body
    with Scripted(session(*EXTENSIONS, size=len(sent))) as server:
        home.rc(*local(server.port))
        done = run(["-d", "--", rcpt], sent)
    assert done.code == 0, (done.code, done.err[-500:], server.failure)
    wire = server.chunks
    begin = wire.index(b"image/png\r\nContent-Transfer-Encoding: "
                       b"binary\r\n\r\n")
    begin = wire.index(b"\r\n\r\n", begin) + 4
    # a CR before the LF that belongs to the delimiter is part of that
    kept = data[:-1] if data.endswith(b"\r") else data
    assert wire[begin:begin + len(kept) + 7] == kept + b"\r\n--out"
    around = wire[:begin] + wire[begin + len(kept):]
    assert b"\n" not in around.replace(b"\r\n", b"")
    assert b"\r" not in around.replace(b"\r\n", b"")
    assert b"multipart/mixed" in wire
    assert b"base64" not in wire and b"K\xc3\xa4se" in wire


def test_multipart_says_so(home, run, rcpt):
    """RFC 2045 6.4: what holds something binary is binary itself."""
    body = parts(b"o", parts(b"i", leaf(b"image/png", b"binary", PNG)),
                 extra=(b"Content-Transfer-Encoding: 8bit",))
    with Scripted(session(*EXTENSIONS)) as server:
        home.rc(*local(server.port))
        done = run(["--", rcpt], message(
            rcpt, b"", HEAD.decode()).rstrip(b"\n") + b"\n" + body)
    assert done.code == 0, (done, server.failure)
    assert server.chunks.count(b"Content-Transfer-Encoding: binary") == 3
    assert b"8bit" not in server.chunks


def test_whole_message(home, run, rcpt):
    """Without parts; the last line is not ended, either."""
    sent = message(rcpt, PNG, HEAD.decode(), "Content-Type: image/png",
                   "Content-Transfer-Encoding: binary")
    with Scripted(session(*EXTENSIONS)) as server:
        home.rc(*local(server.port))
        done = run(["--", rcpt], sent)
    assert done.code == 0, (done, server.failure)
    assert server.chunks.partition(b"\r\n\r\n")[2] == PNG


@pytest.mark.parametrize("missing", ("8BITMIME", "BINARYMIME"))
def test_base64_without_it(home, run, rcpt, missing):
    left = [word for word in EXTENSIONS if word != missing]
    body = parts(b"o", leaf(b"image/png", b"binary", PNG))
    with Scripted(session(*left, binary=False)) as server:
        home.rc(*local(server.port))
        done = run(["-d", "--", rcpt], message(
            rcpt, b"", HEAD.decode()).rstrip(b"\n") + b"\n" + body)
    assert done.code == 0, (done, server.failure)
    assert "BINARYMIME" not in done.err.partition("MAIL FROM")[2]
    assert payloads(server.chunks) == [PNG]
    assert b"base64" in server.chunks


@pytest.mark.parametrize("why", ("no CHUNKING", "chunking off"))
def test_base64_behind_data(home, run, rcpt, why):
    left = [word for word in EXTENSIONS
            if word != "CHUNKING" or why == "chunking off"]
    dialogue = session(*left, binary=False)[:-4]
    with Scripted([*dialogue, "C: RCPT TO:*", "C: DATA",
                   "S> 250 ok\\r\\n250 ok\\r\\n354 go\\r\\n", "C.",
                   "S: 250 ok", "C$"]) as server:
        home.rc(*local(server.port, *(
            ["chunking off"] if why == "chunking off" else [])))
        done = run(["--", rcpt], message(
            rcpt, PNG, HEAD.decode(), "Content-Type: image/png",
            "Content-Transfer-Encoding: binary"))
    assert done.code == 0, (done, server.failure)
    wire = server.received.partition(b"DATA\r\n")[2]
    assert payloads(wire.partition(b"\r\n.\r\n")[0]) == [PNG]


@pytest.mark.parametrize("kind, coding, body", (
    (b"text/plain", b"binary", b"caf\xe9\n" * 9),
    (b"image/png", b"8bit", PNG),
    (b"image/png", b"base64", b"AAAA\n"),
    (b"text/plain", b"8bit", b"x" * 2000 + b"\n"),
), ids=("text", "8bit", "base64", "long"))
def test_never_else(home, run, rcpt, kind, coding, body):
    """Nothing but a part that says so has a use for it."""
    with Scripted(session(*EXTENSIONS, binary=False)) as server:
        home.rc(*local(server.port))
        done = run(["-d", "--", rcpt], message(
            rcpt, body, HEAD.decode(), "Content-Type: " + kind.decode(),
            "Content-Transfer-Encoding: " + coding.decode()))
    assert done.code == 0, (done, server.failure)
    assert "BINARYMIME" not in done.err.partition("MAIL FROM")[2]


def test_other_needs_beside_it(home, run, rcpt):
    """What is no lines does not count as a long one; what is, does."""
    body = parts(b"o", leaf(b"image/png", b"binary", DATA), leaf(
        b"text/plain", b"7bit", b"y" * 2000 + b"\n"))
    sent = message(rcpt, b"", HEAD.decode()).rstrip(b"\n") + b"\n" + body
    with Scripted(session(*EXTENSIONS, size=len(sent))) as server:
        home.rc(*local(server.port))
        done = run(["--", rcpt], sent)
    assert done.code == 0, (done, server.failure)
    assert payloads(server.chunks)[1].strip() == b"y" * 2000
    assert b"quoted-printable" in server.chunks
    only = message(rcpt, b"", HEAD.decode()).rstrip(b"\n") + b"\n" + \
        parts(b"o", leaf(b"image/png", b"binary", DATA))
    with Scripted(session(*EXTENSIONS, size=len(only))) as server:
        home.rc(*local(server.port, "long_lines reject", "body_8bit reject"))
        done = run(["--", rcpt], only)
    assert done.code == 0, (done, server.failure)
    assert DATA in server.chunks
