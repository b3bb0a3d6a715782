# SPDX-License-Identifier: ISC
"""The result for programs: --json and --status-fd."""
import json
import os
import subprocess

from support import account, message


def test_every_recipient_has_a_verdict(exim, home, run, rcpt):
    home.rc(*account(exim, "exim", "submission"))
    done = run(["--json", "--", rcpt, "nosuch@example.test",
                "defer@example.test"], message(rcpt))
    told = json.loads(done.out)
    assert done.out.count("\n") == 1
    assert (told["exit"], told["exit_name"]) == (65, "EX_DATAERR")
    assert told["account"] == "default"
    assert told["from"] == "alice@example.test"
    sent, failed, deferred = told["recipients"]
    assert (sent["address"], sent["fate"], sent["code"]) == (rcpt, "sent", 250)
    assert failed["fate"] == "failed" and failed["code"] == 550
    assert failed["status"] == "5.1.1"
    assert "no such user here" in failed["text"]
    assert deferred["fate"] == "deferred" and deferred["code"] == 451
    assert deferred["status"] == "4.2.0"


def test_before_any_recipient(run):
    done = run(["--json"], b"Subject: x\n\nhi\n")
    told = json.loads(done.out)
    assert told["exit"] == 64 and told["kind"] == "usage"
    assert told["recipients"] == [] and told["hint"]


def test_descriptor(program, environment, home):
    home.rc("account default", "host localhost", "port 1", "tls off")
    ours, theirs = os.pipe()
    with os.fdopen(ours) as f:
        done = subprocess.run(
            [program, "--status-fd=%d" % theirs, "a@example.test"],
            input=message("a@example.test"), env=environment,
            pass_fds=[theirs], capture_output=True, check=False)
        os.close(theirs)
        told = json.loads(f.read())
    assert done.returncode == told["exit"] == 75 and done.stdout == b""
    assert told["recipients"][0]["fate"] == "deferred"
    assert told["recipients"][0]["kind"] == "connect"


def test_no_such_descriptor(run):
    for word in ("99", "-1", "x", ""):
        done = run(["--status-fd=" + word, "a@example.test"], b"\nhi\n")
        assert done.code == 64 and "--status-fd" in done.err
