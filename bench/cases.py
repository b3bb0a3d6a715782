# SPDX-License-Identifier: ISC
"""What is measured: one function per case, each fills in and prints tables."""
import base64
import os
import random
import sys

import tools
import ways
from table import show
from tools import Job, ToolError

MB = 1000 * 1000
VOID = "void.test"
SMALL = (("wall", "wall ms", 1e3, 1), ("instr", "M instr", 1e-6, 2),
         ("calls", "calls", 1, 0), ("mb", "peak MB", 1, 1))


def write_mail(path, size):
    """A mail of this size: lines of 76 characters, as an attachment has."""
    head = (b"From: Alice <alice@example.test>\nTo: <bob@example.test>\n"
            b"Subject: bench\nDate: Sat, 21 Nov 2026 10:00:00 +0000\n"
            b"Message-ID: <bench@example.test>\n\n")
    block = base64.encodebytes(random.Random(1).randbytes(57000))
    with open(path, "wb") as f:
        f.write(head)
        left = size - len(head)
        while left > 0:
            f.write(block[:left])
            left -= len(block)
    return path


def many(count):
    return ["r%d@%s" % (i, VOID) for i in range(count)]


class Bench:
    """The running measurement: servers, peers, and all results so far."""

    def __init__(self, lab, peers, folder, quick):
        self.lab, self.peers, self.folder = lab, peers, folder
        self.quick = quick
        self.results = []
        self.broken = set()
        self.count = 0
        self.near = ways.of(lab, "postfix")
        self.mail = write_mail(os.path.join(folder, "mail"), 2000)

    def job(self, peer, argv, feed):
        self.count += 1
        return Job(os.path.join(self.folder, "job-%d" % self.count), argv,
                   feed, peer.env, peer.enter)

    def jobs(self, way, rcpts, mail, only=None):
        """{peer: Job} of those that can do it."""
        found = {}
        for name, peer in self.peers.items():
            if (only and name not in only) or way.tls not in peer.doors or \
                    (name, way.tls) in self.broken or \
                    (len(rcpts) > 1 and not peer.many_rcpts):
                continue
            argv = peer.argv(way, rcpts)
            if argv:
                found[name] = self.job(peer, argv, peer.feed(mail, rcpts))
        return found

    def prove(self, way):
        """Each peer's mail must arrive; one whose does not is left out."""
        for name, peer in self.peers.items():
            rcpt = "%s-%s@example.test" % (
                "".join(filter(str.isalpha, name)).lower(), way.key)
            job = self.jobs(way, [rcpt], self.mail, [name]).get(name)
            if not job:
                continue
            try:
                job.proof(20)
                self.lab.wait("postfix", rcpt)
            except (ToolError, Exception) as e:  # LabError has many faces
                print("bench: %s cannot do %s: %s" % (
                    name, way.name, str(e)[:200]), file=sys.stderr)
                self.broken.add((name, way.tls))

    def add(self, case, way, peer, **numbers):
        self.results.append({"case": case, "way": way, "peer": peer,
                             **numbers})

    def print(self, title, case, way, columns, better="low"):
        show(title, [p for p in self.peers],
             {r["peer"]: r for r in self.results
              if r["case"] == case and r["way"] == way}, columns, better)


def numbers_of(job):
    """What can be counted of it: not every program runs under every tool."""
    found = {}
    for key, tool in (("instr", tools.instructions), ("calls", tools.calls),
                      ("mb", tools.memory)):
        try:
            found[key] = tool(job)
        except ToolError as e:
            print("bench: %s" % e, file=sys.stderr)
    return found


def one(bench):
    """One mail of 2 kB."""
    store = ways.system_store(bench.lab, bench.folder)
    tls = ways.of(bench.lab, "postfix", store)["tls"]
    doors = [*bench.near.values(), tls.moved(tls.port, "TLS, system store")]
    runs = 6 if bench.quick else 60
    for way in doors:
        if way.name != "TLS, system store":
            bench.prove(way)
        jobs = bench.jobs(way, ["x@" + VOID], bench.mail)
        times = tools.wall(jobs, runs, rounds=2 if bench.quick else 6)
        for name, job in jobs.items():
            if times[name]:
                bench.add("one", way.name, name, wall=times[name]["median"],
                          min=times[name]["min"], **numbers_of(job))
        bench.print("one mail of 2 kB, " + way.name, "one", way.name, SMALL)


TRIPS = (("trips", "trips", 1, 1), ("rtt", "wall/RTT", 1, 2),
         ("wall", "wall s", 1, 2))


def round_trips(bench):
    """Wall time over round-trip time, through 50 ms one way; to Exim, which
    takes 200 recipients in no time (Postfix: a quarter of a millisecond
    each)."""
    near = ways.of(bench.lab, "exim")
    with ways.Far(near) as far, ways.Far(near, 0) as short:
        for count, runs in ((1, 5), (20, 3), (200, 2 if bench.quick else 3)):
            for door, way in far.ways.items():
                key = "%s, %d rcpt" % (way.name, count)
                times = tools.wall(
                    bench.jobs(way, many(count), bench.mail),
                    runs, warmup=0, rounds=runs, long_s=2)
                work = tools.wall(
                    bench.jobs(short.ways[door], many(count), bench.mail),
                    2 * runs, warmup=0, rounds=2)
                for name, took in times.items():
                    if took and work[name]:
                        bench.add(
                            "round trips", key, name,
                            rtt=took["min"] / far.trip_s,
                            trips=(took["min"] - work[name]["min"]) /
                            (far.trip_s - short.trip_s),
                            wall=took["median"])
                bench.print("round trips, " + key, "round trips", key, TRIPS)


def slope(bench, way, name):
    """User instructions per octet, between 1 and 5 MB."""
    found = []
    for size in (1 * MB, 5 * MB):
        mail = os.path.join(bench.folder, "mail-%d" % size)
        if not os.path.exists(mail):
            write_mail(mail, size)
        job = bench.jobs(way, ["x@" + VOID], mail, [name])[name]
        found.append(tools.instructions(job))
    return (found[1] - found[0]) / (4 * MB)


def large(bench):
    """100 MB: to smtp-sink in clear, to Exim over TLS."""
    size = (20 if bench.quick else 100) * MB
    mail = write_mail(os.path.join(bench.folder, "large"), size)
    with ways.Sink(bench.lab.tree, ways.free_port()) as sink:
        for way in (sink, ways.of(bench.lab, "exim")["tls"]):
            jobs = bench.jobs(way, ["x@" + VOID], mail)
            times = tools.wall(jobs, 3 if bench.quick else 24,
                               rounds=3 if bench.quick else 12, long_s=2)
            for name, job in jobs.items():
                if times[name]:
                    bench.add("large", way.tls, name, wall=times[name]["min"],
                              slope=slope(bench, way, name),
                              mb=tools.memory(job))
            bench.print("%d MB, %s" % (size // MB, way.name), "large", way.tls,
                        (("wall", "wall s", 1, 3), ("slope", "instr/B", 1, 1),
                         ("mb", "peak MB", 1, 1)))
    clean(bench, mail)


def clean(bench, mail):
    for name in os.listdir(bench.folder):
        if name.startswith(os.path.basename(mail)):
            os.unlink(os.path.join(bench.folder, name))


def giant(bench):
    """1 GB in clear to smtp-sink, and over TLS to Exim."""
    size = (200 if bench.quick else 1000) * MB
    mail = write_mail(os.path.join(bench.folder, "giant"), size)
    names = ("postrider", "msmtp", "curl", "nullmailer", "esmtp")
    with ways.Sink(bench.lab.tree, ways.free_port()) as sink:
        for way in (sink, ways.of(bench.lab, "exim")["tls"]):
            found = tools.once(bench.jobs(way, ["x@" + VOID], mail, names))
            for name, n in found.items():
                bench.add("giant", way.tls, name, wall=n["s"], mb=n["mb"])
            bench.print("%d MB, %s" % (size // MB, way.name), "giant", way.tls,
                        (("wall", "wall s", 1, 2), ("mb", "peak MB", 1, 1)))
    clean(bench, mail)


def recipients(bench):
    """10,000 recipients, and half of them to see that it is linear."""
    with ways.Sink(bench.lab.tree, ways.free_port()) as sink:
        for count in (5000, 10000):
            jobs = bench.jobs(sink, many(count), bench.mail)
            times = tools.wall(jobs, 2 if bench.quick else 12, warmup=0,
                               rounds=2 if bench.quick else 6, long_s=.5)
            for name in jobs:
                if times[name]:
                    bench.add("recipients", str(count), name,
                              wall=times[name]["min"])
            bench.print("%d recipients, %s" % (count, sink.name), "recipients",
                        str(count), (("wall", "wall s", 1, 3),))


RATE = (("rate", "per s", 1, 1), ("count", "messages", 1, 0))


def series(bench):
    """Message after message, one process each, over STARTTLS: 1,000, or as
    many as a slow program sends in a reasonable time; the better of two
    turns."""
    way = bench.near["starttls"]
    jobs, best = bench.jobs(way, ["x@" + VOID], bench.mail), {}
    once = tools.wall(jobs, 5)
    counts = {name: int(max(50, min(1000, (
        2 if bench.quick else 10) / one["median"])))
        for name, one in once.items() if one}
    for _ in range(2):
        for name, count in counts.items():
            took = tools.wall(
                {name: jobs[name]}, 1, warmup=0,
                command="i=0; while [ $i -lt %d ]; do ( . {} ) || exit 1; "
                "i=$((i+1)); done" % count)[name]
            if took:
                best[name] = min(took["min"], best.get(name, took["min"]))
    for name, took in best.items():
        bench.add("series", way.name, name, rate=counts[name] / took,
                  count=counts[name])
    bench.print("one process after the other, STARTTLS", "series", way.name,
                RATE, "high")


def together(bench):
    """50 submitters at once, over STARTTLS, when the server has enough
    processes for them already."""
    way = bench.near["starttls"]
    count = 150 if bench.quick else 500
    rounds = 2 if bench.quick else 10
    times = tools.wall(bench.jobs(way, ["x@" + VOID], bench.mail), rounds,
                       rounds=rounds, long_s=8,
                       command="seq %d | xargs -P 50 -n 1 sh {}" % count)
    for name, took in times.items():
        if took:
            bench.add("together", way.name, name, rate=count / took["min"],
                      count=count)
    bench.print("50 submitters at once, STARTTLS", "together", way.name, RATE,
                "high")


def version(bench):
    """Starting up."""
    jobs = {name: bench.job(peer, peer.version(), "</dev/null")
            for name, peer in bench.peers.items() if peer.version()}
    times = tools.wall(jobs, 20 if bench.quick else 60, rounds=2)
    for name, job in jobs.items():
        if times[name]:
            bench.add("version", "", name, wall=times[name]["median"],
                      min=times[name]["min"], **numbers_of(job))
    bench.print("--version", "version", "", SMALL)


ALL = {"version": version, "one": one, "round-trips": round_trips,
       "large": large, "giant": giant, "recipients": recipients,
       "series": series, "together": together}
