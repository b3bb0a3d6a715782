# SPDX-License-Identifier: ISC
"""The programs beside which postrider is measured.

They are Debian's, unpacked privately: nothing is installed over the machine's
mail system.  A peer answers argv() with None where it cannot do what is asked;
the table then shows a dash.
"""
import os
import re
import shutil
import subprocess
import sys

from servers import fetch

HERE = os.path.dirname(os.path.abspath(__file__))
SENDER = "alice@example.test"
TRIPLET = os.uname().machine + "-linux-gnu"


def write(path, lines, mode=0o600):
    with open(path, "w") as f:
        f.writelines(line + "\n" for line in lines)
    os.chmod(path, mode)
    return path


def borrowed(program, folders, folder):
    """The environment that gives a program those of its libraries that this
    machine lacks; the others are the machine's, as for everybody."""
    own = os.path.join(folder, os.path.basename(program) + ".lib")
    os.mkdir(own)
    env = {"LD_LIBRARY_PATH": own}
    while True:
        text = subprocess.run(["ldd", program], capture_output=True, text=True,
                              check=True, env={**os.environ, **env}).stdout
        missing = re.findall(r"(\S+) => not found", text)
        if not missing:
            return env if os.listdir(own) else {}
        for lib in missing:
            path = next(os.path.join(f, lib) for f in folders
                        if os.path.exists(os.path.join(f, lib)))
            os.symlink(path, os.path.join(own, lib))


def unpacked(package, program):
    """A program of a package, without its set-id bits: valgrind refuses those,
    and nobody else is to have them either."""
    path = fetch.package(package) + program
    mode = os.stat(path).st_mode
    if mode & 0o6000:
        os.chmod(path, mode & 0o1777)
    return path


class Peer:
    """name, and how to call it.  `folder` is the bench's own."""

    name = ""
    doors = ("clear", "starttls", "tls")
    env = {}
    enter = ()
    many_rcpts = True

    def __init__(self, folder):
        self.folder = folder

    def path(self, way, suffix):
        return os.path.join(self.folder, "%s-%s-%d.%s" % (
            self.name.replace(" ", "_").replace(",", ""), way.key, way.port,
            suffix))

    def argv(self, way, rcpts):
        """The command, or None when the way is none of the peer's."""
        raise NotImplementedError

    def feed(self, mail, rcpts):
        """Where the command's input comes from."""
        return "<%s" % mail

    def version(self):
        return None


class Relay(Peer):
    """postrider and msmtp: the same configuration for both."""

    def __init__(self, folder, name, program, env=None, words=()):
        super().__init__(folder)
        self.name, self.program, self.words = name, program, words
        self.env = env or {}

    def argv(self, way, rcpts):
        lines = ["account default", "host localhost", "port %d" % way.port,
                 "from " + SENDER, *self.words,
                 "tls %s" % ("off" if way.tls == "clear" else "on")]
        if way.tls != "clear":
            lines += ["tls_trust_file " + way.trust, "tls_starttls %s" % (
                "on" if way.tls == "starttls" else "off")]
        if way.user:
            lines += ["auth plain", "user " + way.user,
                      "password " + way.password]
        return [self.program, "-C", write(self.path(way, "rc"), lines),
                *rcpts]

    def version(self):
        return [self.program, "--version"]


class Curl(Peer):
    name = "curl"

    def argv(self, way, rcpts):
        rc = write(self.path(way, "rcpts-%d" % len(rcpts)),
                   ['mail-rcpt = "%s"' % r for r in rcpts])
        args = [shutil.which("curl"), "-q", "-sS", "-K", rc, "--url",
                "%s://localhost:%d" % (
                    "smtps" if way.tls == "tls" else "smtp", way.port),
                "--mail-from", SENDER, "--upload-file", "-"]
        if way.tls == "starttls":
            args.append("--ssl-reqd")
        if way.tls != "clear":
            args += ["--cacert", way.trust]
        if way.user:
            args += ["--user", "%s:%s" % (way.user, way.password),
                     "--login-options", "AUTH=PLAIN"]
        return args

    def version(self):
        return [shutil.which("curl"), "--version"]


class Ssmtp(Peer):
    """sSMTP; it verifies no certificate."""
    name = "sSMTP"

    def __init__(self, folder):
        super().__init__(folder)
        self.program = unpacked("ssmtp", "/usr/sbin/ssmtp")

    def argv(self, way, rcpts):
        lines = ["mailhub=localhost:%d" % way.port, "FromLineOverride=yes"]
        if way.tls != "clear":
            lines.append("UseTLS=yes")
        if way.tls == "starttls":
            lines.append("UseSTARTTLS=yes")
        if way.user:
            lines += ["AuthUser=" + way.user, "AuthPass=" + way.password]
        return [self.program, "-C", write(self.path(way, "conf"), lines),
                "-f", SENDER, *rcpts]

    def version(self):
        return [self.program, "-V"]


class Nullmailer(Peer):
    """nullmailer's sender program alone: its queue is made beforehand."""
    name = "nullmailer"
    env = {"HELOHOST": "localhost"}

    def __init__(self, folder):
        super().__init__(folder)
        self.program = unpacked("nullmailer", "/usr/lib/nullmailer/smtp")

    def argv(self, way, rcpts):
        args = [self.program, "--host=localhost", "--port=%d" % way.port]
        if way.tls != "clear":
            args += ["--starttls" if way.tls == "starttls" else "--tls",
                     "--x509cafile=" + way.trust]
        if way.user:
            args += ["--user=" + way.user, "--pass=" + way.password]
        return args

    def feed(self, mail, rcpts):
        queued = "%s.queued-%d-%s" % (mail, len(rcpts), rcpts[0])
        if not os.path.exists(queued):
            with open(queued, "wb") as out, open(mail, "rb") as source:
                out.write("\n".join([SENDER, *rcpts, "", ""]).encode())
                shutil.copyfileobj(source, out)
        return "3<%s </dev/null" % queued


# dma reads /etc/dma and keeps its queue in /var/spool/dma, wherever it lies:
# it gets both in a mount namespace of its own.
DMA_ENTER = """
mount -t overlay overlay -o lowerdir="$1/etc:/etc" /etc
mount --bind "$1/spool" /var/spool
shift
exec "$@"
"""


class Dma(Peer):
    """dma in the foreground, with its queue; one connection per recipient; it
    verifies no certificate."""
    name = "dma"
    many_rcpts = False

    def __init__(self, folder):
        super().__init__(folder)
        self.program = unpacked("dma", "/usr/sbin/dma")

    def argv(self, way, rcpts):
        if os.geteuid():
            return None
        top = self.path(way, "place")
        os.makedirs(top + "/etc/dma", exist_ok=True)
        os.makedirs(top + "/spool/dma", exist_ok=True)
        shutil.chown(top + "/spool/dma", "mail", "mail")
        lines = ["SMARTHOST localhost", "PORT %d" % way.port,
                 "AUTHPATH /etc/dma/auth.conf"]
        if way.tls != "clear":
            lines.append("SECURETRANSFER")
        if way.tls == "starttls":
            lines.append("STARTTLS")
        write(top + "/etc/dma/dma.conf", lines, 0o644)
        write(top + "/etc/dma/auth.conf",
              ["%s|localhost:%s" % (way.user, way.password)]
              if way.user else [], 0o644)
        self.enter = ["unshare", "-m", "sh", "-ec", DMA_ENTER, "sh", top]
        return [self.program, "-D", "-f", SENDER, *rcpts]


class Esmtp(Peer):
    """esmtp; after STARTTLS Debian 12's waits for ever, and it has no TLS from
    the start."""
    name = "esmtp"
    doors = ("clear",)

    def __init__(self, folder):
        super().__init__(folder)
        self.program = unpacked("esmtp", "/usr/bin/esmtp")
        self.env = borrowed(self.program, [
            "%s/usr/lib/%s" % (fetch.package("libesmtp6"), TRIPLET)], folder)

    def argv(self, way, rcpts):
        rc = write(self.path(way, "rc"),
                   ["hostname = localhost:%d" % way.port])
        return [self.program, "-C", rc, "-f", SENDER, *rcpts]


class Swaks(Peer):
    name = "swaks"

    def __init__(self, folder):
        super().__init__(folder)
        self.program = unpacked("swaks", "/usr/bin/swaks")
        version = subprocess.run(
            ["perl", "-e", "printf '%vd', $^V"], capture_output=True,
            text=True, check=True).stdout.rpartition(".")[0]
        self.env = {"PERL5LIB": "%s/usr/lib/%s/perl5/%s:%s/usr/share/perl5" % (
            fetch.package("libnet-ssleay-perl"), TRIPLET, version,
            fetch.package("libauthen-sasl-perl"))}

    def argv(self, way, rcpts):
        if len(rcpts) > 1000:
            return None
        args = ["perl", self.program, "--server", "localhost", "--port",
                str(way.port), "--from", SENDER, "--to", ",".join(rcpts),
                "--data", "-", "--silent", "2"]
        if way.tls != "clear":
            args += ["--tls" if way.tls == "starttls" else "--tls-on-connect",
                     "--tls-verify", "--tls-ca-path", way.trust]
        if way.user:
            args += ["--auth", "PLAIN", "--auth-user", way.user,
                     "--auth-password", way.password]
        return args

    def version(self):
        return ["perl", self.program, "--version"]


class Smtplib(Peer):
    name = "smtplib"

    def argv(self, way, rcpts):
        return [sys.executable, os.path.join(HERE, "smtplib_send.py"),
                str(way.port), way.tls, way.trust or "", way.user or "",
                way.password or "", SENDER, *rcpts]


def gather(program, lab, folder):
    """All of them, postrider and msmtp first; those that cannot be had are
    named on standard error."""
    libs = os.path.join(lab.tree, "usr/lib", TRIPLET)
    msmtp = os.path.join(lab.tree, "usr/bin/msmtp")
    found = [Relay(folder, "postrider", program),
             Relay(folder, "msmtp", msmtp, borrowed(msmtp, [libs], folder)),
             Curl(folder)]
    for kind in (Ssmtp, Nullmailer, Dma, Esmtp, Swaks, Smtplib):
        try:
            found.append(kind(folder))
        except (fetch.FetchError, OSError, StopIteration,
                subprocess.CalledProcessError) as e:
            print("bench: no %s: %s" % (kind.name, e), file=sys.stderr)
    return {peer.name: peer for peer in found}
