# SPDX-License-Identifier: ISC
"""The fault lab: what a queue must survive.

A short form of each experiment is part of ./check; the long ones are
./check --faults (POSTRIDER_FAULTS=long).
"""
import hashlib
import importlib.util
import itertools
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
for path in (HERE, TESTS, os.path.join(TESTS, "cli")):
    if path not in sys.path:
        sys.path.insert(0, path)

# the fixtures of the other tests of the program
_spec = importlib.util.spec_from_file_location(
    "cli_conftest", os.path.join(TESTS, "cli", "conftest.py"))
_cli = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_cli)
globals().update({name: value for name, value in vars(_cli).items()
                  if not name.startswith("_")})

from ledger import Ledger  # noqa: E402

LONG = os.environ.get("POSTRIDER_FAULTS") == "long"
KEPT = re.compile(r"queued as ([0-9a-z]{26})")
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
# the rows of a queue file that its sum does not cover; verdicts likewise
CELLS = re.compile(rb"(?m)^(?:next|last|waited|tries|deaths|told|doubt|sha256)"
                   rb" +(.*)$")
VERDICT = re.compile(rb"(?m)^to (.)")


class Desk:
    """A user with a queue and a way to a server."""
    numbers = itertools.count(1)

    def __init__(self, program, home, environment):
        self.program, self.home = program, home
        self.env = dict(environment, HOME=home.path)
        self.queue = os.path.join(home.path, "queue")

    def configure(self, port, *lines):
        self.home.rc("defaults", "queue_dir " + self.queue,
                     "queue on-failure", "queue_linger off", "tls off",
                     "auth off", "account default", "host 127.0.0.1",
                     "port %d" % port, "from alice@example.test", *lines)

    def message(self, size=200, rcpts=("bob",)):
        """(Message-ID, octets) of a mail that no other is like."""
        number = next(self.numbers)
        mid = "<m%d.%d@example.test>" % (os.getpid(), number)
        body = b"".join(b"line %d of %d\n" % (i, number)
                        for i in range(size // 16 + 1))
        return mid, (b"From: alice@example.test\nTo: x@example.test\n"
                     b"Date: Sat, 21 Nov 2026 10:00:00 +0000\n"
                     b"Message-ID: " + mid.encode() + b"\nSubject: s\n\n" +
                     body)

    def call(self, *args, stdin=b"", wrap=(), env=None, timeout=120):
        return subprocess.run(
            [*wrap, self.program, *args], input=stdin, timeout=timeout,
            env=dict(self.env, **(env or {})), cwd=self.home.path,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def enqueue(self, data, rcpts=("bob@example.test",), **more):
        return self.call("--queue=always", "-odq", "--", *rcpts, stdin=data,
                         **more)

    def flush(self, **more):
        return self.call("--queue-run", **more)

    def fill(self, count, size=300, rcpts=("bob@example.test",)):
        """{Message-ID: the body}: the first of them enqueued, the others as
        the program would have."""
        told, before = {}, set(self.entries())
        mid, data = self.message(size)
        assert self.enqueue(data, rcpts).returncode == 0
        told[mid] = data.split(b"\n\n", 1)[1]
        if count == 1:
            return told
        name, = set(self.entries()) - before
        with open(os.path.join(self.queue, "active", name), "rb") as f:
            head, end, rest = f.read().partition(b"\nend\n")
        assert rest == data
        for _ in range(count - 1):
            mid, data = self.message(size)
            self._put(name[:10], head + end, data)
            told[mid] = data.split(b"\n\n", 1)[1]
        return told

    def _put(self, born, head, mail):
        """A queue file with that mail in it."""
        head = bytearray(re.sub(
            rb"(?m)^(bytes +)(\d+)$", lambda found: found[1] +
            b"%0*d" % (len(found[2]), len(mail)), head))
        masked = bytearray(head)
        for found in [*CELLS.finditer(head), *VERDICT.finditer(head)]:
            masked[found.start(1):found.end(1)] = b"_" * len(found[1])
        at = re.search(rb"(?m)^sha256 +(.*)$", head)
        head[at.start(1):at.end(1)] = hashlib.sha256(
            masked + mail).hexdigest().encode()
        path = os.path.join(self.queue, "active",
                            born + "".join(random.choices(ALPHABET, k=16)))
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600),
                  "wb") as f:
            f.write(head + mail)

    def entries(self, state="active"):
        try:
            return sorted(os.listdir(os.path.join(self.queue, state)))
        except FileNotFoundError:
            return []

    def waiting(self):
        """{Message-ID: octets of the mail} of all that the queue holds, in
        whatever state; a file that is none is not there."""
        found = {}
        for state in ("active", "hold", "failed"):
            for name in self.entries(state):
                try:
                    with open(os.path.join(self.queue, state, name),
                              "rb") as f:
                        text = f.read()
                except FileNotFoundError:
                    continue
                head, mark, rest = text.partition(b"\nend\n")
                size = re.search(rb"(?m)^bytes +(\d+)$", head)
                if not text.startswith(b"postrider queue ") or not size:
                    continue
                mail = rest[:int(size[1])]
                mid = re.search(rb"(?m)^Message-ID: (<.*>)$", mail)
                if mid and len(mail) == int(size[1]):
                    found[mid[1].decode()] = mail
        return found

    def due(self):
        """Makes all of the queue due now."""
        for name in self.entries():
            path = os.path.join(self.queue, "active", name)
            try:
                with open(path, "r+b") as f:
                    text = f.read(512)
                    at = re.search(rb"(?m)^next +(\d+)$", text)
                    f.seek(at.start(1))
                    f.write(b"0" * len(at[1]))
            except FileNotFoundError:
                pass

    def is_in_doubt(self, name, state="active"):
        with open(os.path.join(self.queue, state, name), "rb") as f:
            return bool(re.search(rb"(?m)^doubt +\?$", f.read(1024)))

    def in_doubt(self):
        """The Message-IDs of mails with the mark."""
        found = set()
        for state in ("active", "hold", "failed"):
            for name in self.entries(state):
                path = os.path.join(self.queue, state, name)
                try:
                    with open(path, "rb") as f:
                        mid = re.search(rb"(?m)^Message-ID: (<.*>)$", f.read())
                    if mid and self.is_in_doubt(name, state):
                        found.add(mid[1].decode())
                except FileNotFoundError:
                    pass  # the last call of one that was killed took it away
        return found

    def empty(self):
        """Forgets all that waits, and accounts that wait."""
        shutil.rmtree(self.queue, ignore_errors=True)

    def finish(self, seconds=120):
        """Runs until nothing waits; what is held is let go.  Somebody else may
        be at it still."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.entries("hold"):
                self.call("--queue-release", "ALL")
            if not self.entries():
                return
            shutil.rmtree(os.path.join(self.queue, "accounts"),
                          ignore_errors=True)
            self.due()
            self.flush()
            if self.entries():
                time.sleep(0.02)


@pytest.fixture
def desk(program, home, environment):
    return Desk(program, home, environment)


@pytest.fixture
def sink():
    with Ledger() as sink:
        yield sink


@pytest.fixture
def at_once(program, tmp_path, environment):
    """at_once(work, items, many): work(desk, sink, items) at several desks at
    the same time, each with a part of the items; its Counters are added up."""
    def one(number, work, items):
        home = _cli.Home(str(tmp_path / ("desk%d" % number)))
        shutil.rmtree(home.path, ignore_errors=True)
        os.mkdir(home.path)
        with Ledger() as sink:
            desk = Desk(program, home, environment)
            desk.configure(sink.port)
            return work(desk, sink, items)

    def all_of(work, items, many=4):
        items = list(items)
        many = min(many, len(items))
        with ThreadPoolExecutor(many) as pool:
            running = [pool.submit(one, i, work, items[i::many])
                       for i in range(many)]
            return sum((r.result() for r in running), Counter())
    return all_of


@pytest.fixture
def trouble(program):
    """trouble(process, call, error=None, one=False): what a call of the program
    stands behind, so that this call of it is the last one, or fails
    (error 0: it is not made, and seems to go well)."""
    tool = os.path.join(os.path.dirname(program), "tests/faults/trouble")
    assert os.access(tool, os.X_OK), "make probes builds it"

    def wrap(process, call, error=None, one=False):
        return [tool, "-p", str(process), "-k", str(call),
                *(["-e", str(error)] if error is not None else []),
                *(["-1"] if one else []), "--"]

    def trace(desk, *args, stdin=b""):
        """[(process, call, name), ...] of a run that nothing disturbs, but
        for what it does before it is main()."""
        path = os.path.join(desk.home.path, "calls")
        desk.call(*args, stdin=stdin, wrap=[tool, "-o", path, "--"])
        with open(path) as f:
            rows = [line.split() for line in f]
        os.unlink(path)
        begun = [row[2] for row in rows].index("close_range")
        return [(int(p), int(k), name) for p, k, name in rows[begun:]]
    wrap.trace = trace
    return wrap


def some(rows, count):
    """All of them in the long form; as many, spread out, else."""
    rows = list(rows)
    if LONG or len(rows) <= count:
        return rows
    first = random.random() * len(rows) / count
    return [rows[int(first + i * len(rows) / count)] for i in range(count)]


REPORTS = []


def report(words, **numbers):
    """What an experiment came to, for the end of the run; and at once for
    $POSTRIDER_FAULTS_OUT, a line for a program to read."""
    REPORTS.append("%s: %s" % (words, ", ".join(
        "%s %s" % (n.replace("_", " "), v) for n, v in numbers.items())))
    if os.environ.get("POSTRIDER_FAULTS_OUT"):
        with open(os.environ["POSTRIDER_FAULTS_OUT"], "a") as f:
            print("experiment=%s" % words.replace(" ", "_"), *(
                "%s=%s" % pair for pair in numbers.items()), file=f)


def pytest_terminal_summary(terminalreporter):
    for line in REPORTS:
        terminalreporter.write_line("experiment: " + line)


def strace(*words, out="/dev/null"):
    return ["strace", "-f", "-q", "-o", out, *words, "--"]


def calls_of(desk, *args, stdin=b"", only="all"):
    """The system calls of a run that nothing disturbs, in order."""
    path = os.path.join(desk.home.path, "trace")
    desk.call(*args, stdin=stdin, wrap=strace("-e", "trace=" + only,
                                              out=path))
    with open(path) as f:
        names = [re.match(r"\d+ +(\w+)\(", line) for line in f]
    os.unlink(path)
    return [m[1] for m in names if m]
