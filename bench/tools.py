# SPDX-License-Identifier: ISC
"""The public tools that measure, and the commands they measure."""
import json
import os
import random
import re
import shlex
import shutil
import statistics
import subprocess
import sys

NEEDED = {"hyperfine": "hyperfine", "valgrind": "valgrind",
          "strace": "strace", "/usr/bin/time": "time", "curl": "curl",
          "perl": "perl", "certtool": "gnutls-bin"}
PATIENCE_S = 900


def install():
    missing = [p for tool, p in NEEDED.items() if not shutil.which(tool)]
    if not missing:
        return
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    subprocess.run(sudo + ["apt-get", "install", "-y", "-qq", *missing],
                   check=True, stdout=sys.stderr)


class ToolError(Exception):
    """A measured command failed; the text says how."""


class Job:
    """One command with its input, as every tool wants it.

    argv    the command
    feed    where its input is redirected from: "<FILE", or "3<FILE"
    env     what it needs in its environment
    enter   a command in front of the tool's own (a private mount namespace)
    """

    def __init__(self, path, argv, feed, env=None, enter=()):
        self.argv, self.feed = list(argv), feed
        self.env = {**os.environ, **(env or {})}
        self.enter = list(enter)
        self.script = path
        with open(path, "w") as f:
            f.write("exec %s %s\n" % (shlex.join(self.argv), feed))

    def run(self, argv, timeout=PATIENCE_S):
        """Runs argv; its standard error.  ToolError when it fails."""
        try:
            done = subprocess.run(
                [*self.enter, *argv], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.env,
                timeout=timeout, check=False)
        except subprocess.TimeoutExpired:
            raise ToolError("no end after %d s" % timeout) from None
        if done.returncode:
            raise ToolError("exit %d: %s" % (
                done.returncode, done.stderr.decode(errors="replace")[-300:]))
        return done.stderr.decode(errors="replace")

    def under(self, *tool):
        """The command below a tool that starts it."""
        return self.run(["sh", "-c", "exec %s %s %s" % (
            shlex.join(tool), shlex.join(self.argv), self.feed)]
            if len(self.script) + sum(map(len, self.argv)) < 100000
            else ["sh", self._long(tool)])

    def _long(self, tool):
        """A command too long for one argument goes into a file."""
        path = self.script + ".tool"
        with open(path, "w") as f:
            f.write("exec %s %s %s\n" % (
                shlex.join(tool), shlex.join(self.argv), self.feed))
        return path

    def proof(self, timeout):
        self.run(["sh", self.script], timeout)


def _hyperfine(job, command, runs, warmup):
    out = job.script + ".json"
    job.run(["hyperfine", "-S", "sh", "--warmup", str(warmup), "--runs",
             str(runs), "--export-json", out, "--style", "none", command])
    with open(out) as f:
        return json.load(f)["results"][0]["times"]


def wall(jobs, runs, warmup=1, rounds=1, command=". {}", long_s=None):
    """Wall seconds of each job: {"median": s, "min": s}, None where it failed.
    What takes longer than long_s each time is in two rounds alone: one might
    be a stall.

    The rounds take turns, so that what else the machine does meets them all,
    and shuffle them, as who comes first or behind a slow one fares worse.
    """
    times = {name: [] for name in jobs}
    for part in range(rounds):
        for name, job in random.Random(part).sample(
                list(jobs.items()), len(jobs)):
            if times[name] is None or (
                    long_s and part > 1 and min(times[name]) > long_s):
                continue
            try:
                times[name] += _hyperfine(job, command.format(job.script),
                                          max(1, runs // rounds),
                                          0 if part else warmup)
            except ToolError as e:
                print("bench: %s: %s" % (name, e), file=sys.stderr)
                times[name] = None
    return {name: t and {"median": statistics.median(t), "min": min(t)}
            for name, t in times.items()}


def once(jobs):
    """Wall seconds and peak MB of one run each, by GNU time."""
    found = {}
    for name, job in jobs.items():
        try:
            text = job.under("/usr/bin/time", "-f", "took %e peak %M")
        except ToolError as e:
            print("bench: %s: %s" % (name, e), file=sys.stderr)
            continue
        took, peak = re.findall(r"took ([\d.]+) peak (\d+)", text)[-1]
        found[name] = {"s": float(took), "mb": int(peak) / 1024}
    return found


def instructions(job):
    """User instructions, children that it forks included."""
    text = job.under("valgrind", "--tool=callgrind",
                     "--callgrind-out-file=/dev/null")
    return sum(map(int, re.findall(r"Collected : (\d+)", text)))


def memory(job):
    """Peak resident memory in MB."""
    return once({"": job})[""]["mb"]


def calls(job):
    """System calls."""
    out = job.script + ".strace"
    job.under("strace", "-f", "-o", out)
    with open(out, errors="replace") as f:
        return sum("(" in line and "resumed" not in line for line in f)
