# SPDX-License-Identifier: ISC
"""Envelope, header and option injection, row by row (IN): whatever is handed
in, the server hears the commands that were meant, or none at all."""
import os
import subprocess
import time

import pytest

from servers.catch import Catch
from support import local, message

EX_USAGE, EX_DATAERR, EX_CONFIG = 64, 65, 78
BOB = "bob@example.test"
COMMANDS = {b"EHLO", b"MAIL", b"RCPT", b"DATA", b"BDAT", b"QUIT", b"RSET"}


@pytest.fixture
def server():
    with Catch(["8BITMIME", "SMTPUTF8", "DSN", "PIPELINING"]) as server:
        yield server
        for line in server.commands:
            assert line.endswith(b"\r\n") and line.count(b"\r") == 1
            assert line[:4].upper() in COMMANDS, line


@pytest.fixture
def ready(server, home):
    home.rc(*local(server.port))
    return server


def refused(done, server, code=EX_DATAERR):
    """Before anybody was spoken to."""
    assert done.code == code and done.err, done
    assert server.connections == 0
    return True


@pytest.mark.parametrize("value", (
    "a@b>\r\nRCPT TO:<evil@x", "a@b\nX", "a@b\r", "\na@b", "a@b>\r\nDATA"))
@pytest.mark.parametrize("argv0", ("postrider", "sendmail"))
def test_in_01_reverse_path(ready, run, argv0, value):
    done = run(["-f", value, "--", BOB], message(BOB), argv0=argv0)
    assert refused(done, ready)
    at = min(value.index(c) for c in "\r\n" if c in value)
    assert "octet %d of" % (at + 1) in done.err, done


@pytest.mark.parametrize("place", (
    "operand", "header", "resent", "file", "EMAIL", "LOGNAME", "full name",
    "alias", "domain", "maildomain"))
def test_in_02_every_other_source(ready, home, run, place):
    """A line end never leaves, wherever it was read."""
    evil = "x@y>\r\nRCPT TO:<evil@x"
    args, stdin, env = ["--", BOB], message(BOB), {}
    lines = local(ready.port)
    if place == "operand":
        args = ["--", evil]
    elif place == "header":
        args, stdin = ["-t"], b"From: a@b.example\nTo: <x@y>\r\r\n RCPT\n\nx\n"
    elif place == "resent":
        args, stdin = ["-t"], b"Resent-To: <x@y\r>\nTo: a@b.example\n\nx\n"
    elif place == "file":
        lines = [*lines[:-1], "from x@y>\rRCPT TO:<evil@x"]
    elif place in ("EMAIL", "LOGNAME"):
        lines, env = lines[:-1], {place: evil, "USER": evil}
    elif place == "full name":
        args = ["-F", "x\r\nBcc: evil@x", "--", BOB]
        stdin = b"To: " + BOB.encode() + b"\n\nx\n"
    elif place == "alias":
        home.file("aliases", "bob: x@y\\rRCPT TO:<evil@x>, z@y\rRCPT\n")
        lines.append("aliases ~/aliases")
        args = ["--", "bob"]
    elif place == "domain":
        lines.append("domain x\rMAIL FROM:<evil@x>")
    elif place == "maildomain":
        lines = [*lines[:-1], "auto_from on", "maildomain x>\rRCPT TO:<e@x"]
    home.rc(*lines)
    done = run(args, stdin, env=env)
    said = b"".join(ready.commands)
    assert b"evil@x" not in said and b"<e@x" not in said, said
    assert done.code in (0, EX_USAGE, EX_DATAERR, EX_CONFIG), done
    assert len(ready.mails) == (done.code == 0), done
    for mail in ready.mails:
        assert mail.rcpts == ["<%s>" % BOB]
        assert b"\r\nBcc:" not in mail.octets


@pytest.mark.parametrize("text", (
    b"a\0b@x.example", b"a\x7fb@x.example", b"a\x1bb@x.example",
    b"a\xc2\x85b@x.example", b"a\xe2\x80\xa8b@x.example",
    b"a\xe2\x80\xaeb@x.example", b"a\xff@x.example", b"a\xc0\xaf@x.example"))
def test_in_03_octets_that_no_address_has(ready, run, text):
    """Controls, separators, directions, and what is no UTF-8."""
    assert refused(run(["-t"], b"From: a@b.example\nTo: <" + text +
                       b">\n\nx\n"), ready)


@pytest.mark.parametrize("value", (
    "a@b.example SIZE=1 NOTIFY=NEVER ORCPT=rfc822;x",
    "a@b.example\tBODY=8BITMIME"))
def test_in_04_parameters(ready, run, value):
    assert refused(run(["--", value], message(BOB)), ready)
    assert refused(run(["-f", value, "--", BOB], message(BOB)), ready)


@pytest.mark.parametrize("value, rcpt", (
    ("<a@b.example>", "<a@b.example>"),
    ('"a b"@c.example', '<"a b"@c.example>'),
    ('"\\"<>@,"@c.example', '<"\\"<>@,"@c.example>'),
    ("a@[127.0.0.1]", "<a@[127.0.0.1]>"),
    ("a@[IPv6:::1]", "<a@[IPv6:::1]>"),
    ("a@b.example>", None), ('"a\r\nb"@c.example', None),
    ("a@[300.0.0.1]", None), ("a@[IPv6:zz]", None), ("<<a@b.example>>", None)))
def test_in_05_quotes_and_literals(ready, run, value, rcpt):
    done = run(["--", value], message(BOB))
    if rcpt is None:
        assert refused(done, ready)
    else:
        assert done.code == 0, done
        assert [m.rcpts for m in ready.mails] == [[rcpt]]


@pytest.mark.parametrize("value", (
    "a" * 65 + "@x.example", "a@" + ".".join(["b" * 60] * 5),
    "a@" + "b" * 64 + ".example", "a" * 64 + "@" + "b." * 130,
    "a@" + "b" * 4096, "a" * (1 << 16) + "@x"), ids=range(6))
def test_in_06_lengths(ready, run, value):
    """Nothing is cut."""
    assert refused(run(["--", value], message(BOB)), ready)
    header = b"From: a@b.example\nTo: " + value.encode() + b"\n\nx\n"
    assert refused(run(["-t"], header), ready)


def test_in_06_a_megabyte(ready, run):
    header = b"From: a@b.example\nTo: " + b"a" * (1 << 20) + b"@x\n\nx\n"
    assert refused(run(["-t"], header), ready)


def test_in_07_xtext(ready, run):
    rcpt = "a+b=c@x.example"
    done = run(["-N", "failure", "-V", "id+=\x7e é"[:6], "--", rcpt],
               message(rcpt))
    assert done.code == 0, done
    assert "ENVID=id+2B+3D~+20" in ready.mails[0].sender
    assert "ORCPT=rfc822;a+2Bb+3Dc@x.example" in ready.mails[0].rcpts[0]
    for value in ("x" * 101, "a\nb", "a\x01"):
        done = run(["-V", value, "--", rcpt], message(rcpt))
        assert done.code == EX_USAGE, done


@pytest.mark.parametrize("value, path", (
    ("", "<>"), ("<>", "<>")))
def test_in_08_null_path(ready, run, value, path):
    done = run(["-f", value, "--", BOB], message(BOB), argv0="sendmail")
    assert done.code == 0, done
    assert ready.mails[0].sender.split()[0] == path


@pytest.mark.parametrize("value, rcpt", (
    ("@a.example,@b.example:c@d.example", "<c@d.example>"),
    ("a%b@c.example", "<a%b@c.example>"),
    ("@a.example:", None), ("a@b@c.example", None)))
def test_in_09_routes(ready, run, value, rcpt):
    """Never two out of one."""
    done = run(["--", value], message(BOB))
    if done.code == 0:
        assert rcpt and [m.rcpts for m in ready.mails] == [[rcpt]], done
    else:
        assert refused(done, ready)
        assert rcpt is None or value.startswith("@"), done


@pytest.mark.parametrize("to, rcpts", (
    ("undisclosed-recipients:;, b@x.example", ["b@x.example"]),
    ("g: a@x.example, c@x.example;, b@x.example",
     ["a@x.example", "c@x.example", "b@x.example"]),
    ("(a(b(c))d) a@x.example (e)", ["a@x.example"])))
def test_in_10_groups_and_comments(ready, run, to, rcpts):
    done = run(["-t"], b"From: a@b.example\nTo: " + to.encode() + b"\n\nx\n")
    assert done.code == 0, done
    assert ready.mails[0].rcpts == ["<%s>" % r for r in rcpts]


def test_in_10_encoded_words_are_no_addresses(ready, run):
    text = b"From: a@b.example\nTo: =?utf-8?q?=3Cevil=40x=3E?= <a@x.example>"
    assert run(["-t"], text + b"\n\nx\n").code == 0
    assert ready.mails[0].rcpts == ["<a@x.example>"]
    text = text.replace(b"=3C", b"<").replace(b"=40", b"@")
    assert run(["-t"], text + b"\n\nx\n").code == EX_DATAERR
    assert len(ready.mails) == 1


@pytest.mark.parametrize("to", (
    "(" * 100000, "a@b.example (" + "(" * 1000, '"a', "<a@b.example",
    "g: a@b.example" + "," * 500000, ";" * 500000), ids=range(6))
def test_in_10_what_never_ends(ready, run, to):
    """In linear time."""
    begin = time.monotonic()
    done = run(["-t"], b"From: a@b.example\nTo: " + to.encode() + b"\n\nx\n")
    assert time.monotonic() - begin < 30
    assert done.code in (0, EX_USAGE, EX_DATAERR), done
    assert all(m.rcpts == ["<a@b.example>"] for m in ready.mails)


@pytest.mark.parametrize("header, code", (
    (b"To: a@x.example,\n\t\n b@x.example\n", 0),
    (b"To: a@x.example,\n \t \n\t b@x.example\n", 0),
    (b"To: a@x.example, b@x.example\nno colon here\n", 0),
    (b"To : a@x.example, b@x.example\n", 0),
    (b"To: a@x.example, b@x.example\nX: " + b"y" * (1 << 21) + b"\n",
     EX_DATAERR),
    (b"To: a@x.example, b@x.example\n" + b"X: y\n" * 100000, EX_DATAERR),
), ids=range(6))
def test_in_11_odd_headers(ready, run, header, code):
    done = run(["-t"], b"From: a@b.example\n" + header + b"\nx\n")
    assert done.code == code, done
    if code == 0:
        assert ready.mails[0].rcpts == ["<a@x.example>", "<b@x.example>"]
        head, _, body = ready.mails[0].octets.partition(b"\r\n\r\n")
        assert b"no colon" not in head


@pytest.mark.parametrize("value", (
    "-OQueueDirectory=/tmp", "-X/tmp/x", "-be", "--passwordeval=id",
    "-C/tmp/evil", "-bs"))
def test_in_20_behind_two_dashes(ready, home, run, value):
    """An address may begin with a dash; an option it is not."""
    before = set(os.listdir(home.path))
    done = run(["--", value + "@x.example"], message(BOB))
    if done.code == 0:
        assert ready.mails[0].rcpts == ["<%s@x.example>" % value]
    else:
        assert refused(done, ready)
    assert set(os.listdir(home.path)) == before
    assert not os.path.exists("/tmp/x@x.example")


@pytest.mark.parametrize("argv0", (
    "sendmail", "-sendmail", "/usr/sbin/sendmail", "a\nb/sendmail",
    "x\x1b[2J", "", "a/b/"))
def test_in_22_names(ready, home, run, argv0):
    """The name decides the manners, and gets to no terminal as it is."""
    done = run(["--", BOB], message(BOB), argv0=argv0)
    assert done.code == 0, done
    done = run(["--nosuch-option"], b"", argv0=argv0)
    assert done.code == EX_USAGE, done
    assert "\x1b" not in done.err
    assert all(line for line in done.err.splitlines()), done


def test_in_22_no_name_at_all(program, tmp_path):
    """argc 0 (the kernel makes it one empty word since Linux 5.18)."""
    code = ("import ctypes, os\n"
            "libc = ctypes.CDLL(None)\n"
            "none = (ctypes.c_char_p * 1)(None)\n"
            "libc.execve(%r, none, none)\n" % program.encode())
    done = subprocess.run(["/usr/bin/python3", "-c", code],
                          stdin=subprocess.DEVNULL, capture_output=True,
                          cwd=tmp_path, timeout=60)
    assert done.returncode in (EX_USAGE, EX_DATAERR, EX_CONFIG), done


@pytest.mark.parametrize("args", (
    ["-oQ/tmp/in23"], ["-X/tmp/in23"], ["-C", "/tmp/in23"],
    ["-OFoo=/tmp/in23"], ["-Ac"], ["-bd"], ["-bD"], ["-bh"], ["-bH"],
    ["-be"], ["-q15m"], ["-p"], ["-M"]), ids=lambda a: a[0][:3])
def test_in_23_letters(ready, run, args):
    """Passed over, or refused; no file, no daemon."""
    done = run([*args, "--", BOB], message(BOB), argv0="sendmail")
    assert done.code in (0, EX_USAGE, EX_CONFIG, 66), done
    assert not os.path.exists("/tmp/in23")


@pytest.mark.parametrize("line", (
    b"B\rcc: evil@x.example", b"Bcc\0: evil@x.example",
    b"\xef\xbb\xbfBcc: evil@x.example", b"Bcc\t: c@x.example"))
def test_in_32_a_bcc_that_could_be_read_two_ways(ready, run, line):
    """Removed and sent to, or nothing is sent; never one of the two."""
    done = run(["-t"], b"From: a@b.example\nTo: a@x.example\n" + line +
               b"\nSubject: s\n\nx\n")
    if done.code != 0:
        assert refused(done, ready)
        return
    mail = ready.mails[0]
    is_named = any("evil" in r or "<c@" in r for r in mail.rcpts)
    is_there = b"evil" in mail.octets or b"c@x" in mail.octets
    assert is_named != is_there, mail


def test_in_33_one_octet_at_a_time(ready, program, environment, home):
    """Two at once, each written octet by octet: nothing is mixed."""
    running = []
    for name in ("one", "two"):
        running.append((name, subprocess.Popen(
            [program, "-t"], stdin=subprocess.PIPE, env=environment,
            cwd=home.path, stderr=subprocess.PIPE)))
    texts = {name: message(name + "@x.example", name.encode() * 200 + b"\n")
             for name, _ in running}
    for i in range(max(map(len, texts.values()))):
        for name, process in running:
            process.stdin.write(texts[name][i:i + 1])
            process.stdin.flush()
    for _, process in running:
        process.stdin.close()
        assert process.wait(60) == 0
        process.stderr.close()
    got = {m.rcpts[0]: m.octets.replace(b"\r\n", b"\n") for m in ready.mails}
    assert got == {"<%s@x.example>" % n: t for n, t in texts.items()}


@pytest.mark.parametrize("domain", (
    "a\rMAIL FROM:<x>", "(none)", "a b", "[::1", "-x", ""))
def test_in_50_name_in_ehlo(ready, home, run, domain):
    home.rc(*local(ready.port, "domain " + domain if domain else "domain"))
    done = run(["--", BOB], message(BOB))
    assert done.code in (0, EX_CONFIG), done
    hello = [c for c in ready.commands if c.startswith(b"EHLO")]
    for line in hello:
        name = line.split(b" ", 1)[1].strip()
        assert name.replace(b"-", b"").replace(b".", b"").isalnum() or \
            name.startswith(b"["), line


@pytest.mark.parametrize("name", (
    'Jürgen "the, <x@y>" (Groß)', "a\tb", "x" * 500, "=?utf-8?q?x?="))
def test_in_51_generated_fields(ready, run, name):
    import email
    import email.policy
    done = run(["-F", name, "--", BOB], b"Subject: s\n\nx\n",
               argv0="sendmail")
    assert done.code in (0, EX_USAGE), done
    for mail in ready.mails:
        got = email.message_from_bytes(mail.octets,
                                       policy=email.policy.default)
        assert [a.addr_spec for a in got["From"].addresses] == [
            "alice@example.test"]
        assert not got.defects
        assert got["Message-ID"] and got["Date"].datetime


# --- what waits ----------------------------------------------------------------

@pytest.fixture
def waiting(home, run):
    """waiting(args...): the entry that a mail nobody takes becomes."""
    from queues import Queue
    from servers.common import free_ports
    port = free_ports(1)[0]

    def waiting(*args):
        home.rc(*local(port, "queue on-failure", "queue_linger off"))
        done = run([*args, "--", BOB], message(BOB), argv0="sendmail")
        assert done.code == 0, done
        return Queue(os.path.join(
            home.path, ".local/state/postrider/queue")).one()
    return waiting


def test_in_21_nothing_of_the_command_line_waits(waiting):
    """What is kept is what was understood: addresses and wishes."""
    entry = waiting("-oi", "-oem", "-X/tmp/in21", "-OTimeout=/tmp/in21",
                    "-Cnosuch", "-f", "a@b.example", "-v")
    head = entry.raw.partition(b"\nend\n")[0]
    for word in (b"-o", b"-X", b"-O", b"-C", b"in21", b"nosuch"):
        assert word not in head, head
    assert "a@b.example" in head.decode() and list(entry.verdicts) == [BOB]


@pytest.mark.parametrize("old, new", (
    (b"bob@example.test", b"bob@example.tes\n"),
    (b"bob@example.test", b"bo>\r\nRCPT TO:<e"),
    (b"bob@example.test", b"bob@example.te\0t"),
    (b"alice@example.test", b"alice@example.t>st"),
    (b"alice@example.test", b"alice \xffxample.test"),
    (b"\nbytes ", b"\nbytes 9"), (b"\nbytes ", b"\nbytes -"),
    (b"\nend\n", b"\nEND\n"), (b"postrider", b"postridex"),
), ids=range(9))
def test_in_60_an_entry_that_was_changed(waiting, home, run, old, new):
    """Whoever changed it, nothing of it is believed, shown as it is, or
    sent."""
    entry = waiting()
    assert old in entry.raw
    with open(entry.path, "wb") as f:
        f.write(entry.raw.replace(old, new))
    with Catch() as server:
        home.rc(*local(server.port, "queue on-failure"))
        listed = run([], argv0="mailq")
        assert "\r" not in listed.out and "\0" not in listed.out
        check = run(["--queue-check"])
        assert check.code != 0 and check.out + check.err, check
        run(["--queue-run"])
    assert not server.mails
    assert not [c for c in server.commands if b"RCPT" in c]
