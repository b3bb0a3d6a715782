# SPDX-License-Identifier: ISC
"""A message reaches the mailbox of every real server, by every door and
mechanism, with the octets it was sent with."""
import pytest

from support import account, message

MECHANISMS = ("plain", "login", "scram-sha-1", "scram-sha-256")


def deliver(lab, home, run, rcpt, server, door, *more, **kinds):
    home.rc(*account(lab, server, door, *more, **kinds))
    sent = message(rcpt)
    done = run(["--", rcpt], sent)
    assert done.code == 0, done
    assert done.out == "" and done.err == "", done
    got = lab.wait(server, rcpt)
    assert got.original == sent
    assert got.sender == "alice@example.test"
    assert got.rcpts == [rcpt]
    return got


@pytest.mark.parametrize("auth", ("on",) + MECHANISMS)
@pytest.mark.parametrize("door", ("submission", "submissions"))
def test_postfix(postfix, home, run, rcpt, door, auth):
    before = len(postfix.log("postfix"))
    got = deliver(postfix, home, run, rcpt, "postfix", door, auth=auth)
    assert b"with ESMTPSA" in got.trace
    method = "SCRAM-SHA-256" if auth == "on" else auth.upper()
    assert b"Authenticated sender: alice@example.test" in got.trace
    logged = postfix.log("postfix")[before:]
    assert "sasl_method=%s," % method in logged, logged


def test_postfix_strict(postfix, home, run, rcpt):
    """The strict door refuses bare newlines, commands sent too early, 8-bit
    headers and 8-bit bodies without a label."""
    deliver(postfix, home, run, rcpt, "postfix", "strict")


def test_postfix_without_extensions(postfix, home, run, rcpt):
    home.rc(*account(postfix, "postfix", "old", auth="plain"))
    sent = message(rcpt)
    done = run(["--", rcpt], sent)
    assert done.code == 0, done
    assert postfix.wait("postfix", rcpt).original == sent


@pytest.mark.parametrize("auth", ("on",) + MECHANISMS)
@pytest.mark.parametrize("door", ("submission", "submissions"))
def test_dovecot(lab, home, run, rcpt, door, auth):
    deliver(lab, home, run, rcpt, "dovecot", door, auth=auth)


@pytest.mark.parametrize("auth", ("on", "plain", "login"))
@pytest.mark.parametrize("door", ("submission", "submissions"))
def test_exim(exim, home, run, rcpt, door, auth):
    deliver(exim, home, run, rcpt, "exim", door, auth=auth)


def test_password_in_file(postfix, home, run, rcpt):
    deliver(postfix, home, run, rcpt, "postfix", "submission",
            "password wonderland", password="")


def test_many_recipients(postfix, home, run, rcpt):
    """Each recipient gets his copy, one named twice only one."""
    home.rc(*account(postfix, "postfix", "submission"))
    rcpts = ["%d-%s" % (n, rcpt) for n in range(150)]
    done = run(["--", *rcpts, rcpts[0]], message(rcpt))
    assert done.code == 0, done
    for each in rcpts:
        postfix.wait("postfix", each)
    assert postfix.arrived("postfix", rcpts[0]) == 0
