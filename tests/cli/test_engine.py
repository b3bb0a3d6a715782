# SPDX-License-Identifier: ISC
"""What the protocol offers beyond the plain transaction, at real servers:
chunks, reports, SMTPUTF8, many recipients; LMTP by a dialogue."""
import re

import pytest

from servers.catch import Catch
from servers.scripted import Scripted
from support import account, local, message, normalised
from tracing import traced  # noqa: F401

BODIES = {
    "dots": b".\n..\n.\r\n\r.\r\n.hidden\nno end",
    "flight": b"x" * 70 + b"\n",
    "just-a-flight": (b"y" * 70 + b"\n") * 900,
    "chunks": (b"." + b"z" * 70 + b"\n") * 40000,
    "very-large": (b"." + b"w" * 70 + b"\n") * 480000,
}


@pytest.mark.parametrize("chunking", ("auto", "on", "off"))
@pytest.mark.parametrize("body", BODIES)
def test_chunks(postfix, home, run, rcpt, body, chunking):
    """The same octets arrive by whatever way; Postfix says which it was."""
    home.rc(*account(postfix, "postfix", "submissions",
                     "chunking " + chunking))
    sent = message(rcpt, BODIES[body])
    done = run(["-d", "--", rcpt], sent)
    assert done.code == 0, done
    has_chunks = chunking == "on" or (
        chunking == "auto" and body != "very-large")
    assert ("BDAT " in done.err) == has_chunks, done
    assert ("--> DATA" in done.err) != has_chunks, done
    assert postfix.wait("postfix", rcpt).original == normalised(sent)


def test_opens_only_what_the_mail_needs(postfix, home, traced, rcpt):
    """No locale, no catalogue, no library but libc; with an error they are
    there."""
    home.rc(*local(postfix.port("postfix", "plain")))
    code, calls = traced(["--", rcpt], message(rcpt))
    assert code == 0
    opened = re.findall(r'open(?:at)?\([^"]*"([^"]*)"', calls)
    assert home.path + "/.msmtprc" in opened, opened
    assert not [p for p in opened if "locale" in p or p.endswith(".mo")]
    assert not re.search("gnutls|gsasl|idn2|secret|unbound", " ".join(opened))
    home.rc("account default", "host localhost", "nonsense on")
    code, calls = traced(["--", rcpt], message(rcpt))
    assert code == 78 and "locale" in calls


@pytest.mark.parametrize("door,count", (("plain", 3), ("submission", 7),
                                        ("submissions", 6)))
def test_a_packet_for_all_there_is_to_say(postfix, home, traced, rcpt, door,
                                          count):
    """EHLO; STARTTLS; the hello of TLS; its end and EHLO; AUTH; the mail;
    QUIT and the end of TLS, which go with that of the connection.  The system
    takes no more than it can send soon."""
    home.rc(*(local(postfix.port("postfix", door)) if door == "plain"
              else account(postfix, "postfix", door, auth="plain")))
    code, calls = traced(["--", rcpt], message(rcpt))
    assert code == 0
    sent = re.findall(r"sendto\(.*", calls)
    assert len(sent) == count, sent
    assert ["MSG_MORE" in call for call in sent] == (count - 1) * [False] + [
        True]
    assert "TCP_NOTSENT_LOWAT, [65536]" in calls
    postfix.wait("postfix", rcpt)


def test_chunks_needed(postfix, home, run, rcpt):
    home.rc(*account(postfix, "postfix", "old", "chunking on", auth="plain"))
    done = run(["--", rcpt], message(rcpt))
    assert done.code == 69 and "CHUNKING" in done.err, done


def test_reports(postfix, home, run, rcpt):
    """Postfix understands the parameters: the xtext is taken off again."""
    home.rc(*account(postfix, "postfix", "submission"))
    plus = rcpt.replace("@", "+x=y@")
    before = len(postfix.log("postfix"))
    done = run(["-N", "failure,delay", "-R", "hdrs", "-V", "Q+1=2 x", "-d",
                "--", plus], message(plus))
    assert done.code == 0, done
    assert "RET=HDRS ENVID=Q+2B1+3D2+20x" in done.err, done
    assert "ORCPT=rfc822;" + plus.replace("+", "+2B").replace(
        "=", "+3D") in done.err, done
    assert postfix.wait("postfix", plus).rcpts == [plus]
    assert plus in postfix.log("postfix")[before:]


@pytest.mark.parametrize("wish", (
    ["-N", "never"], ["-R", "full"], ["-V", "x"], ["--deliver-by=60;R"],
    ["--future-release=60"], ["--mt-priority=3"], ["--requiretls"]))
def test_wishes_that_a_server_cannot_grant(postfix, home, run, rcpt, wish):
    home.rc(*account(postfix, "postfix", "old", auth="plain"))
    done = run([*wish, "--", rcpt], message(rcpt))
    assert done.code == 69 and "does not support" in done.err, done
    assert postfix.arrived("postfix", rcpt) == 0


def test_requiretls_without_proof(postfix, home, run, rcpt):
    """RFC 8689 4.1: the first server must have shown who it is."""
    home.rc(*account(postfix, "postfix", "submissions", "requiretls on",
                     "tls_certcheck off"))
    done = run(["--", rcpt], message(rcpt))
    assert done.code == 69 and "requiretls" in done.err, done
    home.rc(*account(postfix, "postfix", "submissions", "requiretls on"))
    done = run(["--", rcpt], message(rcpt))
    assert done.code == 69 and "support REQUIRETLS" in done.err, done
    assert postfix.arrived("postfix", rcpt) == 0


@pytest.mark.parametrize("value", (
    ["-N", "sometimes"], ["-R", "body"], ["-V", ""], ["-V", "x" * 101],
    ["--deliver-by=60"], ["--future-release=tomorrow"],
    ["--future-release=2026-02-29T10:00:00Z"],
    ["--future-release=2026-13-01T10:00:00Z"],
    ["--future-release=2026-12-01T24:00:00Z"],
    ["--future-release=2026-12-01T10:00:00+24:00"],
    ["--mt-priority=10"], ["--mt-priority=-0"]))
def test_wishes_that_make_no_sense(home, run, value):
    home.rc(*local(9))
    done = run([*value, "--", "bob@example.test"], message("bob@example.test"))
    assert done.code == 64 and done.err, done


@pytest.mark.parametrize("wish,parameter", (
    (["--future-release=2028-02-29T23:30:00-01:00"],
     "HOLDUNTIL=2028-03-01T00:30:00Z"),
    (["--future-release=2026-12-24T19:00:00+01:00"],
     "HOLDUNTIL=2026-12-24T18:00:00Z"),
    (["--future-release=2026-12-24T18:00:00Z"],
     "HOLDUNTIL=2026-12-24T18:00:00Z"),
    (["--future-release=0060"], "HOLDFOR=60"),
    (["--deliver-by=00000000000060;r"], "BY=60;R"),
    (["--mt-priority=-03"], "MT-PRIORITY=-3")))
def test_wishes_as_the_rfcs_spell_them(home, run, wish, parameter):
    """A time is told as of UTC (RFC 4865 4); no number has more digits than it
    needs."""
    home.rc(*local(9))
    done = run([*wish, "--dry-run=FUTURERELEASE,MT-PRIORITY,DELIVERBY", "--",
                "bob@example.test"], message("bob@example.test"))
    assert done.code == 0, done
    assert "MAIL FROM:<alice@example.test> %s\r\n" % parameter in done.out, done


@pytest.mark.parametrize("door", ("submission", "strict"))
def test_local_part_outside_ascii(postfix, home, run, rcpt, door):
    home.rc(*account(postfix, "postfix", door))
    wide = rcpt.replace("@", "-ä@")
    # two, so that Postfix's own Received does not name the one
    done = run(["-d", "--", wide, rcpt], message(rcpt))
    assert done.code == 0 and re.search(r"MAIL FROM:.* SMTPUTF8",
                                        done.err), done
    assert postfix.wait("postfix", wide).rcpts == [wide]


def test_local_part_outside_ascii_without_the_extension(
        postfix, home, run, rcpt):
    """5.6.7 for that one, not for the others."""
    home.rc(*account(postfix, "postfix", "old", auth="plain"))
    wide = rcpt.replace("@", "-ä@")
    done = run(["--json", "--", wide, rcpt], message(rcpt))
    assert done.code == 65 and '"5.6.7"' in done.out, done
    assert postfix.wait("postfix", rcpt).rcpts == [rcpt]


def test_more_recipients_than_one_transaction_takes(postfix, home, run, rcpt):
    """smtpd_recipient_limit is 1,000 where nobody sets it (RP-23)."""
    home.rc(*account(postfix, "postfix", "submissions"))
    many = [rcpt.replace("@", "-%d@" % i) for i in range(1100)]
    done = run(["-d", "--", *many], message(rcpt))
    assert done.code == 0, done.err[-2000:]
    assert done.err.count("--> MAIL FROM") == 2
    assert "452 4.5.3" in done.err


def test_lmtp(home, run):
    """A reply for each recipient; the exit code is that of the worst."""
    with Scripted(["S: 220 mail.test LMTP", "C: LHLO *", "S: 250-mail.test",
                   "S: 250 PIPELINING", "C: MAIL FROM:<alice@example.test>",
                   "C: RCPT TO:<a@example.test>",
                   "C: RCPT TO:<b@example.test>",
                   "C: RCPT TO:<c@example.test>", "C: DATA",
                   "S> 250 ok\\r\\n250 ok\\r\\n550 no\\r\\n250 ok\\r\\n",
                   "S: 354 go", "C.",
                   "S> 250 stored\\r\\n452 4.2.2 full\\r\\n",
                   "C: QUIT"]) as server:
        home.rc(*local(server.port, "protocol lmtp"))
        done = run(["--json", "--", "a@example.test", "b@example.test",
                    "c@example.test"], message("a@example.test"))
    assert server.failure is None, server.failure
    assert done.code == 65, done
    assert re.findall(r'"fate":"(\w+)"', done.out) == [
        "sent", "failed", "deferred"], done


def test_lmtp_has_no_port_of_its_own(home, run):
    home.rc("account default", "host localhost", "protocol lmtp",
            "from alice@example.test")
    done = run(["--", "a@example.test"], message("a@example.test"))
    assert done.code == 78 and "port" in done.err, done


def test_another_session_for_those_who_are_left(home, run):
    """MAILMAX (RFC 9422): the next recipients get the next session."""
    def dialogue(rcpt):
        return ["S: 220 mail.test ESMTP", "C: EHLO *", "S: 250-mail.test",
                "S: 250-CHUNKING", "S: 250-PIPELINING",
                "S: 250 LIMITS RCPTMAX=1 MAILMAX=1", "C: MAIL FROM:*",
                "C: RCPT TO:<%s>" % rcpt, "C: BDAT *", "C: From:*", "C: To:*",
                "C: Subject:*", "C: Date:*", "C: Message-ID:*", "C: ",
                "C: hello", "S> 250 ok\\r\\n250 ok\\r\\n250 queued\\r\\n",
                "C: QUIT"]
    with Scripted([dialogue("a@example.test"),
                   dialogue("b@example.test")]) as server:
        home.rc(*local(server.port))
        done = run(["--", "a@example.test", "b@example.test"],
                   message("a@example.test"))
    assert server.failure is None, server.failure
    assert done.code == 0, done


def test_another_session_from_the_queue_too(home, run):
    """... in the same pass: nobody waits for a later attempt."""
    rcpts = ["%s@example.test" % name for name in "abc"]
    with Catch(["PIPELINING", "CHUNKING",
                "LIMITS RCPTMAX=1 MAILMAX=1"]) as server:
        home.rc(*local(server.port, "queue on-failure"))
        assert run(["-odq", "--", *rcpts], message(rcpts[0])).code == 0
        done = run(["--queue-run"])
    assert done.code == 0, done
    assert [mail.rcpts for mail in server.mails] == [
        ["<%s>" % rcpt] for rcpt in rcpts]
    assert server.connections == 3
    assert "empty" in run(["--mailq"]).out
