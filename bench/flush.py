#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""How long it takes to send what waits.

    flush.py PROGRAM [MAILS [OTHERS [TIMES]]]

MAILS mails of 2 kB wait (1000), each in a file of its own and on the disk.  They
are sent by

    postrider       postrider --queue-run
    msmtp           Debian's msmtp-runqueue.sh, which calls msmtp for each
    nullmailer      Debian's nullmailer-send, which calls its smtp for each, in a
                    mount namespace of its own (root only)

to a real Postfix 50 ms away (the others send OTHERS mails there, 20, and MAILS
take as many times longer), to the same Postfix on loopback, and to smtp-sink,
Postfix's receiver that throws mail away (there the others send 5 * OTHERS: what
counts is how many in a second).  Each is done TIMES times (3); the median counts.
The last line is what one session of Postfix's smtp-source, which has no queue,
brings to both.
"""
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "tests"),
                os.path.join(HERE, "..", "tests", "cli")]

from servers import Lab, fetch  # noqa: E402
from servers.common import free_ports  # noqa: E402
from support import local, message  # noqa: E402
from peers import SENDER, TRIPLET, borrowed, unpacked, write  # noqa: E402

ONE_WAY_MS = 50
SIZE = 1700
TO = "somebody@void.test"
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
MAIL = message(TO, b"x" * 76 + b"\n" + b"y" * (SIZE - 77) + b"\n")


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


class Sink:
    """smtp-sink, out of the lab's tree."""

    def __init__(self, lab):
        self.port, = free_ports(1)
        self.process = subprocess.Popen(
            ["chroot", lab.tree, "/usr/sbin/smtp-sink", "-u", "postfix",
             "127.0.0.1:%d" % self.port, "100"])
        stop = time.monotonic() + 20
        while time.monotonic() < stop:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                break
            except OSError:
                time.sleep(0.02)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.terminate()
        self.process.wait(10)


class Postrider:
    name = "postrider"

    def __init__(self, program):
        self.program = program

    def fill(self, home, port, count):
        """One that was taken in, and copies of it: an id is a file's name
        alone."""
        write(os.path.join(home, ".msmtprc"), local(port))
        env = dict(os.environ, HOME=home)
        subprocess.run(["sendmail", "-odq", TO], executable=self.program,
                       input=MAIL, env=env, check=True)
        active = os.path.join(home, ".local/state/postrider/queue/active")
        name, = os.listdir(active)
        with open(os.path.join(active, name), "rb") as f:
            text = f.read()
        for _ in range(count - 1):
            other = name[:10] + "".join(random.choices(ALPHABET, k=16))
            with open(os.path.join(active, other), "wb",
                      opener=lambda p, f: os.open(p, f, 0o600)) as f:
                f.write(text)
        return active, [self.program, "--queue-run"], env


class Msmtp:
    name = "msmtp's queue script"

    def __init__(self, lab, folder):
        top = fetch.package("msmtp")
        program = top + "/usr/bin/msmtp"
        libs = os.path.join(lab.tree, "usr/lib", TRIPLET)
        self.env = dict(borrowed(program, [libs], folder),
                        PATH=top + "/usr/bin:" + os.environ["PATH"])
        self.script = top + "/usr/libexec/msmtp/msmtpqueue/msmtp-runqueue.sh"

    def fill(self, home, port, count):
        write(os.path.join(home, ".msmtprc"), local(port))
        queue = os.path.join(home, ".msmtpqueue")
        os.mkdir(queue, 0o700)
        for i in range(count):
            base = os.path.join(queue, "2026-11-22-04.00.00-%d" % i)
            write(base + ".msmtp", ["-- " + TO])
            with open(base + ".mail", "wb") as f:
                f.write(MAIL)
        return queue, ["sh", self.script], dict(
            os.environ, **self.env, HOME=home)


# Its places are compiled in.
NULLMAILER_ENTER = """
mount -t overlay overlay -o lowerdir="$1/etc:/etc" /etc
mount -t overlay overlay -o lowerdir="$2/usr/lib:/usr/lib" /usr/lib
mount --bind "$1/spool" /var/spool
exec "$2/usr/sbin/nullmailer-send"
"""


class Nullmailer:
    name = "nullmailer"

    def __init__(self):
        unpacked("nullmailer", "/usr/sbin/nullmailer-queue")
        self.top = fetch.package("nullmailer")

    def fill(self, home, port, count):
        spool = os.path.join(home, "spool/nullmailer")
        for name in ("queue", "tmp", "failed"):
            os.makedirs(os.path.join(spool, name))
        os.mkfifo(os.path.join(spool, "trigger"), 0o600)
        etc = os.path.join(home, "etc/nullmailer")
        os.makedirs(etc)
        write(os.path.join(etc, "remotes"),
              ["127.0.0.1 smtp --port=%d" % port], 0o644)
        # once through the queue, and out
        write(os.path.join(etc, "pausetime"), ["0"], 0o644)
        write(os.path.join(home, "etc/mailname"), ["localhost"], 0o644)
        for i in range(count):
            path = os.path.join(spool, "queue", "1795320000.%d" % (1000 + i))
            with open(path, "wb") as f:
                f.write(("%s\n%s\n\n" % (SENDER, TO)).encode() + MAIL)
        return os.path.join(spool, "queue"), [
            "unshare", "-m", "sh", "-ec", NULLMAILER_ENTER, "sh", home,
            self.top], dict(os.environ, HELOHOST="localhost")


def flush(peer, port, count):
    """Seconds, and the largest process in kB."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as home:
        queue, argv, env = peer.fill(home, port, count)
        os.sync()
        begin = time.perf_counter()
        # a child of ours would have our size for its largest
        done = subprocess.run(["/usr/bin/time", "-f", "%M", *argv], env=env,
                              capture_output=True, text=True)
        took = time.perf_counter() - begin
        left = os.listdir(queue)
        assert done.returncode == 0 and not left, (done, left)
        return took, int(done.stderr.split()[-1])


def source(lab, port, count):
    """Mails a second that one session brings there."""
    begin = time.perf_counter()
    subprocess.run(
        ["chroot", lab.tree, "/usr/sbin/smtp-source", "-d", "-s", "1", "-m",
         str(count), "-l", str(SIZE), "-f", SENDER, "-t", TO,
         "127.0.0.1:%d" % port], check=True)
    return count / (time.perf_counter() - begin)


def median(times, function, *args):
    runs = [function(*args) for _ in range(times)]
    if isinstance(runs[0], tuple):
        return tuple(map(statistics.median, zip(*runs)))
    return statistics.median(runs)


def main(program, count=1000, others=20, times=3):
    count, others, times = int(count), int(others), int(times)
    with tempfile.TemporaryDirectory() as folder, Lab() as lab, \
            Sink(lab) as sink:
        near = lab.port("postfix", "plain")
        peers = [Postrider(program), Msmtp(lab, folder)]
        if os.geteuid() == 0:
            peers.append(Nullmailer())
        print("%d mails of 2 kB          far, s      Postfix, /s    "
              "smtp-sink, /s   kB" % count)
        for peer in peers:
            few = count if peer is peers[0] else others
            with Far(near) as far:
                took, _ = median(times, flush, peer, far.port, few)
            more = max(few, min(count, 5 * others))
            close, _ = median(times, flush, peer, near, more)
            fast, size = median(times, flush, peer, sink.port, more)
            print("%-22s %10.1f%s %14.0f %14.0f %8d" % (
                peer.name, took / few * count, "*" if few < count else " ",
                more / close, more / fast, size), flush=True)
        print("%-22s %10s  %14.0f %14.0f" % (
            "smtp-source, 1 session", "-",
            median(times, source, lab, near, count),
            median(times, source, lab, sink.port, count)))
        print("* from %d; load %.1f" % (others, os.getloadavg()[0]))


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]), *sys.argv[2:])
