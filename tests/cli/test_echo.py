# SPDX-License-Identifier: ISC
"""CR-20: a server may say back what it was told, in whatever reply, plain, in
base64, or as a part of a longer base64: nobody is shown it."""
import base64
import json

import pytest

from servers.scripted import Scripted
from support import local, message

CANARY = "Tr0ub4dor&3xyz-q"
SAID = "\0alice\0" + CANARY  # as PLAIN does
BEGIN = ["S: 220 x", "C: EHLO *", "S: 250-x"]


def coded(text):
    return base64.b64encode(text.encode()).decode()


def disguises():
    """The password as it may stand in a line: whatever stands before and
    behind it."""
    yield CANARY
    for shift in range(3):
        text = coded("x" * shift + CANARY)
        yield text[4 if shift else 0:-4]


@pytest.fixture
def told(home, run):
    """told(dialogue, lines...): what anybody is told of it."""
    def told(dialogue, *lines, args=("--debug", "--json")):
        home.file("secret", CANARY + "\n")
        with Scripted([*BEGIN, *dialogue, "C$"]) as server:
            home.rc(*local(server.port, "user alice", "logfile ~/log",
                           "password_file ~/secret", *lines))
            done = run([*args, "--", "bob@example.test"],
                       message("bob@example.test"))
        assert server.failure is None
        text = done.err + done.out + home.read("log")
        assert not [d for d in disguises() if d in text], text
        return text
    return told


REPLIES = {
    "plain": ["535 bad " + CANARY],
    "response": ["535 bad " + coded(SAID)],
    "inside": ["535 no such " + coded("user:" + CANARY)],
    "further-inside": ["535 no such " + coded("u1:" + CANARY + "::")],
    "command": ["535 bad " + coded("AUTH PLAIN " + coded(SAID))],
    "lines": ["535-" + CANARY, "535 " + coded(SAID)],
    "no-reply-to-it": ["250 thanks for " + CANARY],
    "nor-this": ["354 " + coded(SAID)],
    "nor-that": ["299 " + coded(SAID)],
    "garbage": [CANARY],
    "closing": ["421 " + CANARY],
    "temporary": ["454 " + CANARY],
}


@pytest.mark.parametrize("reply", REPLIES)
def test_cr_20_reply_to_auth(told, reply):
    text = told(["S: 250 AUTH PLAIN", "C: AUTH PLAIN *",
                 *["S: " + line for line in REPLIES[reply]]], "auth plain")
    assert "*" * len(CANARY) in text


@pytest.mark.parametrize("challenge", (
    coded("Your password is " + CANARY), CANARY + "!!", coded(CANARY)))
def test_cr_20_challenge(told, challenge):
    told(["S: 250 AUTH LOGIN", "C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6", "C: *",
          "S: 334 UGFzc3dvcmQ6", "C: *", "S: 334 " + challenge, "C: *",
          "S: 535 no"], "auth login")


@pytest.mark.parametrize("auth", ("xoauth2", "oauthbearer"))
def test_cr_20_reason_in_json(told, auth):
    """It is decoded, and shown without the token."""
    reason = {"status": "invalid", "token": CANARY}
    text = told(["S: 250 AUTH " + auth.upper(), "C: AUTH *",
                 "S: 334 " + coded(json.dumps(reason)), "C: *", "S: 535 no"],
                "auth " + auth)
    assert '"status": "invalid"' in text


def test_cr_20_scram(told):
    told(["S: 250 AUTH SCRAM-SHA-256", "C: AUTH *",
          "S: 334 " + coded("e=" + CANARY), "C: *", "S: 501 x"],
         "auth scram-sha-256")


STEPS = (("MAIL", "250"), ("RCPT", "250"), ("DATA", "354"), (".", "250"))


@pytest.mark.parametrize("form", (CANARY, coded(SAID), coded("us" + CANARY)))
@pytest.mark.parametrize("where", range(4))
def test_cr_20_later(told, where, form):
    """It has a good memory."""
    dialogue = ["S: 250 AUTH PLAIN", "C: AUTH PLAIN *", "S: 235 hello"]
    for i, (command, code) in enumerate(STEPS):
        dialogue.append("C." if command == "." else "C: %s*" % command)
        if i == where:
            dialogue.append("S: 550 5.7.1 not with " + form)
            break
        dialogue.append("S: %s ok" % code)
    text = told(dialogue, "auth plain")
    assert "*" * (len(CANARY) - 2) in text
    assert where or form != coded(SAID) or "not with ***" in text
