# SPDX-License-Identifier: ISC
"""Called as sendmail: recipients from the header, what is added and removed."""
import re

import pytest

from support import account, message


@pytest.fixture
def ready(postfix, home):
    home.rc(*account(postfix, "postfix", "submission"))
    return postfix


def test_sendmail_t(ready, run, rcpt):
    sent = message(rcpt)
    done = run(["-t"], sent, argv0="sendmail")
    assert done.code == 0, done
    assert ready.wait("postfix", rcpt).original == sent


def test_sendmail_t_oi(ready, run, rcpt):
    """How cron and git call it; a line with a dot alone is no end."""
    sent = message(rcpt, b"one\n.\ntwo\n")
    done = run(["-t", "-oi", "-f", "bob@example.test"], sent, argv0="sendmail")
    assert done.code == 0, done
    got = ready.wait("postfix", rcpt)
    assert got.original == sent
    assert got.sender == "bob@example.test"


def test_all_recipient_headers(ready, run, rcpt):
    names = ["%s-%s" % (n, rcpt) for n in ("to", "to2", "cc", "group", "bcc")]
    to, to2, cc, group, bcc = names
    text = ("From: alice@example.test\n"
            "To: (a comment, with a comma) \"To, Mr\" <%s>,\n\t%s\n"
            "Cc: %s\n"
            "CC: friends: %s;\n"
            "Bcc: %s\n"
            "Subject: all\n\nbody\n" % (to, to2, cc, group, bcc))
    done = run(["-t"], text.encode(), argv0="sendmail")
    assert done.code == 0, done
    for name in names:
        got = ready.wait("postfix", name)
        assert got.header("Bcc") == []
        assert bcc.encode() not in got.original


@pytest.mark.parametrize("spelling", (
    "Bcc: %s", "bcc: %s", "BCC:%s", "Bcc : %s", "Bcc:\n %s",
    "Bcc: %s,\n\t%s", "Bcc: x <%s>\nBcc: %s", "Resent-Bcc: %s"))
def test_bcc_removed(ready, run, rcpt, spelling):
    """IN-30 and IN-31: no spelling of Bcc reaches a receiver."""
    secret = "secret-" + rcpt
    lines = spelling.replace("%s", secret)
    text = ("From: alice@example.test\nTo: %s\n%s\nSubject: s\n\nbody\n"
            % (rcpt, lines))
    done = run(["--", rcpt], text.encode(), argv0="sendmail")
    assert done.code == 0, done
    got = ready.wait("postfix", rcpt).original
    assert b"secret" not in got
    assert not re.search(rb"(?mi)^(resent-)?bcc", got)
    # Postfix completes a Resent- block with its own Resent-Date and -From.
    assert b"Subject: s\n" in got and got.endswith(b"\n\nbody\n")


def test_bcc_last_without_newline(ready, run, rcpt):
    """IN-31"""
    text = "From: alice@example.test\nTo: %s\nBcc: secret-%s" % (rcpt, rcpt)
    done = run(["-t"], text.encode(), argv0="sendmail")
    assert done.code == 0, done
    assert b"secret" not in ready.wait("postfix", rcpt).original
    ready.wait("postfix", "secret-" + rcpt)


def test_added_headers(ready, run, rcpt):
    done = run(["--", rcpt], b"Subject: bare\n\nbody\n")
    assert done.code == 0, done
    got = ready.wait("postfix", rcpt)
    assert got.header("From") == ["alice@example.test"]
    assert re.fullmatch(
        r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}",
        got.header("Date")[0])
    assert re.fullmatch(r"<[^<>\s@]{16,}@[^<>\s@]+>",
                        got.header("Message-ID")[0])
    assert got.original.endswith(b"Subject: bare\n\nbody\n") or \
        got.original.endswith(b"\n\nbody\n")


def test_no_header_block(ready, run, rcpt):
    """Input without a header gets the blank line that ends one."""
    done = run(["--", rcpt], b"just text, no header\nsecond line\n")
    assert done.code == 0, done
    head, _, body = ready.wait("postfix", rcpt).original.partition(b"\n\n")
    assert body == b"just text, no header\nsecond line\n"
    assert b"just text" not in head


def test_mbox_line_dropped(ready, run, rcpt):
    """SM-11: only as the very first line, never in the body."""
    sent = message(rcpt, b"x\n\nFrom here on it is body\n")
    done = run(["--", rcpt], b"From alice Sat Nov 21 10:00:00 2026\n" + sent)
    assert done.code == 0, done
    assert ready.wait("postfix", rcpt).original == sent


def test_null_sender(ready, run, rcpt):
    done = run(["-f", "<>", "--", rcpt], message(rcpt), argv0="sendmail")
    assert done.code == 0, done
    assert ready.wait("postfix", rcpt).sender == ""
