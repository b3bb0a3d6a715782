# SPDX-License-Identifier: ISC
"""Every row of tests/callers is a call of the program against Postfix."""
import re
import subprocess
import tempfile
import time

import pytest

from callers.clashes import CLASHES
from callers.commands import ROWS as COMMANDS
from callers.faults import FAULTS
from callers.letters import LETTERS
from callers.messages import MESSAGES
from callers.options import OPTIONS
from callers.programs import PROGRAMS
from support import log_fields

PATIENCE_S = 60


def settings(lab, domain, door):
    """What all accounts have, and the one that is taken."""
    ways = ["defaults", "port %d" % lab.port("postfix", door),
            "logfile ~/log", "qualify_domain " + domain]
    if door == "plain":
        ways += ["tls off", "auth off"]
    else:
        ways += ["tls on", "auth on", "user alice@example.test",
                 "tls_trust_file " + lab.pki.ca]
    return "\n".join(ways), [*ways, "account default", "host 127.0.0.1",
                             "from alice@" + domain]


class Call:
    """A row with the call's own domain in place of example.test."""

    def __init__(self, row, domain, home):
        self.row, self.domain, self.home = row, domain, home
        self.ways = ""

    def text(self, text):
        return text.replace("example.test", self.domain).replace(
            "EXAMPLE.TEST", self.domain.upper()).replace(
            "HOME/", self.home.path + "/").replace(
            "PORT", self.ways)

    def octets(self, octets):
        return octets.replace(b"example.test", self.domain.encode())

    def run(self, program, environment, lab):
        row = self.row
        self.ways, lines = settings(lab, self.domain, row.door)
        self.home.rc(*lines, *map(self.text, row.conf))
        for name, text in row.files.items():
            self.home.file(name, self.text(text))
        env = {k: v for k, v in {**environment, **row.env}.items()
               if v is not None}
        if "HOME" not in env:  # the machine's root has no account here
            env["HOME"] = self.home.path
        with tempfile.TemporaryFile() as feed:
            feed.write(self.octets(row.stdin))
            feed.seek(0)
            how = {"stdin": feed} if row.feed == "file" else {
                "input": self.octets(row.stdin)}
            return subprocess.run(
                [row.argv0, *map(self.text, row.words())],
                executable=program, env=env, cwd="/", capture_output=True,
                timeout=60, **how)

    def log(self):
        """The warnings in the log, and the fields of the lines of mails.
        Who delivers behind the caller's back writes later."""
        end = time.monotonic() + PATIENCE_S
        while True:
            lines = self.home.read("log").splitlines()
            mails = [line for line in lines if "exitcode=" in line]
            if mails or not self.row.sends or time.monotonic() > end:
                return [line for line in lines if line not in mails], [
                    log_fields(line) for line in mails]
            time.sleep(0.02)

    def judge_words(self, done):
        row = self.row
        assert done.returncode == row.code, done
        for pattern, said in ((row.says, done.stderr),
                              (row.prints, done.stdout)):
            said = said.decode()
            if pattern:
                pattern = pattern.replace("\\.test", ".test")
                assert re.search(self.text(pattern), said), done
            else:
                assert said == "", done

    def judge_message(self, got):
        text = got.original.decode()
        for name, value in self.row.adds.items():
            m = re.match(r"%s: (.*)\n" % name, text)
            assert m, "%s is not added here:\n%s" % (name, text)
            if isinstance(value, str):
                assert m[1] == self.text(value)
            else:
                assert value.fullmatch(m[1])
            text = text[m.end():]
        assert text == self.octets(self.row.arrives()).decode()
        if self.row.sender is not None:
            assert got.sender == self.text(self.row.sender)


ROWS = [(kind, row) for kind, rows in (
    ("program", PROGRAMS), ("letter", LETTERS), ("message", MESSAGES),
    ("clash", CLASHES), ("option", OPTIONS),
    ("command", COMMANDS), ("fault", FAULTS)) for row in rows]


@pytest.mark.parametrize("kind,row", ROWS, ids=[
    "%s: %s" % (kind, row.name) for kind, row in ROWS])
def test_row(postfix, program, environment, home, domain, kind, row):
    call = Call(row, domain, home)
    done = call.run(program, environment, postfix)
    call.judge_words(done)
    rcpts = {call.text(r) for r in row.recipients()} if row.sends else set()
    found = postfix.collect("postfix", domain, rcpts, PATIENCE_S)
    assert set(found) == rcpts
    warned, logged = call.log()
    if row.logs:
        assert re.search(row.logs, "\n".join(warned))
    else:
        assert warned == []
    if row.sends:
        assert [set(m["recipients"].split(",")) for m in logged] == [
            {r.replace(" ", "?") for r in rcpts}]
    else:
        assert "EX_OK" not in [m["exitcode"] for m in logged]
    for message in found.values():
        call.judge_message(message)


def test_names_are_unique():
    names = ["%s: %s" % (kind, row.name) for kind, row in ROWS]
    assert len(names) == len(set(names))
