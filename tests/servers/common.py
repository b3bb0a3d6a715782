# SPDX-License-Identifier: ISC
"""What the servers share: users, free ports, starting, stopping, waiting."""
import os
import random
import signal
import socket
import subprocess
import time

USERS = {"alice@example.test": "wonderland", "bob@example.test": "builder"}
PATIENCE_S = 60  # a machine may be busy; who waits goes on at once


class ServerError(Exception):
    """A server did not start; the text says which, and its last words."""


def reserve(port=0, at="127.0.0.1"):
    """A socket whose port is ours: nobody listens there, and nobody gets it
    but who binds it with SO_REUSEADDR, as servers do.  OSError when somebody
    else has it."""
    s = socket.socket()
    try:
        s.bind((at, port))
    except OSError:
        s.close()
        raise
    # not before: who has it like this does not keep out who asks like this
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return s


RESERVED = []


def free_ports(count):
    """Ports nobody listens on, below those the kernel gives to clients; nobody
    else gets them while this process lives."""
    found = []
    while len(found) < count:
        try:
            found.append(reserve(random.randrange(20000, 32000)))
        except OSError:
            continue
    RESERVED.extend(found)
    return [s.getsockname()[1] for s in found]


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, mode)
    return path


def tail(path, lines=15):
    """The last lines of a file (all with None), "" when there is no file."""
    try:
        with open(path, errors="replace") as f:
            return "".join(f.readlines()[-lines if lines else None:])
    except OSError:
        return ""


class Place:
    """One session's folder, seen from outside and from the servers' root.

    root   the unpacked tree
    inner  the session's folder as the servers see it
    enter  the command in front of a server's, to put it into the tree
    own    True when there is but one user: no root, no users of the servers'
    """

    def __init__(self, root, folder, inner, enter, own=None):
        self.root, self.folder, self.inner = root, folder, inner
        self.enter, self.own = enter, own

    def out(self, *parts):
        return os.path.join(self.folder, *parts)

    def into(self, *parts):
        return os.path.join(self.inner, *parts)

    def makedir(self, *parts, mode=0o755, user=None, group=None):
        path = self.out(*parts)
        os.makedirs(path, exist_ok=True)
        if not self.own and (user or group):
            os.chown(path, self.uid(user or "root"), self.gid(group or "root"))
        os.chmod(path, mode)
        return path

    def _id(self, file, name):
        with open(os.path.join(self.root, "etc", file)) as f:
            return {line.split(":")[0]: int(line.split(":")[2])
                    for line in f}[name]

    def uid(self, name):
        return self._id("passwd", name)

    def gid(self, name):
        return self._id("group", name)

    def users(self, nobody, nogroup, dovecot, dovenull):
        """Whom Dovecot runs as, by the names in its configuration."""
        if self.own:
            nobody = dovecot = dovenull = self.own[0]
            nogroup = self.own[1]
        return {"nobody": nobody, "nogroup": nogroup, "dovecot": dovecot,
                "dovecotgroup": nogroup if self.own else dovecot,
                "dovenull": dovenull}

    def start(self, name, argv, log):
        """Start a server in the foreground, in a session of its own."""
        with open(self.out("log", name + ".out"), "wb") as out:
            proc = subprocess.Popen(
                [*self.enter, *argv], stdin=subprocess.DEVNULL, stdout=out,
                stderr=out, start_new_session=True, cwd="/", close_fds=True,
                env={"PATH": "/usr/sbin:/usr/bin", "TZ": "UTC"})
        return Server(name, proc, [self.out("log", name + ".out"), log])


class Server:
    def __init__(self, name, proc, logs):
        self.name, self.proc, self.logs = name, proc, logs

    def words(self):
        return "".join(tail(log) for log in self.logs)

    def wait_port(self, port):
        """Until the server listens; ServerError when it dies or never does."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            if self.proc.poll() is not None:
                raise ServerError("%s ended at start: %s" % (
                    self.name, self.words()))
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise ServerError("%s does not listen on %d: %s" % (
            self.name, port, self.words()))

    def members(self):
        """Processes of the server's session that still live."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/stat" % pid) as f:
                    fields = f.read().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == self.proc.pid and fields[0] not in "ZX":
                found.append(int(pid))
        return found

    def stop(self):
        """Ask all of them to end, then make sure that nothing lives."""
        for pid in self.members():
            self._kill(pid, signal.SIGTERM)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            self.proc.poll()
            if not self.members():
                break
            time.sleep(0.02)
        for pid in self.members():
            self._kill(pid, signal.SIGKILL)
        self.proc.wait()

    @staticmethod
    def _kill(pid, sig):
        try:
            os.kill(pid, sig)
        except ProcessLookupError:
            pass
