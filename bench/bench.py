#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""postrider beside Debian's msmtp and curl, against the same real Postfix and
Exim on loopback, in one run.

    make bench                  everything, about five minutes
    bench/bench.py PROGRAM --quick

For each way (clear, STARTTLS, TLS from the start) one mail of 2 kB, then 100 MB
over TLS: wall time (hyperfine), user instructions (callgrind), peak memory (GNU
time) and system calls (strace).  Instructions per octet are the slope between
two sizes, so that start and handshake do not count.
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "tests"))

from servers import Lab  # noqa: E402

TOOLS = {"hyperfine": "hyperfine", "valgrind": "valgrind",
         "strace": "strace", "/usr/bin/time": "time", "curl": "curl"}
RCPT = "bob@example.test"
MB = 1000 * 1000


def install():
    missing = [p for tool, p in TOOLS.items() if not shutil.which(tool)]
    if not missing:
        return
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    subprocess.run(sudo + ["apt-get", "install", "-y", "-qq", *missing],
                   check=True, stdout=sys.stderr)


class Way:
    """One door of one server, and how each program is told to use it."""

    def __init__(self, lab, folder, name, server, door, tls, auth, trust=None):
        self.name = name
        self.port = lab.port(server, door)
        self.tls = tls
        self.user, self.password = (
            ("bench", "secret") if server == "exim"
            else ("alice@example.test", "wonderland"))
        self.auth = auth
        self.trust = trust or lab.pki.ca
        self.rc = os.path.join(folder, name.replace(" ", "-") + ".rc")
        lines = ["account default", "host localhost", "port %d" % self.port,
                 "tls %s" % ("off" if tls == "clear" else "on"),
                 "from alice@example.test"]
        if tls != "clear":
            lines += ["tls_starttls %s" % ("on" if tls == "starttls"
                                           else "off"),
                      "tls_trust_file %s" % self.trust]
        if auth:
            lines += ["auth plain", "user %s" % self.user,
                      "password %s" % self.password]
        with open(self.rc, "w") as f:
            f.write("\n".join(lines) + "\n")
        os.chmod(self.rc, 0o600)

    def relay(self, program):
        return [program, "-C", self.rc, RCPT]

    def curl(self, program):
        scheme = "smtps" if self.tls == "tls" else "smtp"
        args = [program, "-sS", "--url",
                "%s://localhost:%d" % (scheme, self.port),
                "--mail-from", "alice@example.test", "--mail-rcpt", RCPT,
                "--upload-file", "-"]
        if self.tls == "starttls":
            args.append("--ssl-reqd")
        if self.tls != "clear":
            args += ["--cacert", self.trust]
        if self.auth:
            args += ["--user", "%s:%s" % (self.user, self.password),
                     "--login-options", "AUTH=PLAIN"]
        return args


def wall(commands, mail, runs):
    """Median milliseconds of each command, all in one hyperfine run."""
    out = mail + ".json"
    subprocess.run(
        ["hyperfine", "--warmup", "2", "--runs", str(runs), "--export-json",
         out, "--style", "none",
         *["exec %s <%s" % (" ".join(c), mail) for c in commands]],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(out) as f:
        return [r["median"] * 1000 for r in json.load(f)["results"]]


def with_tool(tool, command, mail):
    with open(mail, "rb") as f:
        done = subprocess.run(tool + command, stdin=f, capture_output=True,
                              check=False)
    if done.returncode:
        sys.exit("%s: exit %d\n%s" % (" ".join(command), done.returncode,
                                      done.stderr.decode()[-2000:]))
    return done.stderr.decode()


def instructions(command, mail):
    text = with_tool(["valgrind", "--tool=callgrind",
                      "--callgrind-out-file=/dev/null"], command, mail)
    return int(re.search(r"Collected : (\d+)", text).group(1))


def memory(command, mail):
    """Peak resident memory in MB."""
    text = with_tool(["/usr/bin/time", "-f", "peak %M"], command, mail)
    return int(re.search(r"peak (\d+)", text).group(1)) / 1024


def calls(command, mail):
    out = mail + ".strace"
    with_tool(["strace", "-f", "-o", out], command, mail)
    with open(out) as f:
        return sum("(" in line and "resumed" not in line for line in f)


def debians_msmtp(tree, folder):
    """msmtp out of the tests' unpacked tree, with those of its libraries that
    this machine lacks; the others are the machine's, as for everybody."""
    program = os.path.join(tree, "usr/bin/msmtp")
    libs = os.path.join(tree, "usr/lib", os.uname().machine + "-linux-gnu")
    own = os.path.join(folder, "lib")
    os.mkdir(own)
    os.environ["LD_LIBRARY_PATH"] = own
    while True:
        text = subprocess.run(["ldd", program], capture_output=True, text=True,
                              check=True).stdout
        missing = re.findall(r"(\S+) => not found", text)
        if not missing:
            return program
        for lib in missing:
            os.symlink(os.path.join(libs, lib), os.path.join(own, lib))


def write_mail(path, size):
    head = (b"From: Alice <alice@example.test>\nTo: <" + RCPT.encode() +
            b">\nSubject: bench\nDate: Sat, 21 Nov 2026 10:00:00 +0000\n"
            b"Message-ID: <bench@example.test>\n\n")
    line = b"The quick brown fox jumps over the lazy dog, again and again.\n"
    with open(path, "wb") as f:
        f.write(head)
        left = size - len(head)
        block = line * 1000
        while left > 0:
            f.write(block[:left])
            left -= len(block)
    return path


def small(ways, programs, mail, runs):
    print("one mail of 2 kB%26s %9s %9s %9s %7s %9s" % (
        "", "wall ms", "to msmtp", "M instr", "calls", "peak MB"))
    for way in ways:
        commands = [getattr(way, how)(path) for _, path, how in programs]
        times = wall(commands, mail, runs)
        base = times[1]
        instr = [instructions(c, mail) for c in commands]
        for (name, _, _), c, ms, n in zip(programs, commands, times, instr):
            print("  %-28s %-11s %9.1f %9.3f %9.2f %7d %9.1f" % (
                way.name, name, ms, ms / base, n / 1e6, calls(c, mail),
                memory(c, mail)))
        print("  %-28s instructions to msmtp: %.2f" % (
            "", instr[0] / instr[1]))


def large(way, programs, folder, size, runs):
    few = write_mail(os.path.join(folder, "few"), 1 * MB)
    more = write_mail(os.path.join(folder, "more"), 5 * MB)
    mail = write_mail(os.path.join(folder, "large"), size)
    print("%d MB, %s%25s %9s %9s %9s" % (
        size // MB, way.name, "", "wall s", "instr/B", "peak MB"))
    commands = [getattr(way, how)(path) for _, path, how in programs]
    times = wall(commands, mail, runs)
    for (name, _, _), command, ms in zip(programs, commands, times):
        slope = (instructions(command, more) -
                 instructions(command, few)) / (4 * MB)
        print("  %-40s %9.2f %9.1f %9.1f" % (
            name, ms / 1000, slope, memory(command, mail)))


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("program")
    args.add_argument("--quick", action="store_true",
                      help="fewer runs, 20 MB instead of 100")
    args = args.parse_args()
    install()
    runs = 8 if args.quick else 25
    with tempfile.TemporaryDirectory(prefix="postrider-bench-") as folder, \
            Lab() as lab:
        programs = [("postrider", os.path.abspath(args.program), "relay"),
                    ("msmtp", debians_msmtp(lab.tree, folder), "relay"),
                    ("curl", shutil.which("curl"), "curl")]
        os.environ["HOME"] = folder
        mail = write_mail(os.path.join(folder, "mail"), 2000)
        system = os.path.join(folder, "system.pem")
        with open(system, "wb") as f:
            with open("/etc/ssl/certs/ca-certificates.crt", "rb") as store:
                f.write(store.read())
            with open(lab.pki.ca, "rb") as ca:
                f.write(ca.read())
        small([Way(lab, folder, "clear", "postfix", "plain", "clear", False),
               Way(lab, folder, "STARTTLS", "postfix", "submission",
                   "starttls", True),
               Way(lab, folder, "TLS", "postfix", "submissions", "tls", True),
               Way(lab, folder, "TLS, system trust store", "postfix",
                   "submissions", "tls", True, system)],
              programs, mail, runs)
        large(Way(lab, folder, "TLS to Exim", "exim", "submissions", "tls",
                  True), programs, folder,
              (20 if args.quick else 100) * MB, 3)


main()
