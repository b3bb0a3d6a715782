# SPDX-License-Identifier: ISC
"""Get Debian's packages without installing them.

Debian's postfix and exim4 exclude each other and start on the machine when
installed.  So the packages and all libraries below them are downloaded and
unpacked into one tree that is complete in itself (it has its own libc), to be
entered with chroot.  The tree is kept in .cache/NAME/KEY, where KEY stands for
the names and versions of everything in it.

A tree of another release of Debian is made from its own package lists, which
apt keeps in .cache beside it; apt checks their signatures.

The tree has its own /etc/passwd with the users the servers want, so nothing
has to be created on the machine.
"""
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CACHE = os.path.join(os.path.dirname(os.path.dirname(HERE)), ".cache")
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# a mirror may be busy: what failed is asked for again
APT = ["apt-get", "-q", "-o", "APT::Sandbox::User=root",
       "-o", "Acquire::Retries=5"]


# Of what servers need, only what runs: no perl, no package tools.
KEPT = re.compile(
    r"^(lib(?!perl).*|libperl5.*|krb5-.*|nsd|unbound|ldnsutils|postfix|"
    r"dovecot-.*|exim4-.*|msmtp|netbase|zlib1g|dash|util-linux|coreutils)$")


class Kind:
    """A tree to be made: its name, the packages that are wanted, which of
    those that they need are taken along, and the release that they come from;
    without one it is the machine's own.

    The groups are solved one by one, because some of them exclude each
    other."""

    def __init__(self, name, *groups, kept=KEPT, release=None):
        self.name, self.groups, self.release = name, groups, release
        self.kept = kept

    def names(self):
        return {name for group in self.groups for name in group}

    def folder(self):
        return os.path.join(CACHE, self.name)


SERVERS = Kind("servers", ("postfix",),
               ("dovecot-core", "dovecot-submissiond", "dovecot-lmtpd"),
               ("exim4-daemon-heavy",), ("msmtp",),
               ("dash", "util-linux", "coreutils"))
# SCRAM with channel binding: no server of Debian 12 has it.
DOVECOT24 = Kind("dovecot24", ("dovecot-core", "dovecot-submissiond"),
                 ("dash", "util-linux", "coreutils"), release="trixie")

# Every way to log in, and what issues tickets.
LOGIN = Kind("login", ("dovecot-core", "dovecot-submissiond", "dovecot-gssapi"),
             ("krb5-kdc", "krb5-admin-server", "krb5-user"),
             ("dash", "util-linux", "coreutils"))

# A signed zone and a resolver that checks it.
DNS = Kind("dns", ("nsd",), ("unbound",), ("ldnsutils",),
           ("dash", "util-linux", "coreutils"))

# Programs that send mail: no mail system, no compiler, no package tools.
CALLERS = Kind("callers", (
    "cron", "anacron", "at", "sudo", "logwatch", "mutt", "neomutt",
    "bsd-mailx", "s-nail", "mailutils", "git-email", "php-cli", "python3",
    "libemail-sender-perl", "libmime-lite-perl", "ruby-mail", "emacs-nox",
    "emacs-el",  # without it Emacs falls over its own warning
    "dash", "coreutils", "debianutils", "sed", "grep", "hostname", "libc-bin"),
    kept=re.compile(r"^(?!exim4|.*-dev$|binutils|libbinutils|libgprof|libctf|"
                    r"lib[alt]san|libubsan|gnupg|gpg|dirmngr|"
                    r"debconf$|dpkg$|git-man$|.*-opcache$|linux-|"
                    r"ca-certificates|rake$|passwd$|adduser$|.*-doc$)"))

PASSWD = """\
root:x:0:0:root:/:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/bin/false
postfix:x:64811:64811:postfix:/nonexistent:/bin/false
dovecot:x:64812:64812:dovecot:/nonexistent:/bin/false
dovenull:x:64813:64813:dovenull:/nonexistent:/bin/false
Debian-exim:x:64814:64814:exim:/nonexistent:/bin/false
"""
GROUP = """\
root:x:0:
mail:x:8:
nogroup:x:65534:
postfix:x:64811:
postdrop:x:64815:
dovecot:x:64812:
dovenull:x:64813:
Debian-exim:x:64814:
"""
HOSTS = "127.0.0.1 localhost mail.example.test\n"
NSSWITCH = "passwd: files\ngroup: files\nhosts: files\nservices: files\n"


class FetchError(Exception):
    """The packages cannot be had; the text says why, in one line."""


def quiet(command, **more):
    return subprocess.run(command, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, **more)


def mirror():
    """Where this machine gets Debian from."""
    run = quiet(["apt-get", "indextargets", "--format",
                 "$(REPO_URI) $(ORIGIN) $(IDENTIFIER)"])
    for line in run.stdout.splitlines():
        uri, *rest = line.split()
        if rest == ["Debian", "Packages"] and "security" not in uri:
            return uri
    raise FetchError("apt has no lists of Debian (apt-get update?)")


def apt(kind):
    """The begin of apt's command line for the release of this kind."""
    if not kind.release:
        return APT
    folder = os.path.join(kind.folder(), "apt")
    sources = os.path.join(folder, "sources.list")
    command = [*APT, "-o", "Dir::Etc::sourcelist=" + sources,
               "-o", "Dir::Etc::sourceparts=-", "-o", "Dir::State=" + folder,
               "-o", "Dir::Cache=" + folder, "-o", "Acquire::Languages=none"]
    os.makedirs(os.path.join(folder, "lists", "partial"), exist_ok=True)
    os.makedirs(os.path.join(folder, "archives", "partial"), exist_ok=True)
    with open(sources, "w") as f:
        f.write("deb [signed-by=%s] %s %s main\n" % (
            KEYRING, mirror(), kind.release))
    run = quiet([*command, "update"])
    if run.returncode or "\nW:" in run.stderr or "\nE:" in run.stderr:
        raise FetchError("apt cannot get the lists of %s: %s" % (
            kind.release, run.stderr.strip().replace("\n", " ")))
    return command


def solve(kind, command):
    """What apt would install on an empty machine: sorted [(name, version)]."""
    found = {}
    for names in kind.groups:
        run = quiet([*command, "-s", "-o", "Dir::State::status=/dev/null",
                     "-o", "APT::Install-Recommends=false", "install", *names])
        if run.returncode:
            raise FetchError("apt cannot find %s (apt-get update?): %s" % (
                " ".join(names), run.stderr.strip().replace("\n", " ")))
        for line in run.stdout.splitlines():
            m = re.match(r"Inst (\S+) \((\S+) ", line)
            if m and kind.kept.match(m[1]):
                found[m[1]] = m[2]
    return sorted(found.items())


def has(tree, names):
    """Whether a tree is complete and has the packages of these names."""
    try:
        with open(os.path.join(tree, "complete")) as f:
            return names <= {line.split()[0] for line in f}
    except OSError:
        return False


def newest_tree(kind):
    """The most recently made complete tree, or None."""
    folder = kind.folder()
    try:
        trees = [os.path.join(folder, d) for d in os.listdir(folder)]
    except FileNotFoundError:
        return None
    done = [t for t in trees if has(t, kind.names())]
    return max(done, key=os.path.getmtime, default=None)


def lists_age():
    """When apt last learned of new versions (a time as of stat)."""
    top = "/var/lib/apt/lists"
    try:
        with os.scandir(top) as it:
            return max((e.stat().st_mtime for e in it if e.is_file()),
                       default=0)
    except OSError:
        return 0


def furnish(root):
    """Files a root needs beside the packages'."""
    for name, text in (("passwd", PASSWD), ("group", GROUP),
                       ("hosts", HOSTS), ("nsswitch.conf", NSSWITCH),
                       ("resolv.conf", "")):
        os.makedirs(os.path.join(root, "etc"), exist_ok=True)
        with open(os.path.join(root, "etc", name), "w") as f:
            f.write(text)
    for name in ("dev", "lab", "proc", "run", "tmp", "var/tmp"):
        os.makedirs(os.path.join(root, name), exist_ok=True)
    # Unpacked as root these would keep set-id bits that nobody needs here.
    for top, _, files in os.walk(root):
        for name in files:
            path = os.path.join(top, name)
            st = os.lstat(path)
            if not os.path.islink(path) and st.st_mode & 0o6000:
                os.chmod(path, st.st_mode & 0o1777)


def link_usr(root):
    """Debian 12's libraries name /lib and /bin, some packages fill them, some
    fill /usr: one place for both, as on a merged machine."""
    for name in ("bin", "sbin", "lib", "lib64"):
        os.makedirs(os.path.join(root, "usr", name), exist_ok=True)
        os.symlink("usr/" + name, os.path.join(root, name))


def unpack(packages, tree, command):
    debs = os.path.join(tree, "debs")
    root = os.path.join(tree, "root")
    os.makedirs(debs)
    os.makedirs(root)
    run = quiet([*command, "download", *("%s=%s" % p for p in packages)],
                cwd=debs)
    if run.returncode:
        raise FetchError("apt-get download failed: " +
                         run.stderr.strip().replace("\n", " "))
    link_usr(root)
    for deb in sorted(os.listdir(debs)):
        # tar instead of dpkg -x, which would replace the links of link_usr.
        show = subprocess.Popen(
            ["dpkg-deb", "--fsys-tarfile", os.path.join(debs, deb)],
            stdout=subprocess.PIPE)
        tar = subprocess.run(
            ["tar", "-x", "--keep-directory-symlink", "--no-same-owner",
             "--exclude=./usr/share/doc", "--exclude=./usr/share/man",
             "--exclude=./usr/share/locale", "-C", root], stdin=show.stdout)
        show.stdout.close()
        if show.wait() or tar.returncode:
            raise FetchError("cannot unpack " + deb)
    shutil.rmtree(debs)
    furnish(root)
    with open(os.path.join(tree, "complete"), "w") as f:
        f.writelines("%s %s\n" % p for p in packages)


def make(kind, say):
    """A tree of what apt offers now; the newest where that is there."""
    command = apt(kind)
    packages = solve(kind, command)
    key = hashlib.sha256(repr(packages).encode()).hexdigest()[:16]
    dest = os.path.join(kind.folder(), key)
    if not has(dest, kind.names()):
        say("fetching %d packages (once) into %s" % (len(packages), dest))
        half = tempfile.mkdtemp(prefix=".half-", dir=kind.folder())
        try:
            os.chmod(half, 0o755)
            unpack(packages, half, command)
            shutil.rmtree(dest, ignore_errors=True)
            os.rename(half, dest)
        finally:
            shutil.rmtree(half, ignore_errors=True)
    os.utime(dest)
    return dest


def tree(kind=SERVERS, say=lambda text: None):
    """The root of an unpacked tree, made when there is none yet."""
    folder = kind.folder()
    try:
        os.makedirs(folder, exist_ok=True)
        lock = open(os.path.join(folder, ".lock"), "w")
    except PermissionError:
        have = newest_tree(kind)
        if have:
            return os.path.join(have, "root")
        raise FetchError("%s belongs to somebody else" % folder) from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        have = newest_tree(kind)
        # another release is not the one that the machine keeps up to date
        if have and (kind.release or os.path.getmtime(have) > lists_age()):
            return os.path.join(have, "root")
        try:
            return os.path.join(make(kind, say), "root")
        except (FetchError, OSError) as e:
            if have:
                return os.path.join(have, "root")
            raise FetchError(str(e)) from None


def package(name):
    """The root of one small package, unpacked; it runs with the machine's own
    libraries."""
    dest = os.path.join(CACHE, "packages", name)
    os.makedirs(os.path.dirname(dest), exist_ok=True)
    with open(os.path.dirname(dest) + "/.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.exists(dest):
            return dest
        half = tempfile.mkdtemp(prefix=".half-", dir=os.path.dirname(dest))
        try:
            for command in ([*APT, "download", name],
                            ["sh", "-c", "dpkg-deb -x *.deb root"]):
                done = quiet(command, cwd=half)
                if done.returncode:
                    raise FetchError("cannot get %s: %s" % (
                        name, done.stderr.strip().replace("\n", " ")))
            os.rename(os.path.join(half, "root"), dest)
        finally:
            shutil.rmtree(half, ignore_errors=True)
    return dest


if __name__ == "__main__":
    try:
        for each in (SERVERS, DOVECOT24, LOGIN, DNS, CALLERS):
            print(tree(each, lambda text: print(text, file=sys.stderr)))
    except FetchError as e:
        sys.exit("servers: %s" % e)
