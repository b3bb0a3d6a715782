# SPDX-License-Identifier: ISC
"""Stripped and forged STARTTLS, as far as it takes the whole program: what no
dialogue of tests/session can play, because TLS itself answers."""
import pytest

from queues import Queue
from servers.catch import Catch
from servers.scripted import Scripted
from support import local, message

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


# The dialogue inside TLS, and what is said of an end of TLS behind each turn.
INSIDE = ["C: EHLO *", "S> 250-x\\r\\n250-PIPELINING\\r\\n250 AUTH PLAIN\\r\\n",
          "C: AUTH PLAIN *", "S: 235 2.7.0 ok",
          "C: MAIL FROM:*", "C: RCPT TO:*", "C: DATA",
          "S> 250 ok\\r\\n250 ok\\r\\n354 go\\r\\n", "C.", "S: 250 sent",
          "C: QUIT"]
TURNS = {"ehlo": 1, "auth": 3, "mail": 7, "message": 9}


@pytest.mark.parametrize("how", ("CLEAR", "UNWRAP"))
@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("is_implicit", (True, False))
def test_st_16_tls_ends_in_the_middle(home, run, rcpt, pki, turn, how,
                                      is_implicit):
    """What comes in the clear is no reply; nothing goes out in the clear."""
    begin = ["S: 220 x"] if is_implicit else [
        "S: 220 x", "C: EHLO *", "S: 250-x", "S: 250 STARTTLS",
        "C: STARTTLS", "S: 220 go", "TLS"]
    at = TURNS[turn]
    dialogue = [*begin, *INSIDE[:at], how, INSIDE[at], "C$"]
    with Scripted(dialogue, pki=pki, tls=is_implicit) as server:
        home.rc(*local(server.port, "host localhost", "tls on",
                       "tls_starttls " + ("off" if is_implicit else "on"),
                       "tls_trust_file " + pki.ca, "auth plain", "user joe",
                       "passwordeval echo sesame"))
        done = run(["--", rcpt], message(rcpt))
    assert done.code == 75 or done.code == 76, done
    assert ("may have taken" in done.err) == (turn == "message"), done
    clear = server.received.rpartition(b"STARTTLS\r\n")[2]
    after = {"ehlo": b"AUTH", "auth": b"MAIL", "mail": b"hello",
             "message": b"QUIT"}[turn]
    assert after not in clear


@pytest.mark.parametrize("demand", (
    "tls on", "auth plain", "tls_certcheck off", "source_ip 127.0.0.2"))
def test_st_17_a_session_serves_its_like_alone(home, run, demand):
    """Two accounts at one host and port, and mails of both wait: what one has
    asked of its session is not what the other gets (CVE-2026-4873)."""
    with Catch() as nobody:
        port = nobody.port
    lines = local(port, "queue on-failure", "user joe",
                  "passwordeval echo sesame")
    home.rc(*lines, "account strict : default", demand)
    for account in ("default", "strict", "default", "strict"):
        done = run(["-odq", "-a", account, "--", account + "@example.test"],
                   message(account + "@example.test"))
        assert done.code == 0, done
    queue = Queue(home.path + "/.local/state/postrider/queue")
    assert len(queue.names()) == 4
    with Catch(["8BITMIME"]) as server:
        home.rc(*local(server.port, *lines[3:]), "account strict : default",
                demand)
        run(["--queue-run"])
    assert server.connections >= 2
    named = {r for mail in server.mails for r in mail.rcpts}
    if demand in ("tls on", "auth plain"):
        assert named == {"<default@example.test>"}
        assert len(queue.names()) == 2
    else:
        assert named == {"<default@example.test>", "<strict@example.test>"}
    hellos = sum(c.startswith(b"EHLO") for c in server.commands)
    assert hellos == server.connections


@pytest.mark.parametrize("is_queued", (False, True))
def test_requiretls_wants_a_proven_server(home, run, pki, is_queued):
    """RFC 8689 4.1: a promise of somebody unknown is none, now or later."""
    with Scripted(["S: 220 x", "C: EHLO *", "S: 250-x", "S: 250 REQUIRETLS",
                   "C$"], pki=pki, tls=True) as server:
        home.rc(*local(server.port, "tls on", "tls_starttls off",
                       "tls_certcheck off", "requiretls on",
                       "queue " + ("on-failure" if is_queued else "off")))
        args = ["-odq"] if is_queued else []
        done = run([*args, "--", "bob@example.test"],
                   message("bob@example.test"))
        if is_queued:
            assert done.code == 0, done
            run(["--queue-run"])
    assert b"EHLO" in server.received and b"MAIL" not in server.received
    assert is_queued or done.code == 69, done
