# SPDX-License-Identifier: ISC
"""The password is nowhere but on the wire to the server (CR-05, CR-06,
CR-20)."""
import base64
import subprocess
import time

import pytest

from servers.scripted import Scripted
from support import account, local, message

USER, CANARY = "alice@example.test", "wonderland"


def disguises():
    """The password as it may stand in a transcript."""
    for text in (CANARY, "\0%s\0%s" % (USER, CANARY)):
        yield text.encode()
        for shift in range(3):
            coded = base64.b64encode(b"x" * shift + text.encode())
            yield coded[4 if shift else 0:-4]


def check(text):
    for secret in disguises():
        assert secret.decode() not in text, text


@pytest.mark.parametrize("auth", ("plain", "login", "scram-sha-1",
                                  "scram-sha-256"))
@pytest.mark.parametrize("kept", ("password", "passwordeval"))
def test_debug_and_log(postfix, home, run, rcpt, auth, kept):
    lines = account(postfix, "postfix", "submission", "logfile ~/log",
                    auth=auth, password="")
    home.rc(*lines, "password " + CANARY if kept == "password"
            else "passwordeval echo won'der'land")
    done = run(["--debug", "--json", "--", rcpt], message(rcpt))
    assert done.code == 0, done
    assert "235 " in done.err and "octets not shown" in done.err
    check(done.err + done.out + home.read("log"))


def test_a_server_that_says_it_back(home, run):
    """Plain and coded, in a refusal."""
    coded = base64.b64encode(b"\0alice\0" + CANARY.encode()).decode()
    with Scripted(["S: 220 x", "C: EHLO *", "S: 250-x", "S: 250 AUTH PLAIN",
                   "C: AUTH PLAIN *",
                   "S: 535 5.7.8 bad: AUTH PLAIN %s (%s)" % (coded, CANARY),
                   "C$"]) as server:
        home.rc(*local(server.port, "auth plain", "user alice",
                       "password " + CANARY, "logfile ~/log"))
        done = run(["--debug", "--json", "--", "bob@example.test"],
                   message("bob@example.test"))
    assert done.code == 77, done
    said = done.err.replace(" ".join(done.argv), "") + done.out
    for text in (said, home.read("log")):
        assert CANARY not in text and coded not in text
    assert "5.7.8" in home.read("log")


def test_no_core_file(program, home, environment):
    """While the password is in memory, nobody may have the memory."""
    with Scripted(["S: 220 x", "C: EHLO *", "S: 250-x", "S: 250 AUTH PLAIN",
                   "C: AUTH PLAIN *", "HANG"]) as server:
        home.rc(*local(server.port, "auth plain", "user alice",
                       "password " + CANARY))
        child = subprocess.Popen(
            [program, "bob@example.test"], stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=environment)
        try:
            child.stdin.write(message("bob@example.test"))
            child.stdin.close()
            end = time.monotonic() + 20
            while b"AUTH" not in server.received:
                assert time.monotonic() < end
                time.sleep(0.01)
            with open("/proc/%d/limits" % child.pid) as f:
                limits = f.read()
            with open("/proc/%d/cmdline" % child.pid) as f:
                check(f.read())
        finally:
            child.kill()
            child.wait()
    core = [x for x in limits.splitlines() if "core file size" in x][0]
    assert core.split()[4:6] == ["0", "0"]
