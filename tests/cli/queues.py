# SPDX-License-Identifier: ISC
"""A queue as a test sees it: files of text."""
import os
import re
import time

PATIENCE_S = 60


class Entry:
    """One file: cells and lines of the header, verdicts by recipient, the
    message, the lines of the log."""

    def __init__(self, path):
        self.path, self.id = path, os.path.basename(path)
        with open(path, "rb") as f:
            self.raw = f.read()
        head, _, rest = self.raw.partition(b"\nend\n")
        self.lines = head.decode().split("\n")
        self.fields = dict(re.match(r"(\w+) +(.*)", line).groups()
                           for line in self.lines
                           if not line.startswith(("to ", "postrider")))
        size = int(self.fields["bytes"])
        self.message = rest[:size]
        self.log = rest[size:].decode().splitlines()
        self.verdicts = {}
        for line in self.lines:
            if line.startswith("to "):
                _, verdict, _, _, addr = line.split(" ", 4)
                self.verdicts[addr] = verdict

    @property
    def in_doubt(self):
        return self.fields["doubt"] == "?"


class Queue:
    def __init__(self, path):
        self.path = path

    def names(self, state="active"):
        try:
            return sorted(os.listdir(os.path.join(self.path, state)))
        except FileNotFoundError:
            return []

    def entries(self, state="active"):
        return [Entry(os.path.join(self.path, state, name))
                for name in self.names(state)]

    def one(self, state="active"):
        found = self.entries(state)
        assert len(found) == 1, self.names(state)
        return found[0]

    def has_wake(self):
        return os.path.exists(os.path.join(self.path, "wake"))

    def make_due(self, name, state="active"):
        """As if its time had come."""
        with open(os.path.join(self.path, state, name), "r+b") as f:
            f.seek(18)
            assert f.read(10) == b"next      "
            f.seek(28)
            f.write(b"%013d" % 1)


def until(true, what="it"):
    """What true() says, once it says something."""
    stop = time.monotonic() + PATIENCE_S
    while time.monotonic() < stop:
        found = true()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("%s did not come" % what)
