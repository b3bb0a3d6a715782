# SPDX-License-Identifier: ISC
"""The tests' side of the servers."""
import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
import time

from . import fetch
from .common import PATIENCE_S
from .pki import Pki

KEEPER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "keeper.py")
PYTHON = "/usr/bin/python3"
TRACE = re.compile(rb"(?:(?:Return-[Pp]ath|X-Original-To|Delivered-To|"
                   rb"Envelope-to|Delivery-date|Received|X-Client-\w+|"
                   rb"X-Client-Proto|X-Helo-Args|X-Mail-Args|X-Rcpt-Args):"
                   rb".*\n(?:[ \t].*\n)*)*")


class LabError(Exception):
    """The servers do not run; the text says why, in one line."""


class Message:
    """A delivered message.

    raw       as the server stored it
    original  without the headers that the server put in front; lines end in
              LF, as all these servers store them
    sender    the reverse-path, rcpts the recipients it was delivered for
    """

    def __init__(self, raw):
        self.raw = raw
        front = TRACE.match(raw).group()
        self.original = raw[len(front):]
        self.trace = front
        paths = re.findall(rb"(?mi)^Return-path: <(.*)>", front)
        paths += re.findall(rb"(?m)^X-Mail-Args: <([^>]*)>", front)
        self.sender = paths[0].decode() if paths else None
        self.rcpts = [r.strip().decode() for line in re.findall(
            rb"(?m)^(?:X-Original-To|Envelope-to): (.*)", front)
            for r in line.split(b",")]
        self.rcpts += [r.decode() for r in re.findall(
            rb"(?m)^X-Rcpt-Args: <([^>]*)>", front)]
        # Dovecot has nothing but the first of these, and that for one alone
        self.rcpts = self.rcpts or [r.decode() for r in re.findall(
            rb"(?m)^(?:Delivered-To|To): <?([^>\n]*)", raw)]

    def header(self, name):
        """The values of a header, unfolded."""
        head = self.original.split(b"\n\n", 1)[0] + b"\n"
        return [re.sub(rb"\n(?=[ \t])", b"", v).decode() for v in re.findall(
            rb"(?mi)^" + name.encode() + rb": (.*(?:\n[ \t].*)*)$", head)]


def privilege():
    """How servers that want root can be started: "root", "sudo", "own" (our
    own identity only, in a user namespace), or None."""
    if os.geteuid() == 0:
        return "root"
    quiet = dict(stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                 stderr=subprocess.DEVNULL)
    if shutil.which("sudo") and subprocess.run(
            ["sudo", "-n", "true"], **quiet).returncode == 0:
        return "sudo"
    if shutil.which("unshare") and subprocess.run(
            ["unshare", "-Urm", "mount", "--bind", "/etc", "/etc"],
            **quiet).returncode == 0:
        return "own"
    return None


class Lab:
    """Servers that run from `start` until `stop`: those of a tree of the
    machine's release, or of another kind and then in front of `relay`, the
    port of a server behind them."""

    def __init__(self, folder=None, how=None, kind=fetch.SERVERS, relay=None):
        self.kind, self.relay = kind, relay
        self.folder = folder or tempfile.mkdtemp(prefix="postrider-")
        self.made = folder is None
        self.how = how or privilege()
        self.doors = {}
        self.keeper = None
        self.pki = None
        self.tree = None
        self.waiting = {}

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *exc):
        self.stop()

    def _command(self):
        args = [PYTHON, "-B", KEEPER, "--tree", self.tree, "--pki",
                self.pki.folder]
        is_root = self.how in ("root", "sudo")
        if self.relay:
            args += ["--servers", self.kind.name, "--relay=%d" % self.relay]
        else:
            args += ["--servers", "postfix,dovecot,exim" if is_root
                     else "sink,dovecot"]
        if is_root:
            return (["sudo", "-n"] if self.how == "sudo" else []) + args
        args.append("--own=%d:%d" % (os.getuid(), os.getgid()))
        return ["unshare", "-Urm", *args]

    def start(self):
        if not self.how:
            raise LabError("no root, no sudo and no user namespaces: the "
                           "servers cannot be started")
        try:
            self.tree = fetch.tree(self.kind)
        except (fetch.FetchError, OSError) as e:
            raise LabError(str(e)) from None
        self.pki = Pki(os.path.join(self.folder, "pki"))
        # A process group of its own: whatever kills the tests' group leaves
        # the keeper alive, which then sees its input end.
        self.keeper = subprocess.Popen(
            self._command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, process_group=0)
        line = self.keeper.stdout.readline()
        hello = json.loads(line) if line else {"error": "the keeper died"}
        if "error" in hello:
            raise LabError(hello["error"])
        self.doors = hello["doors"]

    def stop(self):
        if self.keeper:
            self.keeper.stdin.close()
            self.keeper.wait(60)
            self.keeper.stdout.close()
            self.keeper = None
        if self.made:
            shutil.rmtree(self.folder, ignore_errors=True)

    def ask(self, **request):
        self.keeper.stdin.write(json.dumps(request) + "\n")
        self.keeper.stdin.flush()
        return json.loads(self.keeper.stdout.readline())

    def has(self, server):
        return server in self.doors

    def port(self, server, door):
        return self.doors[server][door]

    def box(self, server):
        """The server in whose mailbox mail for `server` ends."""
        if server == "dovecot":
            return "postfix" if self.has("postfix") else "sink"
        return server

    def path(self, *parts):
        """A path in the servers' folder, as it is called from outside."""
        return self.ask(do="path", parts=parts)["path"]

    def log(self, server):
        """The server's log."""
        return self.ask(do="log", server=server)["text"]

    def _fill(self, box):
        have = self.waiting.setdefault(box, [])
        for text in self.ask(do="take", server=box)["messages"]:
            have.append(Message(base64.b64decode(text)))
        return have

    def wait(self, server, rcpt):
        """The message delivered for this recipient.  Waits for it."""
        box = self.box(server)
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            for message in self._fill(box):
                if rcpt in message.rcpts:
                    self.waiting[box].remove(message)
                    return message
            time.sleep(0.02)
        raise LabError("nothing arrived for %s at %s:\n%s" % (
            rcpt, server, self.log(box)))

    def arrived(self, server, rcpt):
        """How many messages for this recipient lie there just now."""
        return sum(rcpt in m.rcpts for m in self._fill(self.box(server)))

    def collect(self, server, domain, rcpts, patience_s=PATIENCE_S):
        """What is delivered in this domain: recipient -> message.  Waits for
        each of rcpts."""
        box = self.box(server)
        found = {}
        end = time.monotonic() + patience_s
        while True:
            for message in list(self._fill(box)):
                own = [r for r in message.rcpts if r.endswith("@" + domain)]
                if own:
                    self.waiting[box].remove(message)
                    found.update((r, message) for r in own)
            if set(rcpts) <= set(found) or time.monotonic() > end:
                return found
            time.sleep(0.02)
