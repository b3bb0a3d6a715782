# SPDX-License-Identifier: ISC
"""Calls on which light relays fail, lose mail, or send to the wrong people.

The calls with -bs and -q come with the listener and the queue.
"""
from . import programs
from .letters import ALIASES, DOT, ME, TO, TWO, WHO, mode
from .row import DATED, WHOLE, Row, refused

LONG = WHOLE.replace(b"three", b"x" * 1200)
FOLDED = WHOLE.replace(b"\n\n", b"\nMIME-Version: 1.0\n"
                       b"Content-Type: text/plain; charset=us-ascii\n"
                       b"Content-Transfer-Encoding: quoted-printable\n\n"
                       ).replace(b"three", b"x" * 75 + (b"=\n" + b"x" * 75)
                                 * 15)
GROUP = (b"From: me@example.test\n"
         b"To: friends: Bob (the first) <bob@example.test>, "
         b"cid@example.test;\nCc: (nobody) dan@example.test (yes)\n\nbody\n")


def as_program(name):
    """A row of programs.py, under the same name."""
    return next(row for row in programs.PROGRAMS if row.name == name)


CLASHES = tuple(as_program(name) for name in (
    "cron", "cronie", "atd", "mdadm", "anacron", "message.el: resend",
    "message.el: not interactive", "vacation: an empty word", "vacation",
)) + (
    Row("-r", "-r me@example.test" + TO, sender=ME),
    Row("-V, -N, -R", "-V id7 -N success,failure -R hdrs -f <>" + TO,
        sender=""),
    Row("-U -t", "-U -t"),
    Row("-p", "-p smtp:host" + TO),
    Row("-x", "-x" + TO),
    Row("-G", "-G" + TO),
    Row("-Ac", "-Ac" + TO),
    Row("-m", "-m" + TO),
    Row("-n", "-n" + TO),
    Row("-- and a dash", "-- -dash@example.test",
        rcpts="-dash@example.test"),
    Row("-t and one more", "-t ann@example.test", rcpts=TWO),
    Row("a group, comments", "-t", GROUP, "bob@example.test cid@example.test "
        "dan@example.test", adds=DATED),
    mode("-bi", "-bi", "", conf=("aliases ~/.aliases",), files=ALIASES),
    mode("-bv", "-bv joe@example.test", "joe@example.test"),
    refused("no recipients", "-f me@example.test", "no recipients"),
    refused("no recipients, but a header", "", "no recipients", stdin=WHO),
    Row("CRLF", TO, WHOLE.replace(b"\n", b"\r\n")),
    Row("1200 octets in a line", TO, LONG, whole=FOLDED, logs="long lines"),
    Row("1200 octets in a line, as they are", TO, LONG,
        conf=("long_lines send",)),
    Row("a dot alone", "-i" + TO, DOT),
)
