# SPDX-License-Identifier: ISC
"""One call, and what has to come of it.

The account's sender is alice@example.test, and it qualifies bare names with
example.test.  A run of the row replaces example.test, wherever it stands, by a
domain of its own.

name      names the test
argv      the words after the program's name; a string is split at blanks
stdin     what is fed
rcpts     the envelope's recipients, in any order; a string is split at blanks
sender    the envelope's sender; None: whoever it is
becomes   header fields that arrive otherwise than they were fed: name -> text
drops     header fields that do not arrive
adds      fields that stand in front of all others, in this order: name -> text
body      the body that arrives, where it is not the one fed with LF at the ends
whole     the whole of what arrives (after `adds`), for input that is no header
          and body
code      the exit code
says      a pattern for standard error; "" is silence
prints    the same for standard output
logs      the same for the warnings in the log
sends     False: the mail is not sent
feed      "pipe", or "file": a regular file without a name, as mutt gives it
argv0     the name under which the program is called
door      the door of Postfix; but for "plain" with TLS and a login
conf      more lines for the account
env       more environment
files     files in the home directory: name -> text; HOME in argv is its path
"""
import re
from dataclasses import dataclass, field

DATE = re.compile(r"[A-Z][a-z]{2}, \d\d? [A-Z][a-z]{2} \d{4} "
                  r"\d\d:\d\d:\d\d [+-]\d{4}")
MSGID = re.compile(r"<[^<>\s@]{16,}@[^<>\s@]+>")
ALICE = "alice@example.test"

# What is added to a message with a From, and to one without.
DATED = {"Date": DATE, "Message-ID": MSGID}
SIGNED = {"From": ALICE, **DATED}

# A complete message of three lines.
WHOLE = (b"From: Me <me@example.test>\nTo: joe@example.test\nSubject: a test\n"
         b"Date: Sat, 21 Nov 2026 10:00:00 +0000\n"
         b"Message-ID: <20261121100000.1@example.test>\n"
         b"\none\n.two\nthree\n")


@dataclass(frozen=True)
class Row:
    name: str
    argv: object
    stdin: bytes = WHOLE
    rcpts: object = "joe@example.test"
    sender: str = ALICE
    becomes: dict = field(default_factory=dict)
    drops: tuple = ()
    adds: dict = field(default_factory=dict)
    body: bytes = None
    whole: bytes = None
    code: int = 0
    says: str = ""
    prints: str = ""
    logs: str = ""
    sends: bool = True
    feed: str = "pipe"
    argv0: str = "sendmail"
    door: str = "plain"
    conf: tuple = ()
    env: dict = field(default_factory=dict)
    files: dict = field(default_factory=dict)

    def words(self):
        words = self.argv
        return words.split() if isinstance(words, str) else list(words)

    def recipients(self):
        rcpts = self.rcpts
        return rcpts.split() if isinstance(rcpts, str) else list(rcpts)

    def arrives(self):
        """The message that has to arrive, without `adds`; lines end in LF."""
        if self.whole is not None:
            return self.whole
        text = re.sub(rb"\r\n|\r", b"\n", self.stdin)
        head, _, body = text.partition(b"\n\n")
        lines = []
        for name, line in fields(head):
            if name in self.drops:
                continue
            if name in self.becomes:
                line = "%s: %s" % (name, self.becomes[name])
            lines.append(line + "\n")
        if self.body is not None:
            body = self.body
        elif body and not body.endswith(b"\n"):
            body += b"\n"
        return "".join(lines).encode() + b"\n" + body


def fields(head):
    """The fields of a header, as they are: (name, all its lines)."""
    return [(name, lines) for lines, name in re.findall(
        r"(?m)^(([^\s:]+)[ \t]*:.*(?:\n[ \t].*)*)$", head.decode())]


def refused(name, argv, says, code=64, **more):
    """A call that sends nothing and says why."""
    return Row(name, argv, rcpts=(), code=code, says=says, sends=False, **more)
