# SPDX-License-Identifier: ISC
"""What the time in the queue does to a mail: the times that its sender has set
(RFC 2852, 4865); and reports that have to get through to whoever is told."""
import email
import os
import re
import time

import pytest

from queuefiles import make
from queues import Queue
from servers.taker import Taker
from support import local, message

OFFERS = (b"250-mail.test\r\n250-DELIVERBY\r\n"
          b"250-FUTURERELEASE 99999 2036-01-01T00:00:00Z\r\n250 DSN\r\n")
PLAIN = b"250-mail.test\r\n250 SIZE 0\r\n"
EIGHT = b"250-mail.test\r\n250-8BITMIME\r\n250 SIZE 0\r\n"


@pytest.fixture
def queue(home):
    return Queue(os.path.join(home.path, ".local/state/postrider/queue"))


def old(queue, wish, seconds):
    """A mail that has waited for so long."""
    now = int(time.time())
    return make(queue.path, message=message("a@x.test"), rcpts=["a@x.test"],
                born=now - seconds, next=now - 1,
                more=["wish      %s\n" % wish])


def mail_from(server):
    found, = [c for c in server.commands if c.startswith("MAIL")]
    return found


# --- times --------------------------------------------------------------------

@pytest.mark.parametrize("by, waited, left, mode", [
    ("3600;R", 600, 3000, "R"), ("3600;RT", 600, 3000, "RT"),
    ("3600;N", 600, 3000, "N"), ("3600;N", 5000, -1400, "N"),
    ("-5;NT", 100, -105, "NT")])
def test_deliver_by_is_less(home, run, queue, by, waited, left, mode):
    with Taker(offers=OFFERS) as server:
        home.rc(*local(server.port))
        old(queue, "BY " + by, waited)
        done = run(["--queue-run"])
        assert done.code == 0 and len(server.mails) == 1, done
        found = re.search(r" BY=(-?\d+);(\w+)", mail_from(server))
    assert left - 60 < int(found[1]) <= left and found[2] == mode
    assert not queue.names()


@pytest.mark.parametrize("is_down", [False, True])
def test_sent_back_in_time(home, run, queue, is_down):
    """The server is not even asked, and need not be there."""
    with Taker(offers=OFFERS) as server:
        home.rc(*local(1 if is_down else server.port, "bounce_mbox ~/told"))
        old(queue, "BY 3600;R", 4000)
        assert run(["--queue-run"]).code == 0
        assert not [c for c in server.commands if c.startswith("MAIL")]
    told = home.read("told")
    assert "Action: failed" in told and "Status: 5.4.7" in told
    for state in ("active", "hold", "failed", "bad"):
        assert not queue.names(state)


def test_told_that_the_time_is_over(home, run, queue):
    """Once, and it is still tried."""
    with Taker(offers=OFFERS, rcpt=lambda address: "450 busy") as server:
        home.rc(*local(server.port, "bounce_mbox ~/told"))
        name = old(queue, "BY 3600;N", 4000)
        for _ in range(2):
            assert run(["--queue-run"]).code == 0
            queue.make_due(name)
    assert queue.one().fields["told"] == "D"
    assert queue.one().verdicts == {"a@x.test": "N"}
    assert home.read("told").count("Action: delayed") == 1


def test_tried_again_when_the_time_is_over(home, run, queue):
    """The schedule alone would let the sender wait."""
    with Taker(offers=OFFERS, rcpt=lambda address: "450 busy") as server:
        home.rc(*local(server.port))
        old(queue, "BY 3600;R", 3400)
        begun = int(time.time())
        assert run(["--queue-run"]).code == 0
    assert begun + 100 < int(queue.one().fields["next"]) <= begun + 260


@pytest.mark.parametrize("waited, asked", [(100, True), (700, False)])
def test_held_no_longer_than_wished(home, run, queue, waited, asked):
    """It was held here, too; a server that cannot do it will do then."""
    with Taker(offers=OFFERS if asked else PLAIN) as server:
        home.rc(*local(server.port))
        old(queue, "HOLD HOLDFOR=600", waited)
        done = run(["--queue-run"])
        assert done.code == 0 and len(server.mails) == 1, done
        found = re.search(r" HOLDFOR=(\d+)", mail_from(server))
    assert bool(found) == asked
    if asked:
        assert 440 < int(found[1]) <= 500


# --- reports --------------------------------------------------------------------

SEALED = (b"From: alice@example.test\nTo: a@x.test\nSubject: sealed\n"
          b"Message-ID: <sealed@x.test>\nMIME-Version: 1.0\n"
          b"Content-Type: multipart/signed; boundary=B; micalg=pgp-sha256;\n"
          b" protocol=\"application/pgp-signature\"\n\n"
          b"--B\nContent-Type: text/plain; charset=utf-8\n"
          b"Content-Transfer-Encoding: 8bit\n\nGr\xc3\xbc\xc3\x9fe\n"
          b"--B\nContent-Type: application/pgp-signature\n\nxyz\n--B--\n")
OPEN = message("a@x.test", b"Gr\xc3\xbc\xc3\x9fe\n", "MIME-Version: 1.0",
               "Content-Type: text/plain; charset=utf-8",
               "Content-Transfer-Encoding: 8bit")


@pytest.mark.parametrize("mail, offers, lines, whole", [
    (SEALED, PLAIN, (), False), (SEALED, EIGHT, (), True),
    (OPEN, PLAIN, (), True), (OPEN, PLAIN, ("body_8bit reject",), False),
    (OPEN, EIGHT, ("body_8bit reject",), True)],
    ids=["sealed", "sealed, 8 bits", "open", "may not", "may, 8 bits"])
def test_a_report_that_the_server_takes(home, run, queue, mail, offers, lines,
                                        whole):
    """What nobody may convert is not returned to where it could not be sent."""
    with Taker(offers=offers, rcpt=lambda address: "250 ok"
               if address == "alice@example.test" else "550 nobody") as server:
        home.rc(*local(server.port, *lines))
        assert run(["-odq", "-R", "full", "a@x.test"], mail,
                   argv0="sendmail").code == 0
        assert run(["--queue-run"]).code == 0
        told, = server.mails
    assert told.sender == "" and told.rcpts == ["alice@example.test"]
    parts = [p.get_content_type() for p in
             email.message_from_bytes(told.data).get_payload()]
    assert parts[1] == "message/delivery-status"
    assert parts[2] == ("message/rfc822" if whole else "text/rfc822-headers")
    for state in ("active", "hold", "failed", "bad"):
        assert not queue.names(state)


def test_nobody_to_tell_while_others_wait(home, run, queue):
    """One is refused and nobody can be told; the other one has to wait, and is
    not forgotten for that."""
    replies = {"a@x.test": "550 nobody", "b@x.test": "450 busy"}
    with Taker(rcpt=lambda address: replies[address]) as server:
        home.rc(*local(server.port))
        assert run(["-odq", "-f", "<>", *replies], message("a@x.test"),
                   argv0="sendmail").code == 0
        assert run(["--queue-run"]).code == 0
        assert not queue.names("failed")
        queue.make_due(queue.one().id)
        replies["b@x.test"] = "250 ok"
        assert run(["--queue-run"]).code == 0
        assert [m.rcpts for m in server.mails] == [["b@x.test"]]
    assert not queue.names()
    assert queue.one("failed").verdicts == {"a@x.test": "X", "b@x.test": "D"}
