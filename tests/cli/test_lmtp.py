# SPDX-License-Identifier: ISC
"""LMTP (RFC 2033) at a real Dovecot: a verdict for each recipient, over a port
and over a Unix socket."""
import json

import pytest

from support import local, message, normalised

ALICE, BOB = "alice@example.test", "bob@example.test"
FULL, NOBODY = "full@example.test", "nosuch@example.test"
WAYS = ("port", "socket")


@pytest.fixture
def lines(lab):
    """lines(way, setting...): an account."""
    def lines(way, *more):
        if way == "port":
            return local(lab.port("dovecot", "lmtp"), "protocol lmtp", *more)
        return ["account default", "protocol lmtp", "auth off", "tls off",
                "socket " + lab.path("dcrun", "lmtp"),
                "from alice@example.test", *more]
    return lines


def verdicts(done):
    report = json.loads(done.out)
    return {r["address"]: (r["fate"], r.get("code"), r["status"])
            for r in report["recipients"]}


@pytest.mark.parametrize("way", WAYS)
def test_stored(lab, home, run, lines, way):
    home.rc(*lines(way))
    sent = message(ALICE, b".\nd\xc3\xb6ts\n")
    done = run(["--", ALICE], sent)
    assert done.code == 0, done
    body = lab.wait("lmtp", ALICE).original.partition(b"\n\n")[2]
    assert body == normalised(b".\nd\xc3\xb6ts\n")


@pytest.mark.parametrize("chunking", ("on", "off"))
@pytest.mark.parametrize("way", WAYS)
def test_one_accepted_one_refused(lab, home, run, lines, way, chunking):
    """Refused behind the message, when the other was stored; and at once."""
    home.rc(*lines(way, "chunking " + chunking))
    done = run(["--json", "--", BOB, FULL, NOBODY],
               message(BOB, b"x" * 70 + b"\n" * 100))
    assert done.code == 69, done
    assert verdicts(done) == {BOB: ("sent", 250, "2.0.0"),
                              FULL: ("failed", 552, "5.2.2"),
                              NOBODY: ("failed", 550, "5.1.1")}, done
    assert lab.wait("lmtp", BOB).rcpts == [BOB]
    assert lab.arrived("lmtp", FULL) == 0


def test_all_refused(lab, home, run, lines):
    home.rc(*lines("port"))
    done = run(["--json", "--", NOBODY, "none@example.test"], message(NOBODY))
    assert done.code == 65, done
    assert {v[0] for v in verdicts(done).values()} == {"failed"}
