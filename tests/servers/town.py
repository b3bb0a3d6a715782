# SPDX-License-Identifier: ISC
"""A small machine of its own, made of Debian's packages, where the program
under test is /usr/sbin/sendmail: for programs that send mail.

    with Town(program) as town:
        town.write("/etc/crontab", "@reboot root echo hello\\n")
        cron = town.start(["cron", "-f"])
        ...
        town.stop(cron)
        town.run(["mail", "-s", "hi", "joe@example.test"], stdin="hello\\n")

The machine is a folder to be entered with chroot; network and clock are the
host's.  Where this is allowed it has its processes for itself and a /proc.
Its /usr has hard links to the unpacked packages (see fetch.py); nothing may
write there.  This file is both sides: the tests', and, started by them, the
process that enters the folder, which wants root.
"""
import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

PYTHON = "/usr/bin/python3"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
TESTER = 1000
# In a chroot the second is possible, not the first.
OWN = [["unshare", "--mount", "--pid", "--fork", "--kill-child", *more]
       for more in ([], ["--propagation", "unchanged"])] + [[]]

FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n"
                  "daemon:x:1:1:daemon:/usr/sbin:/bin/false\n"
                  "tester:x:1000:1000:Tes Ter:/home/tester:/bin/sh\n"
                  "nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n",
    "etc/group": "root:x:0:\ndaemon:x:1:\ntty:x:5:\nmail:x:8:\ncrontab:x:101:"
                 "\ntester:x:1000:\nnogroup:x:65534:\n",
    "etc/shadow": "root:*:19000:0:99999:7:::\ntester:*:19000:0:99999:7:::\n"
                  "daemon:*:19000:0:99999:7:::\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "etc/hosts": "127.0.0.1 localhost %s\n" % os.uname().nodename,
    "etc/timezone": "Etc/UTC\n",
    "etc/crontab": "",
    "etc/anacrontab": "",
}
PAM = "".join("%s required pam_permit.so\n" % kind for kind in (
    "auth", "account", "password", "session"))


class TownError(Exception):
    """There is no town; the text says why, in one line."""


class Ended:
    """How a command in the town ended."""

    def __init__(self, argv, answer):
        self.argv = argv
        self.code, self.out, self.err = (
            answer["code"], answer["out"], answer["err"])

    def __repr__(self):
        return "%s\nexit code %d\nstdout:\n%s\nstderr:\n%s" % (
            self.argv, self.code, self.out, self.err)


class Town:
    """The tests' side.  `front` stands before a command that wants root."""

    def __init__(self, tree, program, front=()):
        self.tree, self.program, self.front = tree, program, list(front)
        self.process = None

    def __enter__(self):
        own = next(own for own in OWN if subprocess.run(
            [*self.front, *own, "true"], stdin=subprocess.DEVNULL,
            capture_output=True).returncode == 0)
        self.process = subprocess.Popen(
            [*self.front, *own, PYTHON, "-B", os.path.abspath(__file__),
             self.tree, self.program, "own" if own else "shared"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            process_group=0)
        hello = self._hear()
        if "error" in hello:
            self.__exit__()
            raise TownError(hello["error"])
        self.has_proc = hello["has_proc"]
        return self

    def __exit__(self, *exc):
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()

    def _hear(self):
        line = self.process.stdout.readline()
        return json.loads(line) if line else {"error": "the town is gone"}

    def _ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = self._hear()
        if "error" in answer:
            raise TownError(answer["error"])
        return answer

    def run(self, argv, stdin="", env=None, uid=0, cwd="/", timeout_s=60):
        return Ended(argv, self._ask(
            do="run", argv=argv, stdin=stdin, env=env or {}, uid=uid, cwd=cwd,
            timeout_s=timeout_s))

    def start(self, argv, env=None):
        """A command that runs until stop(), which tells its output."""
        return self._ask(do="start", argv=argv, env=env or {})["number"]

    def stop(self, number):
        return self._ask(do="stop", number=number)["out"]

    def write(self, path, text, mode=0o644, uid=0):
        self._ask(do="write", path=path, text=text, mode=mode, uid=uid)

    def read(self, path):
        """A file's text, "" when there is none."""
        return self._ask(do="read", path=path)["text"]


# --- the side that enters the folder -----------------------------------------

def remove(folder):
    """A town's folder; what is mounted in it is taken away before."""
    proc = os.path.join(folder, "proc")
    if os.path.ismount(proc):
        subprocess.run(["umount", "-l", proc], capture_output=True)
    if not os.path.ismount(proc):
        shutil.rmtree(folder, ignore_errors=True)


def own_folder(top):
    """A new folder that is locked while we live, and its lock; those that
    nobody holds any more are removed."""
    os.makedirs(top, exist_ok=True)
    for name in os.listdir(top):
        try:
            lock = os.open(os.path.join(top, name), os.O_RDONLY)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove(os.path.join(top, name))
        except OSError:
            pass
        finally:
            os.close(lock)
    folder = tempfile.mkdtemp(dir=top)
    lock = os.open(folder, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return folder, lock


def shared_objects(program):
    """The files that the program's loader takes on this machine, at its start
    and later."""
    known = subprocess.run(["ldconfig", "-p"], capture_output=True, text=True,
                           env={"PATH": PATH}).stdout
    wanted = [program] + [m[1] for m in re.finditer(
        r"(?m)^\tlib(?:gnutls|gsasl|idn2)\.so\.\d+ .*=> (/\S+)$", known)]
    said = subprocess.run(["ldd", *wanted], capture_output=True, text=True)
    return wanted[1:] + re.findall(r"(?m)(?:=> |^\t)(/\S+) \(0x", said.stdout)


class Place:
    """The folder, and what runs in it."""

    def __init__(self, folder, tree, program, is_own):
        self.folder, self.is_own = folder, is_own
        self.started = {}
        self.has_proc = False
        self.copy(tree)
        self.furnish()
        self.install(program)
        if is_own:
            self.has_proc = subprocess.run(
                ["mount", "-t", "proc", "proc", self.out("proc")],
                capture_output=True).returncode == 0

    def out(self, path):
        return os.path.join(self.folder, path.lstrip("/"))

    def copy(self, tree):
        """sudo and others want root to own them; links cannot be given away."""
        os.chmod(self.folder, 0o755)
        is_ours = os.stat(os.path.join(tree, "usr")).st_uid == os.geteuid()
        for name in os.listdir(tree):
            how = "-l" if is_ours and name == "usr" else \
                "--no-preserve=ownership"
            subprocess.run(["cp", "-a", how, os.path.join(tree, name),
                            self.folder], check=True)

    def write(self, path, text, mode=0o644, uid=0):
        path = self.out(path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if os.path.lexists(path):  # it may be one of several links
            os.unlink(path)
        with open(path, "w") as f:
            f.write(text)
        os.chmod(path, mode)
        os.chown(path, uid, uid)

    def makedir(self, path, mode, uid, gid):
        os.makedirs(self.out(path), exist_ok=True)
        os.chown(self.out(path), uid, gid)
        os.chmod(self.out(path), mode)

    def furnish(self):
        for name, minor in (("null", 3), ("zero", 5), ("random", 8),
                            ("urandom", 9)):
            path = self.out("dev/" + name)
            if not os.path.exists(path):
                os.mknod(path, 0o20666, os.makedev(1, minor))
            os.chmod(path, 0o666)
        for path, text in FILES.items():
            self.write(path, text)
        for name in os.listdir(self.out("etc/pam.d")):
            self.write("etc/pam.d/" + name, PAM)
        for path, mode, uid, gid in (
                ("home/tester", 0o755, TESTER, TESTER),
                ("tmp", 0o1777, 0, 0), ("var/tmp", 0o1777, 0, 0),
                ("var/spool/cron/atjobs", 0o1770, 1, 1),
                ("var/spool/cron/atspool", 0o1770, 1, 1),
                ("var/spool/cron/crontabs", 0o1730, 0, 101),
                ("var/spool/anacron", 0o755, 0, 0),
                ("var/log", 0o1777, 0, 0), ("var/mail", 0o1777, 0, 0),
                ("var/cache/logwatch", 0o755, 0, 0)):
            self.makedir(path, mode, uid, gid)

    def install(self, program):
        for path in shared_objects(program):
            if not os.path.exists(self.out(path)):
                os.makedirs(os.path.dirname(self.out(path)), exist_ok=True)
                shutil.copy(path, self.out(path))
        shutil.copy(program, self.out("usr/bin/postrider"))
        os.chmod(self.out("usr/bin/postrider"), 0o755)
        for path in ("usr/sbin/sendmail", "usr/lib/sendmail",
                     "usr/bin/mailq", "usr/bin/newaliases"):
            os.symlink("/usr/bin/postrider", self.out(path))

    def command(self, argv, uid):
        chroot = shutil.which("chroot", path="/usr/sbin:/usr/bin:/sbin:/bin")
        who = ["--userspec=%d:%d" % (uid, uid)] if uid else []
        return [chroot, *who, self.folder, *argv]

    @staticmethod
    def environment(env, uid):
        home = "/root" if uid == 0 else "/home/tester"
        name = "root" if uid == 0 else "tester"
        full = {"PATH": PATH, "HOME": home, "USER": name, "LOGNAME": name,
                "LC_ALL": "C.UTF-8", "TZ": "UTC", "SHELL": "/bin/sh", **env}
        return {k: v for k, v in full.items() if v is not None}

    def do_run(self, argv, stdin, env, uid, cwd, timeout_s):
        within = ["/usr/bin/env", "-C", cwd, *argv]
        done = subprocess.run(
            self.command(within, uid), input=stdin.encode(),
            env=self.environment(env, uid), cwd="/", capture_output=True,
            timeout=timeout_s)
        return {"code": done.returncode,
                "out": done.stdout.decode(errors="replace"),
                "err": done.stderr.decode(errors="replace")}

    def do_start(self, argv, env):
        with tempfile.TemporaryFile() as out:
            process = subprocess.Popen(
                self.command(argv, 0), stdin=subprocess.DEVNULL, stdout=out,
                stderr=out, env=self.environment(env, 0), cwd="/",
                start_new_session=True)
            self.started[process.pid] = process, os.dup(out.fileno())
        return {"number": process.pid}

    def do_stop(self, number):
        process, out = self.started.pop(number)
        for sig in signal.SIGTERM, signal.SIGKILL:
            try:
                os.killpg(number, sig)
                process.wait(5)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                pass
        process.wait()
        with open(out, errors="replace") as f:
            f.seek(0)
            return {"out": f.read()}

    def do_write(self, path, text, mode, uid):
        self.write(path, text, mode, uid)
        return {}

    def do_read(self, path):
        try:
            with open(self.out(path), errors="replace") as f:
                return {"text": f.read()}
        except FileNotFoundError:
            return {"text": ""}

    def leave(self):
        for number in list(self.started):
            self.do_stop(number)
        if not self.is_own:  # else they end with us
            self.end_all()
        remove(self.folder)

    def end_all(self):
        """Those whose root is our folder, whoever started them."""
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.readlink("/proc/%s/root" % pid) == self.folder:
                    os.kill(int(pid), signal.SIGKILL)
            except OSError:
                pass


def serve(place):
    print(json.dumps({"has_proc": place.has_proc}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(place, "do_" + request.pop("do"))(**request)
        except (OSError, KeyError, subprocess.SubprocessError) as e:
            answer = {"error": str(e)}
        print(json.dumps(answer), flush=True)


def main():
    tree, program, how = sys.argv[1:]
    for sig in signal.SIGTERM, signal.SIGHUP:
        signal.signal(sig, lambda *_: sys.exit(1))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    folder, lock = own_folder(os.path.join(
        os.path.dirname(os.path.dirname(tree)), "towns"))
    try:
        place = Place(folder, tree, program, how == "own")
    except (OSError, subprocess.SubprocessError) as e:
        print(json.dumps({"error": str(e)}), flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        return 1
    try:
        serve(place)
    finally:
        place.leave()
        os.close(lock)
    return 0


if __name__ == "__main__":
    sys.exit(main())
