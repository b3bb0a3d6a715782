# SPDX-License-Identifier: ISC
"""Get Debian's server packages without installing them.

Debian's postfix and exim4 exclude each other and start on the machine when
installed.  So the packages and all libraries below them are downloaded and
unpacked into one tree that is complete in itself (it has its own libc), to be
entered with chroot.  The tree is kept in .cache/servers/KEY, where KEY stands
for the names and versions of everything in it.

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
CACHE = os.path.join(os.path.dirname(os.path.dirname(HERE)), ".cache",
                     "servers")

# Solved one by one, because the first and the third exclude each other.
WANTED = (
    ("postfix",),
    ("dovecot-core", "dovecot-submissiond"),
    ("exim4-daemon-heavy",),
    ("msmtp",),
    ("dash", "util-linux", "coreutils"),
)

# Of what those need, only what runs: no perl, no package tools.
KEPT = re.compile(r"^(lib(?!perl).*|libperl5.*|postfix|dovecot-.*|exim4-.*|msmtp|netbase|"
                  r"zlib1g|dash|util-linux|coreutils)$")

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


def solve():
    """What apt would install on an empty machine: sorted [(name, version)]."""
    found = {}
    for names in WANTED:
        run = subprocess.run(
            ["apt-get", "-s", "-o", "Dir::State::status=/dev/null",
             "-o", "APT::Install-Recommends=false", "install", *names],
            stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if run.returncode:
            raise FetchError("apt cannot find %s (apt-get update?): %s" % (
                " ".join(names), run.stderr.strip().replace("\n", " ")))
        for line in run.stdout.splitlines():
            m = re.match(r"Inst (\S+) \((\S+) ", line)
            if m and KEPT.match(m[1]):
                found[m[1]] = m[2]
    return sorted(found.items())


def newest_tree():
    """The most recently made complete tree, or None."""
    try:
        trees = [os.path.join(CACHE, d) for d in os.listdir(CACHE)]
    except FileNotFoundError:
        return None
    done = [t for t in trees if os.path.exists(os.path.join(t, "complete"))]
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


def unpack(packages, tree):
    debs = os.path.join(tree, "debs")
    root = os.path.join(tree, "root")
    os.makedirs(debs)
    os.makedirs(root)
    run = subprocess.run(
        ["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download",
         *("%s=%s" % p for p in packages)], cwd=debs,
        stdin=subprocess.DEVNULL, capture_output=True, text=True)
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


def tree(say=lambda text: None):
    """The root of an unpacked tree, made when there is none yet."""
    try:
        os.makedirs(CACHE, exist_ok=True)
        lock = open(os.path.join(CACHE, ".lock"), "w")
    except PermissionError:
        have = newest_tree()
        if have:
            return os.path.join(have, "root")
        raise FetchError("%s belongs to somebody else" % CACHE) from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        have = newest_tree()
        if have and os.path.getmtime(have) > lists_age():
            return os.path.join(have, "root")
        try:
            packages = solve()
        except (FetchError, OSError) as e:
            if have:
                return os.path.join(have, "root")
            raise FetchError(str(e)) from None
        key = hashlib.sha256(repr(packages).encode()).hexdigest()[:16]
        dest = os.path.join(CACHE, key)
        if not os.path.exists(os.path.join(dest, "complete")):
            say("fetching %d packages (once) into %s" % (len(packages), dest))
            half = tempfile.mkdtemp(prefix=".half-", dir=CACHE)
            try:
                os.chmod(half, 0o755)
                unpack(packages, half)
                shutil.rmtree(dest, ignore_errors=True)
                os.rename(half, dest)
            finally:
                shutil.rmtree(half, ignore_errors=True)
        os.utime(dest)
        return os.path.join(dest, "root")


def package(name):
    """The root of one small package, unpacked; it runs with the machine's own
    libraries."""
    dest = os.path.join(os.path.dirname(CACHE), "packages", name)
    os.makedirs(os.path.dirname(dest), exist_ok=True)
    with open(os.path.dirname(dest) + "/.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.exists(dest):
            return dest
        half = tempfile.mkdtemp(prefix=".half-", dir=os.path.dirname(dest))
        try:
            for command in (["apt-get", "-q", "-o", "APT::Sandbox::User=root",
                             "download", name],
                            ["sh", "-c", "dpkg-deb -x *.deb root"]):
                done = subprocess.run(
                    command, cwd=half, stdin=subprocess.DEVNULL,
                    capture_output=True, text=True)
                if done.returncode:
                    raise FetchError("cannot get %s: %s" % (
                        name, done.stderr.strip().replace("\n", " ")))
            os.rename(os.path.join(half, "root"), dest)
        finally:
            shutil.rmtree(half, ignore_errors=True)
    return dest


if __name__ == "__main__":
    try:
        print(tree(lambda text: print(text, file=sys.stderr)))
    except FetchError as e:
        sys.exit("servers: %s" % e)
