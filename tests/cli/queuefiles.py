# SPDX-License-Identifier: ISC
"""Queue files (src/queue/entry.h), made here: a queue of any size and age."""
import hashlib
import os
import random
import time

DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
CELLS = (("next", 13), ("last", 13), ("waited", 13), ("tries", 5),
         ("deaths", 1), ("told", 1), ("doubt", 1))
ROWS = CELLS + (("born", 13), ("uid", 10), ("bytes", 15), ("sha256", 64))


def new_id(born, rng=random):
    """A name as the program makes it: 48 bits of milliseconds, 80 of chance,
    and two of nothing."""
    n = (int(born * 1000) << 80 | rng.getrandbits(80)) << 2
    return "".join(DIGITS[n >> 5 * i & 31] for i in range(25, -1, -1))


def entry(message, rcpts, sender="alice@example.test", account="default",
          log=(), more=(), **cells):
    """The octets of a queue file; rcpts are addresses, or (verdict, address)
    pairs.  cells: next, last, waited, tries, born, uid, doubt, told."""
    now = int(time.time())
    values = dict({"next": now, "last": 0, "waited": 0, "tries": 0,
                   "deaths": 0, "told": "-", "doubt": "-", "born": now,
                   "uid": os.getuid(), "bytes": len(message)}, **cells)
    lines = ["account   %s\n" % account] if account else []
    lines += list(more) + ["from      <%s>\n" % sender]
    for rcpt in rcpts:
        verdict, addr = ("N", rcpt) if isinstance(rcpt, str) else rcpt
        lines.append("to %s - - %s\n" % (verdict, addr))

    def head(value, verdicts):
        rows = "".join("%-10s%s\n" % (n, value(n, w)) for n, w in ROWS)
        body = "".join("to %s%s" % ("_" if verdicts else line[3], line[4:])
                       if line.startswith("to ") else line for line in lines)
        return ("postrider queue 1\n" + rows + body + "end\n").encode()

    def shown(name, width):
        return str(values[name]).rjust(width, "0")

    masked = dict(CELLS, sha256=64)
    digest = hashlib.sha256(head(
        lambda n, w: "_" * w if n in masked else shown(n, w), True) +
        message).hexdigest()
    values["sha256"] = digest
    return head(shown, False) + message + "".join(
        line + "\n" for line in log).encode()


def make(path, state="active", name=None, data=None, **kinds):
    """Put a file into a queue, which is made where there is none; its id."""
    for folder in (path, os.path.join(path, state)):
        os.makedirs(folder, mode=0o700, exist_ok=True)
    name = name or new_id(kinds.get("born", time.time()))
    data = entry(**kinds) if data is None else data
    fd = os.open(os.path.join(path, state, name),
                 os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.write(fd, data)
    os.close(fd)
    return name
