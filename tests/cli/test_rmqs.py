# SPDX-License-Identifier: ISC
"""--rmqs: ETRN, with the exit codes of Debian's msmtp."""
import pytest

from servers.scripted import Scripted
from support import account, local

NAMES = ("example.test", "@example.test", "#queue", "a b")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("door", ("plain", "old"))
def test_postfix_as_msmtp(postfix, home, run, msmtp, door, name):
    home.rc(*local(postfix.port("postfix", door)))
    theirs = msmtp(["--rmqs=" + name])
    ours = run(["--rmqs=" + name])
    assert ours.code == theirs.code != 0, (ours, theirs)
    assert not ours.out and not theirs.out


def test_postfix_with_tls_and_auth(postfix, home, run):
    home.rc(*account(postfix, "postfix", "submission"))
    done = run(["--rmqs=example.test", "-d"])
    assert done.code == 69 and "server message: 459" in done.err, done
    assert "--> ETRN example.test" in done.err and "235" in done.err


@pytest.mark.parametrize("reply, theirs, ours", (
    ("250 ok", 0, 0), ("251 none", 0, 0), ("252 some", 0, 0),
    ("253 5 pending", 0, 0), ("458 unable", 69, 69), ("459 not now", 69, 69),
    ("500 what", 65, 65), ("501 bad", 65, 65), ("502 no", 76, 76),
    ("530 TLS first", 76, 76), ("299 x", 76, 0), ("354 x", 76, 76),
    # for now is not for ever
    ("450 later", 76, 75), ("421 bye", 76, 75)))
def test_replies(home, run, msmtp, reply, theirs, ours):
    talk = ["S: 220 x ESMTP", "C: EHLO *", "S: 250-x", "S: 250 ETRN",
            "C: ETRN @d.test", "S: " + reply,
            *(["C: QUIT", "S: 221 bye"] if theirs == 0 else []), "C$"]
    with Scripted([talk, talk]) as server:
        home.rc(*local(server.port))
        assert msmtp(["--rmqs=@d.test"]).code == theirs
        done = run(["--rmqs=@d.test"])
        assert done.code == ours, done
    assert not server.failure


def test_command_line(home, run, msmtp):
    home.rc(*local(1))
    for args in (["--rmqs=x", "operand"],):
        done = run(args)
        assert done.code == msmtp(args).code == 64, done
        assert "too many arguments" in done.err
    done = run(["--rmqs=a\r\nQUIT"])
    assert done.code == 75, done  # nobody is there; nothing was said
