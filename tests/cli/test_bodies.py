# SPDX-License-Identifier: ISC
"""Difficult messages: what was sent is what arrives, line ends apart."""
import pytest

from servers.scripted import Scripted
from support import account, local, message, normalised

SMUGGLE = (b"\n.\n", b"\n.\r", b"\r.\n", b"\r.\r", b"\n.\r\n", b"\r.\r\n",
           b"\r\n.\r", b"\r\n.\n", b"\r\n.\r\r\n", b"\r\r\n.\r\r\n")
MEGABYTE = b"".join(b"line %d of about forty octets\n" % n
                    for n in range(30000))

BODIES = {
    "dots": b".\n..\n.x\n...\n\n.\n",
    "last-dot": b"x\n.",
    "no-final-newline": b"one\ntwo",
    "crlf": b"one\r\ntwo\r\n.\r\nthree\r\n",
    "mixed": b"one\r\ntwo\nthree\r\n",
    "bare-cr": b"progress 1%\rprogress 2%\rdone\nx\r",
    "long-lines": b"y" * 998 + b"\n" + b"x" * 999 + b"\n" + b"z" * 70000,
    "latin1": b"caf\xe9\n",
    "utf8": "grüße, 郵便\n".encode(),
    "empty": b"",
    "blank-lines": b"\n\n\n",
    "from": b"From here\n>From there\n",
    "megabyte": MEGABYTE,
    "smuggle": b"A" + b"B".join(SMUGGLE) + b"C\n",
}


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("server", ("postfix", "dovecot", "exim"))
def test_body(lab, request, home, run, rcpt, server, name):
    """SM-01 to SM-06, SM-10 at receivers that store what they get."""
    if server != "dovecot":
        request.getfixturevalue(server)
    home.rc(*account(lab, server, "submission", "body_8bit send",
                     "long_lines send"))
    sent = message(rcpt, BODIES[name])
    done = run(["--", rcpt], sent)
    assert done.code == 0, done
    got = lab.wait(server, rcpt).original
    want = normalised(sent)
    assert len(got) == len(want)
    assert got == want


def test_nul(postfix, home, run, rcpt):
    """SM-07: a NUL never leaves; what stands beside it does."""
    home.rc(*account(postfix, "postfix", "submission"))
    done = run(["--", rcpt], message(rcpt, b"a\0b\n.\0\nend\n"))
    assert done.code == 0, done
    body = postfix.wait("postfix", rcpt).original.partition(b"\n\n")[2]
    assert b"\0" not in body
    assert body.startswith(b"a") and body.endswith(b"\nend\n")
    assert body.count(b"\n") == 3


@pytest.mark.parametrize("name", BODIES)
def test_wire(home, run, rcpt, name):
    """SM-01: on the wire CR and LF are pairs, each line's first dot is
    doubled, and CRLF "." CRLF stands once, at the end."""
    with Scripted(["S: 220 mail.test", "C: EHLO *", "S: 250 mail.test",
                   "C: MAIL FROM:<alice@example.test>*", "S: 250 ok",
                   "C: RCPT TO:<%s>" % rcpt, "S: 250 ok", "C: DATA",
                   "S: 354 go", "C.", "S: 250 done", "C: QUIT",
                   "S: 221 bye"]) as server:
        home.rc(*local(server.port, "body_8bit send", "long_lines send"))
        done = run(["--", rcpt], message(rcpt, BODIES[name]))
    assert done.code == 0, done
    assert server.failure is None
    wire = server.received.partition(b"DATA\r\n")[2]
    wire = wire.removesuffix(b"QUIT\r\n")
    pure = wire.replace(b"\r\n", b"")
    assert b"\r" not in pure and b"\n" not in pure and b"\0" not in pure
    assert wire.count(b"\r\n.\r\n") == 1 and wire.endswith(b"\r\n.\r\n")
    lines = wire.removesuffix(b".\r\n").split(b"\r\n")[:-1]
    assert all(line[:2] == b".." for line in lines if line[:1] == b".")
    plain = [line[1:] if line[:1] == b"." else line for line in lines]
    assert b"".join(p + b"\n" for p in plain) == \
        normalised(message(rcpt, BODIES[name]))


def test_headers_only(postfix, home, run, rcpt):
    """SM-05: headers and no blank line."""
    home.rc(*account(postfix, "postfix", "submission"))
    sent = message(rcpt).partition(b"\n\n")[0]
    done = run(["--", rcpt], sent)
    assert done.code == 0, done
    got = postfix.wait("postfix", rcpt).original
    assert got.rstrip(b"\n") == sent and got.endswith(b"\n")


def test_big_regular_file(postfix, home, program, environment, rcpt):
    """A regular file as standard input is sent from where it stands."""
    import subprocess
    home.rc(*account(postfix, "postfix", "submissions"))
    sent = message(rcpt, MEGABYTE)
    path = home.file("mail", b"skipped\n" + sent)
    with open(path, "rb") as f:
        f.seek(len(b"skipped\n"))
        done = subprocess.run([program, "--", rcpt], stdin=f, env=environment,
                              cwd=home.path, capture_output=True, timeout=60)
    assert done.returncode == 0, done
    assert postfix.wait("postfix", rcpt).original == sent
