# SPDX-License-Identifier: ISC
"""Debian's own programs send through the program into Postfix."""
import re

import pytest

from callers.real import REAL
from queues import until
from support import log_fields

CONFIG = """\
defaults
auth on
tls on
tls_trust_file /etc/ca.pem
logfile /var/log/mail.log
syslog off
account default
host localhost
port %d
user alice@example.test
password wonderland
from alice@%s
qualify_domain %s
"""


@pytest.fixture
def config(town):
    """Where the program looks for the system's configuration."""
    said = town.run(["sendmail", "--version"])
    if said.code and not town.has_proc:
        pytest.skip("the sanitizers want /proc, which cannot be mounted here")
    return re.search(r"System configuration file name: (\S+)", said.out)[1]


@pytest.fixture
def ready(postfix, town, config, domain):
    with open(postfix.pki.ca) as f:
        town.write("/etc/ca.pem", f.read())
    town.write("/var/log/mail.log", "", 0o666)
    town.write(config, CONFIG % (
        postfix.port("postfix", "submission"), domain, domain))
    return town


class Case:
    """A row of REAL with the test's own domain in place of example.test."""

    def __init__(self, row, domain):
        self.row, self.domain = row, domain

    def text(self, text):
        return text.replace("example.test", self.domain)

    def words(self):
        argv = self.row.argv
        return [self.text(word) for word in
                (argv.split() if isinstance(argv, str) else argv)]

    def rcpts(self):
        return set(self.text(self.row.rcpts).split())

    def check(self, value, wanted):
        if isinstance(wanted, str):
            assert value == self.text(wanted)
        else:
            assert wanted.fullmatch(value), (value, wanted)

    def judge(self, got):
        head, _, body = got.original.decode().partition("\n\n")
        fields = re.findall(r"(?m)^(\S+?): ?(.*(?:\n[ \t].*)*)", head)
        assert [name for name, _ in fields] == [
            name for name, _ in self.row.header], head
        for (_, value), (_, wanted) in zip(fields, self.row.header):
            self.check(value, wanted)
        self.check(body, self.row.body)
        if self.row.sender is not None:
            assert got.sender == self.text(self.row.sender)


@pytest.mark.parametrize("row", REAL, ids=[row.name for row in REAL])
def test_real(postfix, ready, domain, row):
    case = Case(row, domain)
    for path, text in row.files.items():
        ready.write(path, case.text(text), 0o440 if "sudo" in path else 0o644)
    if row.first:
        assert ready.run(list(row.first)).code == 0
    if row.waits:
        number = ready.start(case.words())
    else:
        done = ready.run(case.words(), case.text(row.stdin), uid=row.uid)
        assert done.code == 0, (done, ready.read("/var/log/mail.log"))
        if row.out is not None:
            assert done.out + done.err == row.out
    found = postfix.collect("postfix", domain, case.rcpts(), 30)
    # a caller of the background: the mail is there before its line is
    logged = log_fields(until(lambda: ready.read("/var/log/mail.log"),
                              "the log's line"))
    if row.waits:
        assert ready.stop(number) == ""
    assert set(logged["recipients"].split(",")) == case.rcpts(), logged
    assert set(found) == case.rcpts()
    for message in found.values():
        case.judge(message)


# How a caller may be: argv in front of the program's.
STATES = {
    "no environment": (["env", "-i"], 0),
    "another user without a home": (["env", "-i"], 65534),
    "no new privileges": (["python3", "-c", "import ctypes, os, sys; "
                           "ctypes.CDLL(None).prctl(38, 1, 0, 0, 0); "
                           "os.execv(sys.argv[1], sys.argv[1:])"], 1000),
}


@pytest.mark.parametrize("name", STATES)
def test_state(postfix, ready, domain, name):
    """Cron's and systemd's callers have next to nothing."""
    front, uid = STATES[name]
    done = ready.run([*front, "/usr/sbin/sendmail", "-i", "root"],
                     "Subject: s\n\nb\n", uid=uid)
    assert (done.code, done.out, done.err) == (0, "", ""), done
    rcpt = "root@" + domain
    got = postfix.collect("postfix", domain, {rcpt})[rcpt]
    assert got.sender == "alice@" + domain
    assert got.header("From") == ["alice@" + domain]


@pytest.mark.parametrize("name", ("PHP mail()", "mdadm", "bsd-mailx"))
def test_server_away(postfix, ready, config, domain, name):
    """PHP takes 75 for success, others do not look: what cannot be sent now is
    kept, and sent when the server is there again."""
    case = Case(next(row for row in REAL if row.name == name), domain)
    good = ready.read(config)
    ready.write(config, re.sub(r"(?m)^port .*", "port 1", good))
    for path, text in case.row.files.items():
        ready.write(path, case.text(text))
    done = ready.run(case.words(), case.text(case.row.stdin))
    assert (done.code, done.out, done.err) == (0, "", ""), done
    waiting = ready.run(["mailq"]).out
    assert all(rcpt in waiting for rcpt in case.rcpts()), waiting
    ready.write(config, good)
    assert ready.run(["sendmail", "-qf"]).code == 0
    found = postfix.collect("postfix", domain, case.rcpts(), 30)
    assert set(found) == case.rcpts()
    for message in found.values():
        case.judge(message)
    assert domain not in ready.run(["mailq"]).out
