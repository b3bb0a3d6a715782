# SPDX-License-Identifier: ISC
"""A machine with a cable, in namespaces of its own: it mails, the cable is
pulled, it mails on, and the cable is plugged in again.

Called by test_cable.py in a network namespace; the server is in another one, at
the far end of a veth pair.  Reads what to do as JSON, writes what came of it.
"""
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
NEAR, FAR = "10.99.0.1", "10.99.0.2"


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def server(log):
    """In its namespace: each mail's id into the file, as it comes."""
    from ledger import Ledger
    while subprocess.run(["ip", "address", "add", FAR + "/24", "dev", "far"],
                         stderr=subprocess.DEVNULL).returncode:
        time.sleep(0.02)
    ip("link", "set", "far", "up")
    with Ledger(at=FAR, port=25) as sink, open(log, "w") as out:
        print("ready", file=out, flush=True)
        told = 0
        while True:
            for mid, _ in sink.log[told:]:
                print(mid, file=out, flush=True)
                told += 1
            time.sleep(0.02)


class Machine:
    def __init__(self, spec):
        self.spec, self.log = spec, spec["home"] + "/arrived"
        self.server = subprocess.Popen(
            ["unshare", "-n", sys.executable, "-B", __file__, self.log])
        self.until(lambda: os.readlink("/proc/%d/ns/net" % self.server.pid)
                   != os.readlink("/proc/self/ns/net"))
        ip("link", "set", "lo", "up")
        ip("link", "add", "near", "type", "veth", "peer", "name", "far")
        ip("link", "set", "far", "netns", str(self.server.pid))
        ip("address", "add", NEAR + "/24", "dev", "near")
        self.plug("up")
        self.wait(0)

    @staticmethod
    def until(true):
        end = time.monotonic() + 60
        while not true() and time.monotonic() < end:
            time.sleep(0.02)

    def plug(self, state):
        ip("link", "set", "near", state)

    def arrived(self):
        try:
            with open(self.log) as f:
                return f.read().split()
        except FileNotFoundError:
            return []

    def wait(self, count):
        self.until(lambda: len(self.arrived()) > count)

    def settle(self):
        """What was taken is written down, by whoever is at it."""
        self.until(lambda: not os.listdir(self.spec["queue"] + "/active"))

    def call(self, *args, stdin=""):
        return subprocess.run(args, executable=self.spec["program"],
                              input=stdin.encode(), env=self.spec["env"],
                              cwd=self.spec["home"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=100)

    def mail(self, number):
        """As cron does; (Message-ID, exit code)."""
        mid = "<%s.%d@example.test>" % (self.spec["name"], number)
        done = self.call(
            "sendmail", "-i", "-FCronDaemon", "-oem", "bob@example.test",
            stdin="From: alice@example.test\nTo: bob@example.test\n"
                  "Message-ID: %s\nSubject: Cron %d\n\nx\n" % (mid, number))
        return mid, done.returncode


def main():
    spec = json.load(sys.stdin)
    machine, out = Machine(spec), {"sent": [], "rounds": []}
    try:
        for _ in range(spec["rounds"]):
            out["sent"].append(machine.mail(len(out["sent"])))
            machine.wait(len(out["sent"]))
            machine.plug("down")
            before = len(machine.arrived())
            for _ in range(spec["mails"]):
                out["sent"].append(machine.mail(len(out["sent"])))
            out["rounds"].append(len(machine.arrived()) - before)
            machine.plug("up")
            done = machine.call("postrider", "--network-up")
            out["code"], out["err"] = done.returncode, done.stderr.decode()
            machine.wait(len(out["sent"]))
            machine.settle()
        out["arrived"] = machine.arrived()[1:]
    finally:
        machine.server.kill()
        machine.server.wait()
    json.dump(out, sys.stdout)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        server(sys.argv[1])
    else:
        main()
