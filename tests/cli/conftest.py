# SPDX-License-Identifier: ISC
"""Fixtures of the end-to-end tests.

program   path of the program under test: $POSTRIDER, else build/postrider
home      an empty home directory of the test's own
run       call the program in it
lab       the real servers (started once, when a test first asks for them)
dovecot24 Dovecot 2.4 in front of them (likewise)
login     Dovecot with every way to log in, and Kerberos (likewise)
town      a small machine whose /usr/sbin/sendmail is the program
domain    a domain of the test's own, at Postfix
pki       certificates, for tests with scripted servers only
on_island call the program in a network of its own (see servers/island.py)
"""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import uuid

import pytest

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOP = os.path.dirname(TESTS)
sys.path.insert(0, TESTS)

from queues import Queue  # noqa: E402
from servers import Lab, LabError, fetch, island  # noqa: E402
from servers.common import free_ports  # noqa: E402
from servers.lab import privilege  # noqa: E402
from servers.pki import Pki  # noqa: E402
from servers.town import Town, TownError  # noqa: E402
from support import message  # noqa: E402

TIMEOUT_S = 120
# A test takes seconds; the sanitizer's program exits with this on a finding.
SANITIZER_EXIT = 99

# Who runs this in the background may have an interrupt ignored, and so would
# all that it calls.
signal.signal(signal.SIGINT, signal.default_int_handler)


class Result:
    """How a call ended: code, out and err (text), argv."""

    def __init__(self, argv, done):
        self.argv = argv
        self.code = done.returncode
        self.out = done.stdout.decode(errors="replace")
        self.err = done.stderr.decode(errors="replace")

    def __repr__(self):
        return "%s\nexit code %d\nstdout:\n%s\nstderr:\n%s" % (
            " ".join(self.argv), self.code, self.out, self.err)


class Home:
    """A test's home directory."""

    def __init__(self, path):
        self.path = path

    def file(self, name, text, mode=0o600):
        path = os.path.join(self.path, name)
        with open(path, "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        os.chmod(path, mode)
        return path

    def rc(self, *lines):
        """Write ~/.msmtprc with these lines."""
        return self.file(".msmtprc", "\n".join(lines) + "\n")

    def read(self, name):
        try:
            with open(os.path.join(self.path, name)) as f:
                return f.read()
        except FileNotFoundError:
            return ""


@pytest.fixture
def home(tmp_path):
    path = tmp_path / "home"
    path.mkdir()
    yield Home(str(path))
    # who looks after a queue of the test's sees that it is gone, and goes
    shutil.rmtree(path / ".local", ignore_errors=True)


@pytest.fixture(scope="session")
def program():
    path = os.environ.get("POSTRIDER") or os.path.join(
        TOP, "build", "postrider")
    if not os.access(path, os.X_OK):
        pytest.exit("no program at %s: build it, or set POSTRIDER" % path, 2)
    return os.path.abspath(path)


@pytest.fixture(scope="session")
def shared_program(program):
    """A copy where every user finds it: the checkout may be in root's home."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield shutil.copy(program, folder)


@pytest.fixture
def in_one_piece():
    """For tests that count calls, and for other people's programs and libraries
    that take what they read for all there is."""
    if "POSTRIDER_SHIM" in os.environ:
        pytest.skip("reads and writes come in pieces here: this wants whole ones")


@pytest.fixture
def environment(home, program):
    env = {"HOME": home.path, "PATH": "/usr/local/bin:/usr/bin:/bin",
           "LC_ALL": "C.UTF-8", "TZ": "UTC", "USER": "tester",
           "LOGNAME": "tester"}
    env["ASAN_OPTIONS"] = "exitcode=%d:%s" % (
        SANITIZER_EXIT, os.environ.get("ASAN_OPTIONS", ""))
    env["UBSAN_OPTIONS"] = "halt_on_error=1:exitcode=%d:%s" % (
        SANITIZER_EXIT, os.environ.get("UBSAN_OPTIONS", ""))
    env["LSAN_OPTIONS"] = "print_suppressions=0:suppressions=" + os.path.join(
        TESTS, "cli", "leaks.supp")
    if "POSTRIDER_SHIM" in os.environ:  # all of this on a bad day: faults/shim.c
        env["LD_PRELOAD"] = os.path.join(os.path.dirname(program),
                                         "tests/faults/shim.so")
        env["SHIM_SHORT"] = os.environ["POSTRIDER_SHIM"]
    return env


def call(path, argv, stdin, env, cwd):
    done = subprocess.run(argv, executable=path, input=stdin, env=env, cwd=cwd,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=TIMEOUT_S)
    assert done.returncode != SANITIZER_EXIT and done.returncode >= 0, \
        done.stderr.decode(errors="replace")
    return Result(argv, done)


@pytest.fixture
def run(program, home, environment):
    """run([args...], stdin=b"...", argv0="sendmail", env={...}) -> Result"""
    def run(args, stdin=b"", argv0="postrider", env=None):
        return call(program, [argv0, *args], stdin,
                    dict(environment, **(env or {})), home.path)
    return run


@pytest.fixture(scope="session")
def pki(tmp_path_factory):
    return Pki(str(tmp_path_factory.mktemp("pki")))


def running(lab):
    """Yields it, started, or the reason why it does not start; and stops it."""
    try:
        lab.start()
    except LabError as e:
        lab.stop()
        yield e
        return
    yield lab
    lab.stop()


@pytest.fixture(scope="session")
def started(tmp_path_factory):
    """The servers, or the reason why there are none."""
    yield from running(Lab(str(tmp_path_factory.mktemp("lab"))))


@pytest.fixture
def lab(started):
    if isinstance(started, LabError):
        pytest.fail("the servers do not start: %s" % started)
    return started


def before(started, kind, folder):
    """Servers of another kind in front of those, or the reason why not."""
    if isinstance(started, LabError):
        yield started
        return
    yield from running(Lab(str(folder), kind=kind, relay=started.port(
        started.box("dovecot"), "plain")))


@pytest.fixture(scope="session")
def started24(started, tmp_path_factory):
    yield from before(started, fetch.DOVECOT24,
                      tmp_path_factory.mktemp("lab24"))


@pytest.fixture(scope="session")
def started_login(started, tmp_path_factory):
    yield from before(started, fetch.LOGIN,
                      tmp_path_factory.mktemp("login"))


@pytest.fixture
def dovecot24(started24):
    if isinstance(started24, LabError):
        pytest.fail("Dovecot 2.4 does not start: %s" % started24)
    return started24


@pytest.fixture
def login(started_login):
    if isinstance(started_login, LabError):
        pytest.fail("the servers do not start: %s" % started_login)
    return started_login


@pytest.fixture
def has_server(lab):
    """has_server(name): who has root has it, or there is something wrong."""
    def has_server(name):
        if not lab.has(name):
            assert privilege() not in ("root", "sudo"), name + " does not run"
            pytest.skip(name + " wants root (or sudo without a password)")
    return has_server


@pytest.fixture
def postfix(lab, has_server):
    has_server("postfix")
    return lab


@pytest.fixture
def exim(lab, has_server):
    has_server("exim")
    return lab


@pytest.fixture(scope="session")
def islands():
    """For a test with a network of its own."""
    if not island.possible():
        pytest.skip("no namespaces for a network of the test's own")


@pytest.fixture
def on_island(islands, program, home, environment, rcpt):
    """on_island(dns, servers, args, addresses, operands) -> what island.run()
    tells; without operands a recipient is one."""
    def on_island(dns, servers=(), args=(), addresses=(), operands=(rcpt,)):
        return island.run({
            "argv": [program, *args, "--", *operands], "env": environment,
            "cwd": home.path, "stdin": message(rcpt).decode(), "dns": dns,
            "servers": list(servers), "addresses": list(addresses)})
    return on_island


@pytest.fixture
def queue(home):
    """The queue of the test's user, where it is when nothing else is said."""
    return Queue(os.path.join(home.path, ".local/state/postrider/queue"))


@pytest.fixture
def nobody():
    """A port at which nobody is."""
    return free_ports(1)[0]


@pytest.fixture
def rcpt():
    """A recipient that no other test has."""
    return "r%s@example.test" % uuid.uuid4().hex[:12]


@pytest.fixture
def domain():
    """A domain that no other call has; Postfix takes mail for it."""
    return "x%s.example.test" % uuid.uuid4().hex[:10]


@pytest.fixture(scope="session")
def settled(program):
    """The machine where the program is /usr/sbin/sendmail, or the reason why
    there is none."""
    front = {"root": [], "sudo": ["sudo", "-n"]}.get(privilege())
    try:
        if front is None:
            raise TownError("a chroot wants root")
        with Town(fetch.tree(fetch.CALLERS), program, front) as town:
            yield town
    except (fetch.FetchError, TownError, OSError) as e:
        yield e


@pytest.fixture
def town(settled):
    if isinstance(settled, Exception):
        pytest.fail("no machine for those who send mail: %s" % settled)
    return settled


@pytest.fixture(scope="session")
def msmtp_argv():
    """Debian's msmtp, run from the unpacked tree with that tree's own libc:
    (executable, first arguments)."""
    root = fetch.tree()
    arch = os.uname().machine
    loaders = {"x86_64": ("lib64/ld-linux-x86-64.so.2", "x86_64-linux-gnu"),
               "aarch64": ("lib/ld-linux-aarch64.so.1", "aarch64-linux-gnu")}
    loader, triplet = loaders[arch]
    return (os.path.join(root, "usr", loader),
            ["--library-path", os.path.join(root, "usr/lib", triplet),
             os.path.join(root, "usr/bin/msmtp")])


@pytest.fixture
def msmtp(msmtp_argv, home, environment):
    """msmtp([args...], stdin=b"...") -> Result"""
    def msmtp(args, stdin=b""):
        path, front = msmtp_argv
        return call(path, ["msmtp", *front, *args], stdin, environment,
                    home.path)
    return msmtp


def pytest_report_header():
    how = privilege()
    if how in ("root", "sudo"):
        return "servers: all of them, started as root (%s)" % how
    if how == "own":
        return ("servers: Dovecot only; Postfix and Exim want root or sudo "
                "without a password, their tests are skipped")
    return "servers: none (no root, no sudo, no user namespaces)"
