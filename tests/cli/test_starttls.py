# SPDX-License-Identifier: ISC
"""Stripped and forged STARTTLS, as far as it takes the whole program: what no
dialogue of tests/session can play, because TLS itself answers."""
import pytest

from servers.scripted import Scripted
from support import message

EX_PROTOCOL = 76
OFFER = ["S: 220 mail.test ESMTP", "C: EHLO *", "S> 250-mail.test\\r\\n"
         "250-STARTTLS\\r\\n250 AUTH PLAIN\\r\\n"]


@pytest.fixture
def refused(home, run, tmp_path):
    """refused(dialogue, *lines): what the program says; checks that it says no
    more than it must and does not even ask for the password."""
    asked = tmp_path / "asked"

    def refused(dialogue, *lines, expect=b"STARTTLS\r\n"):
        with Scripted(dialogue) as server:
            home.rc("account default", "host localhost",
                    "port %d" % server.port, "tls on", "auth plain",
                    "user alice", "from alice@example.test",
                    "passwordeval touch %s; echo wonderland" % asked, *lines)
            done = run(["bob@example.test"], message("bob@example.test"))
        assert done.code == EX_PROTOCOL, done
        assert not asked.exists()
        assert b"AUTH" not in server.received
        assert b"MAIL" not in server.received
        # behind the last word in clear there is a TLS record, or nothing
        rest = server.received.split(expect, 1)[1] if expect else \
            server.received
        assert rest[:1] in (b"", b"\x15", b"\x16")
        return done
    return refused


def test_st_04_forged_replies_before_the_handshake(refused, home):
    done = refused(OFFER + ["C: STARTTLS", "S: 220 go", "~0.01",
                            "S> 250-mail.test\\r\\n250 AUTH PLAIN\\r\\n",
                            "C$"])
    assert "250" not in done.err
    assert "mail.test" not in done.err


def test_st_12_smtp_where_tls_is_expected(refused):
    """The server's words are never shown as they are."""
    done = refused(["S> 220 mail.test \\x1b[2J ESMTP\\r\\n", "C$"],
                   "tls_starttls off", expect=None)
    assert "\x1b" not in done.err and "220" not in done.err
    assert "tls_starttls on" in done.err
