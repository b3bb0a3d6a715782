# SPDX-License-Identifier: ISC
"""What msmtp does wrong, as far as it wants a server with faults or a look at
the system calls; the numbers are those of callers/faults.py.

9 (a timeout that holds once TLS is up) is test_tls_deadline.py.
"""
import re

import pytest

from servers.scripted import Scripted
from support import account, local, message
from tracing import traced  # noqa: F401

EX_TEMPFAIL, EX_UNAVAILABLE = 75, 69
HELLO = ["S: 220 mail.test ESMTP", "C: EHLO *"]
PLAIN = HELLO + ["S: 250 mail.test"]
ENVELOPE = ["C: MAIL FROM:<*>*", "S: 250 ok", "C: RCPT TO:<*>", "S: 250 ok"]
DATA = ENVELOPE + ["C: DATA", "S: 354 go", "C."]
# The client's QUIT, or not, and its end.
END = ["C$"]

LATER = {
    "the greeting": ["S: 421 4.3.2 later"],
    "MAIL": PLAIN + ["C: MAIL *", "S: 451 4.3.0 later"],
    "RCPT": PLAIN + ENVELOPE[:-1] + ["S: 450 4.2.1 later"],
    "DATA": PLAIN + ENVELOPE + ["C: DATA", "S: 451 4.3.0 later"],
    "the dot": PLAIN + DATA + ["S: 451 4.3.0 later"],
    "the dot, 421": PLAIN + DATA + ["S: 421 4.3.2 later"],
    "AUTH": HELLO + ["S: 250-mail.test", "S: 250 AUTH PLAIN", "C: AUTH *",
                     "S: 454 4.7.0 later"],
    "the end of the connection": PLAIN + DATA + ["FIN"],
}
NEVER = {
    "MAIL": PLAIN + ["C: MAIL *", "S: 550 5.7.1 never"],
    "RCPT": PLAIN + ENVELOPE[:-1] + ["S: 550 5.1.1 never"],
    "DATA": PLAIN + ENVELOPE + ["C: DATA", "S: 554 5.5.0 never"],
    "the dot": PLAIN + DATA + ["S: 554 5.7.1 never"],
}


def play(home, run, rcpt, dialogue, *lines):
    with Scripted([dialogue]) as server:
        home.rc(*local(server.port, *lines))
        done = run(["--", rcpt], message(rcpt))
    assert server.failure is None, server.failure
    return done, server.received


@pytest.mark.parametrize("place", LATER)
def test_08_later_is_later(home, run, rcpt, place):
    lines = ["auth plain", "user joe", "password x"] if place == "AUTH" else []
    end = [] if "end" in place else END
    done, _ = play(home, run, rcpt, LATER[place] + end, *lines)
    assert done.code == EX_TEMPFAIL, done


@pytest.mark.parametrize("place", NEVER)
def test_08_never_is_never(home, run, rcpt, place):
    done, _ = play(home, run, rcpt, NEVER[place] + END)
    assert done.code not in (0, EX_TEMPFAIL) and "never" in done.err, done


def test_09_a_timeout_is_later(home, run, rcpt):
    done, _ = play(home, run, rcpt, PLAIN + DATA + ["C$"], "timeout 4")
    assert done.code == EX_TEMPFAIL, done


def test_10_too_big_is_not_sent(home, run, rcpt):
    done, received = play(home, run, rcpt, HELLO + [
        "S: 250-mail.test", "S: 250 SIZE 100"] + END)
    assert done.code == EX_UNAVAILABLE or done.code == 65, done
    assert b"MAIL" not in received


def test_10_size_and_8bitmime_are_said(home, run, rcpt):
    body = "gr\u00fc\u00dfe\n".encode()
    with Scripted([HELLO + ["S: 250-mail.test", "S: 250-SIZE 0",
                            "S: 250 8BITMIME"] + DATA +
                   ["S: 250 ok"] + END]) as server:
        home.rc(*local(server.port))
        done = run(["--", rcpt], message(
            rcpt, body, "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: 8bit"))
    assert done.code == 0 and server.failure is None, (done, server.failure)
    mail = re.search(rb"MAIL FROM:<\S+>(.*)\r\n", server.received)[1].split()
    assert b"BODY=8BITMIME" in mail
    size = int(dict(p.split(b"=") for p in mail)[b"SIZE"])
    text = server.received.partition(b"DATA\r\n")[2].partition(b"\r\n.\r\n")[0]
    assert size == len(text) + 2 and body.rstrip() in text


def test_10_smtputf8_for_a_local_part(home, run, rcpt):
    wide = "j\u00fcrgen@example.test"
    with Scripted([HELLO + ["S: 250-mail.test", "S: 250-8BITMIME",
                            "S: 250 SMTPUTF8"] + DATA +
                   ["S: 250 ok"] + END]) as server:
        home.rc(*local(server.port))
        done = run(["--", wide], message(rcpt))
    assert done.code == 0, done
    assert re.search(rb"MAIL FROM:<\S+>.* SMTPUTF8", server.received)


def test_11_one_write_no_delay(home, traced, rcpt, in_one_piece):  # noqa: F811
    """The envelope leaves in one piece, and nothing waits for an ACK."""
    flight = ["C: MAIL FROM:<*>*", "C: RCPT TO:<*>", "C: RCPT TO:<*>",
              "C: DATA", r"S> 250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n", "C.",
              "S: 250 ok"]
    with Scripted([HELLO + ["S: 250-mail.test", "S: 250 PIPELINING"] +
                   flight + END]) as server:
        home.rc(*local(server.port))
        code, calls = traced(["--", rcpt, "b" + rcpt], message(rcpt))
    assert code == 0 and server.failure is None, calls
    assert "TCP_NODELAY, [1]" in calls
    pieces = [line for line in calls.splitlines() if "MAIL FROM" in line]
    assert len(pieces) == 1 and pieces[0].count("RCPT TO") == 2


def test_13_one_refused_recipient(postfix, home, run, rcpt):
    """The other gets it, once; and the session ends as it should."""
    before = len(postfix.log("postfix"))
    home.rc(*account(postfix, "postfix", "submission"))
    done = run(["--", "nobody@elsewhere.invalid", rcpt, rcpt], message(rcpt))
    assert done.code == 65 and "nobody@elsewhere.invalid" in done.err, done
    assert rcpt not in done.err
    assert postfix.wait("postfix", rcpt).original == message(rcpt)
    assert postfix.arrived("postfix", rcpt) == 0
    assert re.search(r"disconnect from .* rcpt=1/2 .*quit=1",
                     postfix.log("postfix")[before:])


def test_15_a_message_id_asks_nobody(home, traced, rcpt):  # noqa: F811
    with Scripted([PLAIN + DATA + ["S: 250 ok"] + END]) as server:
        home.rc(*local(server.port))
        code, calls = traced(["--", rcpt], b"Subject: bare\n\nbody\n")
    assert code == 0 and b"Message-ID: <" in server.received
    assert set(re.findall(r"connect\(.*", calls)) == set(
        re.findall(r"connect\(.*port=htons\(%d\).*" % server.port, calls))
