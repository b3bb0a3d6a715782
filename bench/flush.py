#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""How long it takes to send what waits, to a real Postfix 50 ms away.

    flush.py PROGRAM [MAILS [OTHERS]]

MAILS mails of 2 kB wait (1000); PROGRAM sends them with --queue-run.  Beside it
the way of msmtp's queue script, which calls msmtp once for each: of OTHERS mails
(40), and the time of MAILS is that of one times their number.  Then the same
without the distance, and how much memory it took.
"""
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "tests"),
                os.path.join(HERE, "..", "tests", "cli")]

from servers import Lab, fetch  # noqa: E402
from support import local, message  # noqa: E402

ONE_WAY_MS = 50
SIZE = 1700


class Far:
    def __init__(self, port):
        self.process = subprocess.Popen(
            [sys.executable, "-B", os.path.join(HERE, "proxy.py"),
             str(ONE_WAY_MS), str(port)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


def mail(i):
    to = "u%d@void.test" % i
    return to, message(to, b"x" * 76 + b"\n" + b"y" * (SIZE - 77) + b"\n")


def configure(home, port):
    path = os.path.join(home, ".msmtprc")
    with open(path, "w") as f:
        f.write("\n".join(local(port)) + "\n")
    os.chmod(path, 0o600)


def flush(program, home, count, port):
    """Seconds, and the largest process in kB."""
    env = dict(os.environ, HOME=home)
    configure(home, port)
    for i in range(count):
        to, data = mail(i)
        subprocess.run(["sendmail", "-odq", to], executable=program,
                       input=data, env=env, check=True)
    begin = time.perf_counter()
    # a child of ours would have our size for its largest
    done = subprocess.run(["/usr/bin/time", "-f", "%M", program, "--queue-run"],
                          env=env, check=True, capture_output=True, text=True)
    took = time.perf_counter() - begin
    left = os.listdir(os.path.join(
        home, ".local/state/postrider/queue/active"))
    assert not left, left
    return took, int(done.stderr.split()[-1])


def one_by_one(program, home, count, port):
    env = dict(os.environ, HOME=home)
    configure(home, port)
    begin = time.perf_counter()
    for i in range(count):
        to, data = mail(i)
        subprocess.run([program, "--", to], input=data, env=env, check=True)
    return time.perf_counter() - begin


def main(program, count=1000, others=40):
    count, others = int(count), int(others)
    msmtp = fetch.package("msmtp") + "/usr/bin/msmtp"
    with tempfile.TemporaryDirectory() as home, Lab() as lab:
        near = lab.port("postfix", "plain")
        with Far(near) as far:
            theirs = one_by_one(msmtp, home, others, far.port) / others * count
            ours, _ = flush(program, home, count, far.port)
        close, size = flush(program, home, count, near)
    print("%d mails of 2 kB, %d ms one way" % (count, ONE_WAY_MS))
    print("postrider --queue-run     %8.1f s" % ours)
    print("msmtp for each            %8.1f s (from %d)" % (theirs, others))
    print("times                     %8.1f" % (theirs / ours))
    print("on loopback               %8.1f s, %.0f a second, %d kB" % (
        close, count / close, size))


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]), *sys.argv[2:])
