# SPDX-License-Identifier: ISC
"""What callers take for granted and no table of calls can say: standard input
is read to its end whatever happens, descriptors may be closed, the environment
empty, privileges odd."""
import os
import subprocess

import pytest

from support import local, message

MANY = b"a line of a mail that nobody wants any more\n" * 100000
MISTAKES = {
    "no recipients": ["-i"],
    "an address that is none": ["-i", "a b c@@"],
    "a sender that is none": ["-i", "-f", "a\nb", "joe@example.test"],
    "a mode that is none": ["-bZ", "joe@example.test"],
    "an option that is refused": ["--host=h", "joe@example.test"],
    "no such account": ["--account=none", "joe@example.test"],
    "no server": ["-i", "joe@example.test"],
}


def feed(program, args, env):
    """Writes as cron does: a mailer that does not read kills the writer with
    SIGPIPE.  -> (octets written, exit code)"""
    child = subprocess.Popen(["sendmail", *args], executable=program, env=env,
                             stdin=subprocess.PIPE, cwd="/",
                             stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    written, data = 0, b"Subject: much\n\n" + MANY
    try:
        while written < len(data):
            written += os.write(child.stdin.fileno(),
                                data[written:written + 65536])
    except BrokenPipeError:
        pass
    child.stdin.close()
    return written == len(data), child.wait(60)


@pytest.mark.parametrize("name", MISTAKES)
def test_input_is_read_to_its_end(program, home, environment, name):
    home.rc(*local(9, "queue off"))
    is_all, code = feed(program, MISTAKES[name], environment)
    assert is_all and code not in (0, 99)


@pytest.mark.parametrize("text", ("nonsense here\n", "port 0\n"))
def test_input_is_read_with_a_broken_configuration(
        program, home, environment, text):
    home.file(".msmtprc", text)
    is_all, code = feed(program, ["joe@example.test"], environment)
    assert is_all and code == 78


@pytest.mark.parametrize("closed", ((1,), (2,), (1, 2), (0,), (0, 1, 2)),
                         ids=str)
def test_closed_descriptors(postfix, program, home, environment, domain,
                            closed):
    """A connection must not become descriptor 1; without an input there is
    no mail."""
    home.rc(*local(postfix.port("postfix", "plain"), "logfile ~/log"))
    rcpt = "joe@" + domain

    def close():
        for number in closed:
            os.close(number)
    with open(home.file("mail", message(rcpt)), "rb") as mail:
        done = subprocess.run(
            ["sendmail", "-i", rcpt], executable=program, stdin=mail,
            env=environment, cwd="/", preexec_fn=close, timeout=60)
    if 0 in closed:
        assert done.returncode not in (0, 99) and done.returncode > 0
        assert "EX_OK" not in home.read("log")
        return
    assert done.returncode == 0
    got = postfix.collect("postfix", domain, {rcpt})[rcpt]
    assert got.original == message(rcpt)


def test_descriptors_of_the_caller_stay_open(postfix, program, home,
                                             environment, domain):
    """Who leaves descriptors behind loses nothing but them."""
    home.rc(*local(postfix.port("postfix", "plain")))
    rcpt = "joe@" + domain
    here, there = os.pipe()
    done = subprocess.run(
        ["sendmail", "-i", rcpt], executable=program, input=message(rcpt),
        env=environment, cwd="/", pass_fds=(here, there), timeout=60,
        capture_output=True)
    os.close(there)
    with open(here, "rb") as f:
        assert f.read() == b""
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    postfix.collect("postfix", domain, {rcpt})[rcpt]


def test_reports_are_sent(postfix, home, run, domain):
    """-N, -R and -V as mutt says them: Postfix tells that it delivered, and
    names the envelope."""
    home.rc(*local(postfix.port("postfix", "plain")))
    rcpt, sender = "joe@" + domain, "me@" + domain
    done = run(["-N", "success", "-R", "hdrs", "-V", "id 7+", "-f", sender,
                rcpt], message(rcpt), argv0="sendmail")
    assert (done.code, done.out, done.err) == (0, "", "")
    found = postfix.collect("postfix", domain, {rcpt, sender})
    report = found[sender]
    assert report.sender == ""
    assert b"Original-Envelope-Id: id 7+\n" in report.original
    assert b"text/rfc822-headers" in report.original
    assert b"Action: delivered\n" in report.original
