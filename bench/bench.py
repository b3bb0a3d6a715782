#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""postrider beside Debian's senders of mail, against the same real servers on
loopback, in one run.

    make bench                          everything, half an hour
    bench/bench.py PROGRAM --quick      fewer runs, smaller mails
    bench/bench.py PROGRAM --only one round-trips

Nothing is installed over the machine's mail system: servers and peers are
Debian's packages, unpacked into .cache/; the tools (hyperfine, valgrind,
strace, GNU time, curl) come by apt.  dma needs root (a mount namespace of its
own).
The servers are the tests' Postfix and Exim, and Postfix's smtp-sink.  Before a
way is measured each program's mail must have arrived in a mailbox; where it
does not, or the program cannot do what is asked, stands a dash.

Columns
    wall       median (large mails, many recipients: shortest) by hyperfine,
               its shell's start taken off; rounds of all programs take turns
    M instr    user instructions in millions, children included, by callgrind
    calls      system calls, by strace
    peak MB    resident memory, by GNU time
    instr/B    user instructions per octet: the slope between 1 and 5 MB, so
               that start and handshake do not count
    wall/RTT   shortest wall over the round-trip time of 100 ms, which is
               measured with an echo; TCP's own handshake included: see
               proxy.py
    trips      the same without the time that it takes through the proxy with
               no delay: start, TLS, the server's work
    to msmtp   the first column as a part of msmtp's
    to best    as a part of the best program's that is not postrider

`postrider, DATA` is postrider with `chunking off`.  Times of different runs,
or of a machine that does something else, do not compare; ratios in one run do.
The last table holds the aims.  bench.json has every number, bench.svg the plot
(both in the current folder, or at --out PREFIX).
"""
import argparse
import json
import os
import platform
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "tests"))

import aims  # noqa: E402
import cases  # noqa: E402
import peers  # noqa: E402
import plot  # noqa: E402
import tools  # noqa: E402
from servers import Lab, LabError  # noqa: E402


def arguments():
    args = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("program")
    args.add_argument("--quick", action="store_true",
                      help="fewer runs, 20 MB and 200 MB for 100 MB and 1 GB")
    args.add_argument("--only", nargs="+", choices=cases.ALL, metavar="NAME",
                      help="of " + ", ".join(cases.ALL))
    args.add_argument("--peers", nargs="+", metavar="PROGRAM",
                      help="beside these only")
    args.add_argument("--out", default="bench", metavar="PREFIX")
    return args.parse_args()


def chosen(args, lab, folder):
    program = os.path.abspath(args.program)
    found = peers.gather(program, lab, folder)
    if args.peers:
        found = {n: p for n, p in found.items()
                 if n in ("postrider", *args.peers)}
    mine = found.pop("postrider")
    return {"postrider": mine, aims.DATA: peers.Relay(
        folder, aims.DATA, program, words=["chunking off"]), **found}


def machine():
    with open("/proc/cpuinfo") as f:
        model = [line.partition(": ")[2].strip() for line in f
                 if line.startswith("model name")]
    return "%d x %s, Linux %s, load %.1f at the start, %s" % (
        os.cpu_count(), (model or ["?"])[0], platform.release(),
        os.getloadavg()[0], time.strftime("%d %b %Y"))


def main():
    args = arguments()
    tools.install()
    words = machine()
    print(words)
    with tempfile.TemporaryDirectory(prefix="postrider-bench-") as folder, \
            Lab() as lab:
        if not lab.has("postfix"):
            sys.exit("bench: Postfix and Exim need root or sudo")
        os.environ["HOME"] = folder
        bench = cases.Bench(lab, chosen(args, lab, folder), folder, args.quick)
        try:
            for name in args.only or cases.ALL:
                cases.ALL[name](bench)
        finally:
            found = aims.judge(bench.results)
            with open(args.out + ".json", "w") as f:
                json.dump({"machine": words, "quick": args.quick,
                           "results": bench.results, "aims": found}, f,
                          indent=1)
            plot.draw(args.out + ".svg", bench.results, words)
    aims.show(found)


if __name__ == "__main__":
    try:
        main()
    except LabError as e:
        sys.exit("bench: %s" % e)
