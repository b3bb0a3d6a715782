# SPDX-License-Identifier: ISC
"""Settings of msmtp's that change the envelope, the header or the log."""
import email
import re

import pytest

from servers.scripted import Scripted
from support import local

HEAD = b"From: Joe <joe@here.test>\nTo: a@x.test\nCc: b@x.test\nBcc: c@x.test\n"


@pytest.fixture
def wire(home, run):
    """wire(lines, args) -> (result, sender, message) as a server sees them"""
    def wire(lines, args=("a@x.test",), rcpts=1, head=HEAD, run=run,
             with_wire=False, **more):
        dialogue = ["S: 220 mail.test", "C: EHLO *", "S: 250 mail.test",
                    "C: MAIL FROM:*", "S: 250 ok"]
        dialogue += ["C: RCPT TO:*", "S: 250 ok"] * rcpts
        dialogue += ["C: DATA", "S: 354 go", "C.", "S: 250 done", "C: QUIT",
                     "S: 221 bye"]
        with Scripted(dialogue) as server:
            rc = [line for line in local(server.port)
                  if not line.startswith("from ")]
            home.rc(*rc, *lines)
            done = run(list(args), head + b"\nbody\n", **more)
        assert done.code == 0, done
        sender = re.search(rb"MAIL FROM:<([^>]*)>", server.received)[1]
        data = server.received.partition(b"DATA\r\n")[2]
        result = done, sender.decode(), email.message_from_bytes(data)
        if with_wire:
            result += (sorted(re.findall(r"RCPT TO:<([^>]*)>",
                                         server.received.decode())),)
        return result
    return wire


@pytest.mark.parametrize("lines, args, sender", (
    (["from me@x.test"], [], "me@x.test"),
    (["from *@x.test"], [], "joe@here.test"),
    (["from *@x.test", "from me@x.test", "from ?@y.test"], [], "me@x.test"),
    (["from %U@h.test"], [], "tester@h.test"),
    (["from %U@%H"], [], "tester@host.test"),
    (["from %F"], [], "joe@here.test"),
    (["from me@x.test"], ["-f", "%U@x.test"], "%U@x.test"),
    (["from me@x.test", "allow_from_override off"],
     ["-f", "evil@x.test"], "me@x.test"),
    (["from me@x.test", "allow_from_override off"],
     ["--read-envelope-from"], "me@x.test"),
    (["from me@x.test", "auto_from", "maildomain d.test"], [],
     "tester@d.test"),
    (["from me@x.test"], ["--auto-from=on", "--maildomain=d.test"],
     "tester@d.test")))
def test_sender(wire, lines, args, sender):
    env = {"HOSTNAME": "host.test"}
    assert wire(lines, [*args, "--", "a@x.test"], env=env)[1] == sender


def test_mailname(home, run):
    """%M is the first line of a file that need not be there."""
    home.rc(*local(9, "from x@%M", "domain %M"))
    done = run(["a@x.test"], HEAD + b"\nbody\n")
    if done.code != 75:
        assert done.code == 78 and "mailname" in done.err, done


@pytest.mark.parametrize("lines, args, to, cc, bcc", (
    (["set_to_header on"], [], "a@x.test, b@x.test, c@x.test", None, None),
    (["set_to_header undisclosed_recipients"], [], "undisclosed-recipients:;",
     None, None),
    (["undisclosed_recipients on"], [], "undisclosed-recipients:;", None,
     None),
    (["set_to_header"], ["--undisclosed-recipients=off"], "a@x.test",
     "b@x.test", None),
    ([], ["--set-to-header"], "a@x.test, b@x.test, c@x.test", None, None),
    (["keepbcc on"], [], "a@x.test", "b@x.test", "c@x.test"),
    ([], ["--keepbcc"], "a@x.test", "b@x.test", "c@x.test")))
def test_to(wire, lines, args, to, cc, bcc):
    mail = wire(["from me@x.test", *lines], [*args, "-t"], rcpts=3)[2]
    assert (mail.get_all("To"), mail["Cc"], mail["Bcc"]) == ([to], cc, bcc)


def rcpts(done):
    return re.findall(r"RCPT TO:<([^>]*)>", done.err)


def test_aliases(wire, home):
    """Names without a domain and those at local_domains; the header stays."""
    home.file("team", "# a list\nc@x.test\nBOSS\n")
    home.file("al", "root: a@x.test,\n  \"Bee, B\" <b@x.test>, team\n"
              "Team: :include:~/team\nboss: d@x.test\n")
    done, _, mail = wire(
        ["from me@x.test", "aliases ~/al", "local_domains here.test"],
        ["-d", "Root", "boss@here.test", "e@x.test"], rcpts=5)
    assert rcpts(done) == [p + "@x.test" for p in "abcde"]
    assert mail["To"] == "a@x.test"


def test_aliases_not_needed(wire):
    """The file need not be there where nobody asks for a name."""
    wire(["from me@x.test", "aliases ~/none"])


@pytest.mark.parametrize("text, said", (
    ("root: a@x.test\nroot: b@x.test\n", "al: lines 1 and 2: "),
    ("root: joe\njoe: fred\nfred: joe\n", "al: line 3: "),
    ("\nroot: a@x.test, \"|touch ~/ran\"\n", "al: line 2: "),
    ("root: /tmp/x\n", "al: line 1: "),
    ("root\n", "al: line 1: "),
    (None, "al")))
def test_aliases_bad(home, run, text, said):
    """IN-40, IN-41, IN-42: 78 with the place, and nothing is run or sent."""
    if text is not None:
        home.file("al", text)
    home.rc(*local(9, "aliases ~/al"))
    done = run(["root", "x@x.test"], HEAD + b"\nbody\n")
    assert done.code == 78, done
    assert said in done.err
    assert not home.read("ran")


def test_aliases_as_sendmail(home, run):
    """IN-23: a stranger names no file."""
    home.rc(*local(9))
    done = run(["--aliases=/etc/passwd", "root"], HEAD + b"\n", "sendmail")
    assert done.code == 64, done


SAME = (
    ["aliases ~/al"], ["keepbcc on"], ["remove_bcc_headers off"],
    ["undisclosed_recipients on"], ["auto_from on", "maildomain d.test"],
    ["from %U@d.test"], ["from me@x.test", "from other@x.test"],
    ["allow_from_override off"], ["set_from_header on"],
    ["add_missing_from_header off", "add_missing_date_header off"],
    ["eval echo from eval@x.test"])


@pytest.mark.parametrize("args", (["-t"], ["-f", "f@x.test", "-t"], []),
                         ids=("t", "f", "operands"))
@pytest.mark.parametrize("lines", SAME, ids=" ".join)
def test_same_as_msmtp(wire, home, msmtp, run, lines, args):
    """Envelope and header are what Debian's msmtp makes of them."""
    home.file("al", "root: q@x.test, joe\njoe: j@x.test # me\n"
              "jim: d@x.test\n")
    # in this order: msmtp passes over the one behind a name that it replaces
    args = [*args, "jim", "z@x.test", "root"]
    rcpts = {"z@x.test"} | (
        {"d@x.test", "q@x.test", "j@x.test"} if "aliases" in lines[0]
        else {"root", "jim"})
    if "-t" in args:
        rcpts |= {"a@x.test", "b@x.test", "c@x.test"}
    got = []
    for program in (msmtp, run):
        _, sender, mail, received = wire(
            ["from me@x.test", *lines], args, len(rcpts), with_wire=True,
            run=program)
        head = sorted((k, "made" if k in ("Date", "Message-ID") else v)
                      for k, v in mail.items() if k != "Message-ID")
        got.append((sender, received, head))
    assert got[0] == got[1]
    assert set(got[0][1]) == rcpts


def test_add_missing_off(wire):
    mail = wire(["from me@x.test", "add_missing_from_header off",
                 "add_missing_date_header off"], head=b"Subject: s\n")[2]
    assert mail["From"] is None and mail["Date"] is None
    assert mail["Message-ID"]


def test_time_format(wire, home):
    wire(["from me@x.test", "logfile ~/log",
          "logfile_time_format <%Y-%m-%d>"])
    assert re.match(r"<\d{4}-\d\d-\d\d> host=127", home.read("log"))


def test_eval(wire, home):
    """The command's first line stands for its own; standard input is the
    mail's."""
    home.file("rc-part", "from eval@x.test\nno_such_word\n")
    _, sender, mail = wire(["eval cat - ~/rc-part"])
    assert sender == "eval@x.test"
    assert mail.get_payload().startswith("body")


def test_include(wire, home):
    """Accounts and settings may lie in a file of their own."""
    home.file("work.rc", "from work@x.test\naccount other\nhost h.test\n")
    assert wire(["include ~/work.rc"])[1] == "work@x.test"


def test_include_names_the_place(home, run):
    home.file("part", "\nprot 25\n")
    home.rc("host h.test", "include ~/part")
    done = run(["a@x.test"], HEAD + b"\nbody\n")
    assert done.code == 78, done
    assert ".msmtprc: line 2: " in done.err and "part: line 2: " in done.err


def test_eval_fails(home, run):
    home.rc("account other", "eval exit 9", "account default", "host h.test")
    done = run(["a@x.test"], HEAD + b"\nbody\n")
    assert done.code == 74, done
    assert ".msmtprc: line 2: " in done.err
