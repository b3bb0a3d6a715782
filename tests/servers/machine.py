# SPDX-License-Identifier: ISC
"""A machine with a real systemd, made of this one: for units.

    with Machine(installed) as machine:     # what make install DESTDIR= made
        machine.write("/usr/local/etc/msmtprc", "...")
        machine.run(["systemctl", "start", "postrider-queue.path"])

systemd is process 1 of a pid namespace.  The machine has the host's programs
and libraries, its network and its clock.  Its own are /etc (a copy), /var,
/home, /root, /run and /usr/local, all of them in memory, the units, of which
there are none but the ones below and those that were installed, and a control
group.  Nothing of it is left when process 1 is killed.

This file is both sides: the tests', and, started by them, the process that
becomes the machine, which wants root.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time

PYTHON = "/usr/bin/python3"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PATIENCE_S = 20
HERE = os.path.abspath(__file__)
INSIDE = "/run/machine.py"
SYSTEMD = "/lib/systemd/systemd"
SPOOL, TESTER, OTHER = 64821, 64822, 64823

# What units of any kind stand on; systemd's own files.
STANDING = {
    "system": ("basic", "sysinit", "timers", "paths", "sockets", "multi-user",
               "shutdown", "umount", "slices", "local-fs", "network",
               "network-online", "time-set"),
    "user": ("basic", "default", "timers", "paths", "sockets", "shutdown",
             "exit", "systemd-exit"),
}
SUFFIXES = (".target", ".service")
USERS = "".join("%s:x:%d:%d::%s:/bin/sh\n" % each for each in (
    ("postrider", SPOOL, SPOOL, "/nonexistent"),
    ("tester", TESTER, TESTER, "/home/tester"),
    ("other", OTHER, OTHER, "/home/other")))
GROUPS = "postrider:x:%d:\ntester:x:%d:\nother:x:%d:\n" % (
    SPOOL, TESTER, OTHER)
# A user's service manager, as user@.service starts it, without PAM and logind.
MANAGER = """\
[Service]
Type=notify
User=%(uid)d
Delegate=yes
KillMode=mixed
Environment=XDG_RUNTIME_DIR=/run/user/%(uid)d HOME=%(home)s
ExecStartPre=+/bin/mkdir -p /run/user
ExecStartPre=+/usr/bin/install -d -m 0700 -o %(uid)d /run/user/%(uid)d
ExecStart=/lib/systemd/systemd --user --log-target=console
"""
# Services have their say in a file; a sanitizer may not look at itself there.
SAY = """\
[Service]
StandardOutput=append:/var/log/services
StandardError=inherit
Environment=ASAN_OPTIONS=detect_leaks=0
"""


class MachineError(Exception):
    """There is no machine; the text says why, in one line."""


class Ended:
    """How a command in the machine ended."""

    def __init__(self, argv, done):
        self.argv, self.code = argv, done.returncode
        self.out, self.err = done.stdout, done.stderr

    def __repr__(self):
        return "%s\nexit code %d\nstdout:\n%s\nstderr:\n%s" % (
            self.argv, self.code, self.out, self.err)


def obstacle(front=()):
    """Why root cannot have a machine here at all, or None: what no program can
    change."""
    if not os.path.exists(SYSTEMD):
        return "there is no %s" % SYSTEMD
    done = subprocess.run(
        [*front, "grep", "^CapEff", "/proc/self/status"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if not int(done.stdout.split()[1], 16) & 1 << 21:
        return ("root is not allowed to mount here (no CAP_SYS_ADMIN), and a "
                "service manager cannot do without")
    return None


class Machine:
    """The tests' side.  `front` stands before a command that wants root."""

    def __init__(self, installed, front=()):
        self.installed, self.front = installed, list(front)
        self.process = self.pid = None

    def __enter__(self):
        self.process = subprocess.Popen(
            [*self.front, "unshare", "--mount", PYTHON, "-B", HERE, "keep",
             self.installed],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, process_group=0)
        line = self.process.stdout.readline()
        try:
            if not line.startswith("pid "):
                raise MachineError(line.strip() or "the machine's maker died")
            self.pid = line.split()[1]
            self._await_start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _await_start(self):
        end = time.monotonic() + PATIENCE_S
        while True:
            state = self.run(["systemctl", "is-system-running"])
            if state.out.strip() in ("running", "degraded"):
                return
            if time.monotonic() > end:
                raise MachineError("systemd does not come up: %s%s" % (
                    state.out.strip(), state.err.strip()))
            time.sleep(0.05)

    def __exit__(self, *exc):
        if self.pid:
            subprocess.run([*self.front, "kill", "-9", self.pid],
                           capture_output=True)
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()

    def run(self, argv, stdin="", uid=0, env=None, timeout_s=60):
        full = {"PATH": PATH, "HOME": self.home(uid), "LC_ALL": "C.UTF-8",
                "TZ": "UTC", **(env or {})}
        if os.path.isdir("/proc/%s/root/run/user/%d" % (self.pid, uid)):
            full.setdefault("XDG_RUNTIME_DIR", "/run/user/%d" % uid)
        who = ["setpriv", "--reuid=%d" % uid, "--regid=%d" % uid,
               "--clear-groups"] if uid else []
        done = subprocess.run(
            [*self.front, "nsenter", "--target=" + self.pid, "--mount", "--pid",
             "--uts", "--ipc", "--cgroup", *who, "env", "-i",
             *("%s=%s" % pair for pair in full.items()), *argv],
            input=stdin, text=True, capture_output=True, timeout=timeout_s)
        return Ended(argv, done)

    @staticmethod
    def home(uid):
        return {0: "/root", SPOOL: "/nonexistent", TESTER: "/home/tester",
                OTHER: "/home/other"}[uid]

    def must(self, *argv, **more):
        """The output of a command that has to succeed."""
        done = self.run(list(argv), **more)
        assert done.code == 0, done
        return done.out

    def write(self, path, text, mode=0o644, uid=0):
        """By who owns it."""
        self.must("sh", "-c", "umask 077; mkdir -p -m 0755 \"${1%/*}\"; "
                  "cat >\"$1\" && chmod \"$2\" \"$1\"", "-", path,
                  "%o" % mode, stdin=text, uid=uid)

    def read(self, path):
        """A file's text, "" when there is none."""
        return self.run(["cat", path]).out

    def names(self, path):
        return self.run(["ls", "-A", path]).out.split()

    def systemctl(self, *args, uid=0):
        return self.must("systemctl", *(["--user"] if uid else []),
                         "--no-pager", *args, uid=uid)

    def show(self, unit, name, uid=0):
        """A property of a unit."""
        return self.systemctl("show", "--value", "--property=" + name, unit,
                              uid=uid).strip()


# --- the side that becomes the machine ---------------------------------------

def mount(kind, at, *options):
    subprocess.run(["mount", "-t", kind, *options, kind, at], check=True)


def bind(source, at):
    subprocess.run(["mount", "--bind", source, at], check=True)


def remove_groups(path):
    """A control group and those in it; it is empty."""
    for top, _, _ in os.walk(path, topdown=False):
        try:
            os.rmdir(top)
        except OSError:
            pass


def drop_mounts(installed):
    """What other tests have mounted is theirs to unmount: not kept busy."""
    with open("/proc/self/mounts") as f:
        places = [line.split()[1] for line in f]
    for place in reversed(places):
        if place.startswith(("/tmp/", "/dev/shm/")) and \
                not installed.startswith(place + "/"):
            subprocess.run(["umount", "-l", place], capture_output=True)


def keep(installed):
    """The process that stays outside, and clears up."""
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    drop_mounts(installed)
    groups = tempfile.mkdtemp()
    mount("cgroup2", groups)
    with open("/proc/self/cgroup") as f:
        own = next(line.split("::")[1].strip() for line in f
                   if line.startswith("0::"))
    group = tempfile.mkdtemp(prefix="postrider-", dir=groups + own)
    os.chmod(group, 0o755)
    try:
        inner = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--uts", "--ipc", "--fork",
             "--kill-child", PYTHON, "-B", HERE, "become", installed, group],
            stdin=subprocess.DEVNULL)
        # the tests may be killed: then our input ends
        threading.Thread(target=lambda: (sys.stdin.read(), inner.kill()),
                         daemon=True).start()
        inner.wait()
    finally:
        remove_groups(group)
        subprocess.run(["umount", groups])
        os.rmdir(groups)


def copy_etc(to):
    shutil.copytree("/etc", to, symlinks=True)
    for path in ("systemd/system", "systemd/user"):
        shutil.rmtree(os.path.join(to, path), ignore_errors=True)
        os.makedirs(os.path.join(to, path))
    for name, text in (("passwd", USERS), ("group", GROUPS)):
        with open(os.path.join(to, name), "a") as f:
            f.write(text)


def own_units(memory):
    """In the place of the machine's."""
    for who, names in STANDING.items():
        there = "/usr/lib/systemd/" + who
        here = os.path.join(memory, who)
        os.mkdir(here)
        for path in ("%s/%s%s" % (there, name, suffix)
                     for name in names for suffix in SUFFIXES):
            if os.path.exists(path):
                shutil.copy(path, here)
        if who == "system":
            os.symlink("multi-user.target", here + "/default.target")
        bind(here, there)
    for name in ("system-generators", "user-generators",
                 "user-environment-generators"):
        there = "/usr/lib/systemd/" + name
        if os.path.isdir(there):
            os.mkdir(os.path.join(memory, name))
            bind(os.path.join(memory, name), there)


def furnish(memory, installed):
    copy_etc(memory + "/etc")
    for name in ("var", "home", "root"):
        os.mkdir(os.path.join(memory, name))
    shutil.copytree(installed + "/usr/local", memory + "/local", symlinks=True)
    for name in ("log", "spool", "tmp"):
        os.mkdir(os.path.join(memory, "var", name))
    os.chmod(memory + "/var/log", 0o1777)
    os.chmod(memory + "/var/tmp", 0o1777)
    for name, uid in (("tester", TESTER), ("other", OTHER)):
        home = os.path.join(memory, "home", name)
        os.mkdir(home)
        os.chown(home, uid, uid)
    units = memory + "/etc/systemd/system/"
    for who in ("system", "user"):
        os.mkdir("%s/etc/systemd/%s/service.d" % (memory, who))
        with open("%s/etc/systemd/%s/service.d/say.conf" % (memory, who),
                  "w") as f:
            f.write(SAY)
    for uid, home in ((TESTER, "/home/tester"), (OTHER, "/home/other")):
        with open(units + "manager-%d.service" % uid, "w") as f:
            f.write(MANAGER % {"uid": uid, "home": home})
    own_units(memory)
    for name in ("services", "console"):
        with open(memory + "/var/log/" + name, "w") as f:
            os.chmod(f.name, 0o666)


def become(installed, group):
    """Everything of the machine's own; boot() makes the rest."""
    with open("/proc/self/stat") as f:  # still the outer one's: its number
        pid = f.read().split()[0]
    with open(group + "/cgroup.procs", "w") as f:
        f.write("0")
    memory = tempfile.mkdtemp()
    mount("tmpfs", memory, "-o", "mode=755")
    furnish(memory, installed)
    # where this file is, the machine may have a place of its own
    with open(HERE) as f:
        text = f.read()
    for name, there in (("etc", "/etc"), ("var", "/var"), ("home", "/home"),
                        ("root", "/root"), ("local", "/usr/local")):
        bind(os.path.join(memory, name), there)
    mount("tmpfs", "/run", "-o", "mode=755")
    os.mkdir("/run/user")
    with open(INSIDE, "w") as f:
        f.write(text)
    mount("tmpfs", "/tmp", "-o", "mode=1777")
    mount("proc", "/proc")
    # what is not the machine's own is not its to change
    subprocess.run("mount --bind /proc/sys /proc/sys && "
                   "mount -o remount,bind,ro /proc/sys", shell=True, check=True)
    if os.path.exists("/dev/console"):
        bind("/var/log/console", "/dev/console")
    os.execvp("unshare", ["unshare", "--cgroup", PYTHON, "-B", INSIDE,
                          "boot", pid])


def boot(pid):
    """systemd in our place."""
    subprocess.run(["umount", "-R", "/sys/fs/cgroup"], capture_output=True)
    mount("cgroup2", "/sys/fs/cgroup")
    # as a machine's are from the start: credentials are mounted by a child
    subprocess.run(["mount", "--make-rshared", "/"], check=True)
    print("pid " + pid, flush=True)
    null = os.open("/dev/null", os.O_RDWR)
    for fd in range(3):
        os.dup2(null, fd)
    os.execve(SYSTEMD, ["systemd", "--system", "--log-target=console",
                        "--show-status=no"],
              {"PATH": PATH, "container": "postrider", "LC_ALL": "C.UTF-8"})


if __name__ == "__main__":
    {"keep": keep, "become": become, "boot": boot}[sys.argv[1]](*sys.argv[2:])
