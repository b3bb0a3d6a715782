# SPDX-License-Identifier: ISC
"""--dry-run says, octet by octet, what a server then gets."""
import base64
import json
import os
import pty
import re
import subprocess

import pytest

from servers.scripted import Scripted
from support import account, local, message

EX_USAGE, EX_DATAERR, EX_UNAVAILABLE = 64, 65, 69
ALL = ("PIPELINING", "SIZE", "8BITMIME", "AUTH PLAIN", "ENHANCEDSTATUSCODES",
       "SMTPUTF8", "DSN", "REQUIRETLS", "DELIVERBY", "FUTURERELEASE",
       "MT-PRIORITY", "CHUNKING", "BINARYMIME")
BODIES = {
    "text": b"hello\n",
    "dots": b".\n..\n.x\n.",
    "utf-8": "naïve\n".encode(),
    "crlf": b"a\r\nb\rc\n",
    "long": b"x" * 2000 + b"\n",
    "nul": b"a\0b\n",
    "binary": b"".join([
        b"--x\nContent-Type: application/octet-stream\n",
        b"Content-Transfer-Encoding: binary\n\n", bytes(range(256)),
        b"\n--x--\n"]),
    "large": b"0123456789abcdef\n" * 20000,
}


def dialogue(extensions):
    end = ["C+"] if "CHUNKING" in extensions else [
        "C: DATA", "S: 354 go", "C."]
    return ["S: 220 mail.test ESMTP", "C: EHLO *", "S: 250-mail.test",
            *("S: 250-" + e for e in extensions), "S: 250 HELP",
            "C: MAIL FROM:*", "S: 250 ok", "C: RCPT TO:*", "S: 250 ok",
            *end, "S: 250 done", "C$"]


def said(received):
    """From MAIL to the end of the message."""
    return received[received.index(b"MAIL FROM"):received.rindex(b"QUIT")]


def both(home, run, rcpt, mail, extensions, value=None, more=()):
    """What a server with these extensions gets, and what --dry-run says."""
    with Scripted(dialogue(extensions)) as server:
        home.rc(*local(server.port, *more))
        sent = run(["--", rcpt], mail)
    assert sent.code == 0 and not server.failure, (sent, server.failure)
    option = "--dry-run" + ("" if value is None else "=" + value)
    with open(os.path.join(home.path, "said"), "wb") as out:
        dry = subprocess.run(
            [run.program, option, "--", rcpt], input=mail, stdout=out,
            stderr=subprocess.PIPE, env=run.environment, cwd=home.path)
    assert dry.returncode == 0, dry.stderr
    with open(os.path.join(home.path, "said"), "rb") as f:
        return said(server.received), f.read()


@pytest.fixture
def run(run, program, environment):
    run.program, run.environment = program, environment
    return run


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("extensions, value", (
    (ALL, None), ((), ""), (("SIZE", "PIPELINING"), "size, pipelining")))
def test_as_sent(home, run, rcpt, body, extensions, value):
    mail = message(rcpt, BODIES[body])
    if body == "binary":
        mail = mail.replace(b"\n\n", b"\nMIME-Version: 1.0\nContent-Type: "
                            b"multipart/mixed; boundary=x\n\n", 1)
    sent, dry = both(home, run, rcpt, mail, extensions, value)
    assert sent == dry


def test_wishes(home, run, rcpt):
    sent, dry = both(
        home, run, rcpt, message(rcpt), ALL, None,
        ("dsn_notify failure,delay", "dsn_return hdrs", "deliver_by 600;R",
         "future_release 60", "mt_priority 3", "mail_auth <>"))
    assert sent == dry and b"NOTIFY=FAILURE,DELAY ORCPT=rfc822;" in dry
    assert b"HOLDFOR=60" in dry and b"AUTH=<>" in dry


def test_smtputf8(home, run):
    mail = "From: a@b.test\nTo: ü@ü.test\nSubject: x\nDate: d\n" \
        "Message-ID: <1@b>\n\nx\n".encode()
    sent, dry = both(home, run, "ü@ü.test", mail, ALL)
    assert sent == dry and "RCPT TO:<ü@ü.test>".encode() in dry
    done = run(["--dry-run=DSN", "--", "ü@ü.test"], mail)
    assert done.code == EX_DATAERR and "MAIL" not in done.out, done


def test_lmtp_and_chunks(home, run, rcpt):
    home.rc(*local(24, "protocol lmtp"))
    done = run(["--dry-run", "--", rcpt, "two@x.test"], message(rcpt))
    assert done.code == 0 and done.out.count("RCPT TO") == 2, done
    done = run(["--dry-run", "--chunking=on", "--", rcpt],
               message(rcpt, BODIES["large"]))
    assert done.code == 0 and "DATA" not in done.out, done
    assert done.out.count("BDAT ") == 1
    done = run(["--dry-run", "--chunking=on", "--", rcpt],
               message(rcpt, 8 * BODIES["large"]))
    assert done.out.count("BDAT ") == 3, done.out[:300]
    whole = re.sub(r"BDAT \d+(?: LAST)?\r\n", "", done.out)
    assert whole.count("0123456789abcdef\r\n") == 8 * 20000


def test_what_a_server_makes_impossible(home, run, rcpt):
    home.rc(*local(25))
    done = run(["--dry-run=SIZE=50", "--", rcpt], message(rcpt))
    assert done.code == EX_UNAVAILABLE and "too big" in done.err, done
    assert not done.out
    home.rc(*local(25, "dsn_notify never"))
    done = run(["--dry-run=SIZE", "--", rcpt], message(rcpt))
    assert done.code == EX_UNAVAILABLE and "DSN" in done.err, done


def test_real_server(postfix, home, run, rcpt):
    """The message that a real server keeps."""
    home.rc(*account(postfix, "postfix", "submission"))
    mail = message(rcpt, b".a dot\n")
    dry = run(["--dry-run", "--", rcpt], mail)
    assert dry.code == 0 and run(["--", rcpt], mail).code == 0
    text = re.split(r"BDAT \d+ LAST\r\n", dry.out)[1]
    kept = postfix.wait("postfix", rcpt).original.decode()
    assert text.replace("\r\n", "\n") == kept


def test_contacts_nobody(home, run, on_island, rcpt):
    home.rc("host mail.test", "from a@x.test", "auth on", "user u", "tls on",
            "passwordeval touch ran", "domain %H")
    answer = on_island({"mail.test": {"A": ["127.0.0.1"]}}, [], ["--dry-run"])
    assert answer["code"] == 0 and "MAIL FROM" in answer["out"], answer
    assert answer["asked"] == [] and not home.read("ran")
    assert not os.path.exists(os.path.join(home.path, "ran"))


def test_no_log(home, run, rcpt):
    home.rc(*local(25, "logfile ~/log"))
    assert run(["--dry-run", "--", rcpt], message(rcpt)).code == 0
    assert not os.path.exists(os.path.join(home.path, "log"))


def test_names_the_account(home, run, rcpt):
    rc = home.rc("account work", "host w.test", "from *@x.test")
    done = run(["--dry-run", "-f", "a@x.test", rcpt], message(rcpt))
    assert "account work from %s:1, server w.test" % rc in done.err


def test_json(home, run, rcpt):
    home.rc(*local(25))
    mail = message(rcpt, b"\xff\x00.\n")
    dry = run(["--dry-run", "--json", "--", rcpt], mail)
    assert dry.code == 0 and not dry.err, dry
    told = json.loads(dry.out)
    assert told["host"] == "127.0.0.1" and told["account"] == "default"
    assert told["commands"][1] == "RCPT TO:<%s>" % rcpt
    assert base64.b64decode(told["message"]).startswith(b"From: Alice")
    dry = run(["--dry-run=SIZE=1", "--json", "--", rcpt], mail)
    assert json.loads(dry.out)["exit"] == dry.code == EX_UNAVAILABLE


def test_terminal(home, run, rcpt):
    """Nothing in a mail commands the terminal that shows it."""
    home.rc(*local(25))
    ours, theirs = pty.openpty()
    dry = subprocess.run(
        [run.program, "--dry-run", "--", rcpt], env=run.environment,
        cwd=home.path, stdout=theirs, stderr=subprocess.PIPE,
        input=message(rcpt, b"\x1b[31mred\nend\n"))
    os.close(theirs)
    shown = b""
    try:
        while True:
            shown += os.read(ours, 65536)
    except OSError:
        os.close(ours)
    assert dry.returncode == 0 and b"\x1b" not in shown
    assert rb"\x1b[31mred" in shown and shown.endswith(b"\r\nend\r\n"), shown


@pytest.mark.parametrize("args, code", (
    (["--dry-run=NONSENSE"], EX_USAGE), (["--dry-run=SIZE,8BITMIM"], EX_USAGE),
    (["--dry-run", "--rmqs=x"], EX_USAGE)))
def test_wrong(home, run, rcpt, args, code):
    home.rc(*local(25))
    done = run([*args, "--", rcpt], message(rcpt))
    assert done.code == code and not done.out, done


def test_pretend_comes_first(home, run, rcpt):
    home.rc(*local(25))
    for args in (["--dry-run", "-P"], ["-P", "--rmqs=x", "--dry-run"]):
        done = run([*args, rcpt], message(rcpt))
        assert done.code == 0 and "host = 127.0.0.1" in done.out, done


def test_not_as_sendmail(home, run, rcpt):
    """IN-23"""
    home.rc(*local(25))
    for option in ("--dry-run", "--rmqs=x"):
        done = run([option, rcpt], message(rcpt), "sendmail")
        assert done.code == EX_USAGE and not done.out, done
