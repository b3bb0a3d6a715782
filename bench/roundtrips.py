#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Round trips of one mail: wall time over round-trip time, through a proxy that
takes 50 ms each way (bench/delay.py), to the real Postfix of tests/servers.

    bench/roundtrips.py PROGRAM [MESSAGE-OCTETS]

TCP and TLS are counted.  `wall` is the time over the round-trip time as it is;
`trips` is without the time that the same session takes through the proxy with
no delay: start, TLS, the server's work on each recipient.  Fails when that is
larger than its limit.
"""
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "tests"))

from delay import Delay  # noqa: E402
from servers import Lab  # noqa: E402

ONE_WAY_S = 0.05
RUNS = 3
# Of a round trip, what a busy machine may add.
SLACK = 0.3
# door, TLS, whether to log in, round trips with CHUNKING and without
WAYS = (("submissions", "tls", True, 6, 7),
        ("submission", "starttls", True, 8, 9),
        ("plain", "clear", False, 4, 5))


def account(lab, folder, door, port, tls, auth):
    lines = ["account default", "host localhost", "port %d" % port,
             "from alice@example.test", "tls %s" % (
                 "off" if tls == "clear" else "on")]
    if tls != "clear":
        lines += ["tls_starttls %s" % ("off" if tls == "tls" else "on"),
                  "tls_trust_file %s" % lab.pki.ca]
    if auth:
        lines += ["auth plain", "user alice@example.test",
                  "password wonderland"]
    path = os.path.join(folder, door)
    with open(path, "w") as f:
        f.write("\n".join(lines) + "\n")
    os.chmod(path, 0o600)
    return path


def mail(folder, octets):
    path = os.path.join(folder, "mail")
    with open(path, "w") as f:
        f.write("From: alice@example.test\nTo: bob@example.test\n"
                "Subject: round trips\n"
                "Date: Sat, 21 Nov 2026 10:00:00 +0000\n\n")
        f.write(("x" * 71 + "\n") * (octets // 72))
    return path


def wall(command, path):
    """Seconds of the fastest of some runs."""
    best = None
    for _ in range(RUNS):
        with open(path) as f:
            begin = time.monotonic()
            done = subprocess.run(command, stdin=f, capture_output=True,
                                  text=True, check=False)
            took = time.monotonic() - begin
        if done.returncode:
            sys.exit("%s: exit %d\n%s" % (" ".join(command), done.returncode,
                                          done.stderr))
        best = took if best is None else min(best, took)
    return best


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    program = os.path.abspath(sys.argv[1])
    octets = int(sys.argv[2]) if len(sys.argv) == 3 else 2000
    bad = 0
    with tempfile.TemporaryDirectory(prefix="postrider-bench-") as folder, \
            Lab() as lab:
        path = mail(folder, octets)
        print("%-12s %-10s %11s %7s %7s %6s" % (
            "door", "chunking", "recipients", "wall", "trips", "limit"))
        for door, tls, auth, with_chunks, without in WAYS:
            port = lab.port("postfix", door)
            with Delay(port, ONE_WAY_S) as far, Delay(port, 0) as near:
                for chunking, limit in (("auto", with_chunks),
                                        ("off", without)):
                    for count in (1, 200):
                        took = [wall([
                            program, "-C",
                            account(lab, folder, door, proxy.listen, tls,
                                    auth),
                            "--chunking=" + chunking,
                            *("r%d@example.test" % i for i in range(count))],
                            path) / (2 * ONE_WAY_S) for proxy in (far, near)]
                        trips = took[0] - took[1]
                        over = trips > limit + SLACK
                        bad += over
                        print("%-12s %-10s %11d %7.2f %7.2f %6d%s" % (
                            door, chunking, count, took[0], trips, limit,
                            "  too many" if over else ""), flush=True)
    return bool(bad)


sys.exit(main())
