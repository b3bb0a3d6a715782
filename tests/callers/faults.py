# SPDX-License-Identifier: ISC
"""What msmtp does wrong and must be right here; the names begin with the
numbers of that list.

Those that want a server with faults, or a look at the system calls, are in
cli/test_callers_faults.py: 8, 9, 10, 11, 13, 15.  17 (the listener) and 18
(the queue) come with those.
"""
import re

from .letters import BARE, TO
from .options import bad, sent, shown
from .row import DATED, SIGNED, WHOLE

HEAD, _, BODY = WHOLE.partition(b"\n\n")
RESENT = (b"Resent-From: me@example.test\nResent-To: joe@example.test\n"
          b"Resent-Bcc: ann@example.test\n"
          b"Resent-Date: Sat, 21 Nov 2026 10:00:00 +0000\n"
          b"Resent-Message-ID: <r3@host>\n") + WHOLE
SPACED = (b"From: me@example.test\nTo : joe@example.test\n"
          b"Bcc : ann@example.test\nSubject: s\n\nbody\n")
BOTH = "joe@example.test ann@example.test"
MANY = ["n%d@example.test" % i for i in range(40)]


def edge(size):
    """A body with CR, and CR LF, on both sides of an octet of that number."""
    return b"".join(b"x" * (size - 2 - i) + end + b"\n" for i, end in enumerate(
        (b"\r", b"\r\n", b"y\r", b"y\r\n")) for _ in range(2))


def at_edge(size):
    body = edge(size)
    return sent("7: CR at octet %d" % size, TO, HEAD + b"\n\n" + body,
                conf=("long_lines send",))


def wide(size):
    return b"".join(b"x" * size + b"\n" for _ in range(3))


QP = (b"\nMIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\n"
      b"Content-Transfer-Encoding: quoted-printable")


def folded(size):
    """wide() as quoted-printable."""
    line = b"x" * size
    return (b"=\n".join(line[i:i + 75] for i in range(0, size, 75)) +
            b"\n") * 3


PATTERN = ("account other", "host 127.0.0.1", "from *@example.test")

FAULTS = (
    sent("1: a password command reads nothing of the mail", TO,
         door="submission",
         conf=("passwordeval cat >/dev/null; echo wonderland",)),
    bad("1: a password command that fails", TO, "exit 3|status 3|code 3",
        code=78, door="submission",
        conf=("passwordeval echo wonderland; exit 3",)),
    bad("2: CR LF in -f", ("-f", "me@example.test>\r\nRCPT TO:<x@y",
                           "joe@example.test"), "address", code=65),
    bad("2: LF in -f", ("-f", "me@example.test\nx", "joe@example.test"),
        "address", code=65),
    sent("2: %H in -f is no host", "-f %H%U@example.test" + TO,
         sender="%H%U@example.test"),
    sent("3: Resent-Bcc", TO, RESENT, drops=("Resent-Bcc",)),
    sent("3: a blank before the colon", "-t", SPACED, BOTH, drops=("Bcc",),
         becomes={"To": "joe@example.test"}, adds=DATED),
    sent("4: no header", TO, b"hello\nworld\n", whole=b"\nhello\nworld\n",
         adds=SIGNED),
    sent("4: a mailbox's line in front", TO,
         b"From me Sat Nov 21 10:00:00 2026\n" + BARE, whole=BARE,
         adds=SIGNED),
    sent("5: an alias of forty", "crowd", rcpts=" ".join(MANY),
         conf=("aliases ~/.aliases",),
         files={".aliases": "crowd: " + ", ".join(MANY) + "\n"}),
    sent("6: a quoted local part", ("\"john doe\"@example.test",),
         rcpts=("\"john doe\"@example.test",)),
    sent("6: a quoted local part in the header", "-t",
         WHOLE.replace(b"joe@", b"\"john doe\"@"),
         ("\"john doe\"@example.test",)),
    sent("6: a full name with a comma", ("-F", "Doe, John",
                                         "joe@example.test"), BARE,
         adds={"From": "\"Doe, John\" <alice@example.test>", **DATED}),
    sent("7: bare CR", TO, HEAD + b"\n\none\rtwo\r\rthree\n",
         body=b"one\ntwo\n\nthree\n"),
    *(at_edge(size) for size in (512, 1023, 1024, 4096, 8192)),
    sent("7: a line of 998 octets", TO, HEAD + b"\n\n" + wide(998)),
    sent("7: lines of 999 octets", TO, HEAD + b"\n\n" + wide(999),
         whole=HEAD + QP + b"\n\n" + folded(999), logs="long lines"),
    sent("12: a pattern is no sender, the author is",
         "-a other" + TO, sender="me@example.test", conf=PATTERN),
    sent("12: a pattern, and no author", "-a other" + TO, BARE, sender=None,
         conf=PATTERN, adds={"From": re.compile(r"\w+@\S+"), **DATED}),
    sent("12: an empty from", TO, BARE, sender=None, conf=("from",),
         adds={"From": re.compile(r"\w+@\S+"), **DATED}),
    sent("13: the same recipient three times", "joe@example.test "
         "joe@example.test joe@EXAMPLE.TEST"),
    shown("14: no octal numbers", "--port=025", "port = 25"),
    shown("14: the home of another user", "--logfile=~nobody/x",
          "logfile = ~nobody/x"),
    bad("16: nothing on standard input", TO, "empty", code=65, stdin=b""),
    bad("19: a plus behind the at", "-f alice@example.test+x" + TO, "domain",
        code=65),
    shown("19: a plus before the at", "-f alice+x@example.test",
          "account chosen by envelope from address alice+x@example.test: "
          "default"),
)
