#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The process that holds the servers.

It runs as root where servers need root, so it is small: it starts what its
arguments say, prints one line of JSON (ports, or an error), answers requests
(a line of JSON each) and stops everything when its input ends, which also
happens when the test run is killed.

Not meant to be called by hand; see lab.py.
"""
import argparse
import base64
import json
import os
import shutil
import signal
import sys
import tempfile

if __package__ in (None, ""):
    sys.path.insert(0, os.path.dirname(os.path.dirname(
        os.path.abspath(__file__))))
    import servers  # noqa: F401  (makes the relative imports below work)
    __package__ = "servers"

from . import (common, dovecot, dovecot24, exim, login,  # noqa: E402
               postfix, sink)

ATTEMPTS = 3


def device(root, name, minor):
    """A device node in the tree (kept with it: it is the same for everyone)."""
    path = os.path.join(root, "dev", name)
    if not os.path.exists(path):
        os.mknod(path, 0o20666, os.makedev(1, minor))
        os.chmod(path, 0o666)


def own_folder(top):
    """A new folder; those of keepers that were killed hard are removed."""
    prefix = "postrider-lab-"
    for name in os.listdir(top):
        pid = name.removeprefix(prefix).split("-")[0]
        if name.startswith(prefix) and not os.path.exists("/proc/" + pid):
            shutil.rmtree(os.path.join(top, name), ignore_errors=True)
    folder = tempfile.mkdtemp(prefix="%s%d-" % (prefix, os.getpid()), dir=top)
    os.chmod(folder, 0o755)
    return folder


def enter_as_root(root):
    for name, minor in (("null", 3), ("zero", 5), ("random", 8),
                        ("urandom", 9)):
        device(root, name, minor)
    folder = own_folder(os.path.join(root, "lab"))
    inner = "/lab/" + os.path.basename(folder)
    chroot = shutil.which("chroot", path="/usr/sbin:/usr/bin:/sbin:/bin")
    return common.Place(root, folder, inner, [chroot, root])


# The tree's /usr takes the place of the machine's, in a mount namespace of the
# server's own; a second user namespace gives it the caller's identity back.
ENTER_OWN = """
mount --bind "$2/passwd" /etc/passwd
mount --bind "$2/group" /etc/group
mount --bind "$1/usr" /usr
ids=$3
shift 3
exec /usr/bin/unshare --user --map-user="${ids%:*}" --map-group="${ids#*:}" \
    -- "$@"
"""


def enter_own(root, ids):
    """Without root: we are root of a user namespace (see lab.py)."""
    uid, gid = ids.split(":")
    folder = own_folder("/tmp")
    for name, line in (("passwd", "tester:x:%s:%s::/:/bin/false\n"),
                       ("group", "tester:x:%.0s%s:\n")):
        with open(os.path.join(root, "etc", name)) as f:
            common.write(os.path.join(folder, name),
                         f.read() + line % (uid, gid))
    return common.Place(root, folder, folder, [
        "/usr/bin/unshare", "--mount", "/bin/sh", "-e", "-c", ENTER_OWN, "sh",
        root, folder, ids], own=("tester", "tester"))


class Keeper:
    def __init__(self, place, pki, names, relay):
        self.place, self.relay = place, relay
        self.servers = []
        self.doors = {}
        self.boxes = {}
        self.logs = {}
        place.makedir("log", mode=0o777)
        shutil.copytree(pki, place.out("pki"))
        for name in ("server.key", "server.pem", "ca.pem"):
            os.chmod(place.out("pki", name), 0o644)
        for name in names:
            getattr(self, "start_" + name)()

    def _started(self, name, server, ports, module):
        self.servers.append(server)
        for port in ports.values():
            server.wait_port(port)
        self.doors[name] = ports
        self.logs[name] = module.log(self.place)

    def start_postfix(self):
        ports = postfix.prepare(self.place)
        self._started("postfix", postfix.start(self.place, ports), ports,
                      postfix)
        self.boxes["postfix"] = postfix.maildir(self.place)

    def start_sink(self):
        ports = sink.prepare(self.place)
        self._started("sink", sink.start(self.place, ports), ports, sink)
        self.boxes["sink"] = sink.maildir(self.place)

    def start_dovecot(self):
        backend = "postfix" if "postfix" in self.doors else "sink"
        ports = dovecot.prepare(self.place, self.doors[backend]["plain"])
        self._started("dovecot", dovecot.start(self.place), ports, dovecot)
        self.boxes["lmtp"] = dovecot.maildir(self.place)
        self.logs["lmtp"] = dovecot.log(self.place)

    def start_dovecot24(self):
        ports = dovecot24.prepare(self.place, self.relay)
        self._started("dovecot24", dovecot24.start(self.place), ports,
                      dovecot24)

    def start_login(self):
        ports = login.prepare(self.place, self.relay)
        kdc, server = login.start(self.place)
        self.servers.append(kdc)
        self._started("login", server, ports, login)

    def start_exim(self):
        ports = exim.prepare(self.place)
        self._started("exim", exim.start(self.place), ports, exim)
        self.boxes["exim"] = exim.maildir(self.place)

    def stop(self):
        for server in reversed(self.servers):
            server.stop()
        if os.environ.get("KEEP_LAB"):
            print("kept: " + self.place.folder, file=sys.stderr)
        else:
            shutil.rmtree(self.place.folder, ignore_errors=True)

    def take(self, name):
        """The messages delivered since the last call; they are removed."""
        found = []
        try:
            files = sorted(os.listdir(self.boxes[name]))
        except FileNotFoundError:
            return found
        for file in files:
            path = os.path.join(self.boxes[name], file)
            if name == "sink" and not sink.is_complete(path):
                continue
            with open(path, "rb") as f:
                data = f.read()
            if name == "sink":
                data = sink.content(data)
            found.append(base64.b64encode(data).decode())
            os.unlink(path)
        return found

    def answer(self, request):
        if request["do"] == "take":
            return {"messages": self.take(request["server"])}
        if request["do"] == "path":
            return {"path": self.place.out(*request["parts"])}
        if request["do"] == "log":
            name = request["server"]
            if name == "postfix":
                return {"text": postfix.settled_log(self.place)}
            return {"text": common.tail(self.logs[name], None)}
        return {"error": "unknown request"}


def serve(keeper):
    print(json.dumps({"doors": keeper.doors}), flush=True)
    for line in sys.stdin:
        print(json.dumps(keeper.answer(json.loads(line))), flush=True)


def begin(args):
    """A keeper whose servers all run.  Somebody can have a port of ours whom
    we do not see, at another address: then everything starts anew."""
    for attempt in range(ATTEMPTS):
        if args.own:
            place = enter_own(args.tree, args.own)
        else:
            place = enter_as_root(args.tree)
        keeper = Keeper.__new__(Keeper)
        try:
            keeper.__init__(place, args.pki, args.servers.split(","),
                            args.relay)
            return keeper
        except BaseException as e:
            keeper.stop()
            if attempt == ATTEMPTS - 1 or \
                    not isinstance(e, common.ServerError):
                raise
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tree", required=True)
    parser.add_argument("--pki", required=True)
    parser.add_argument("--servers", required=True)
    parser.add_argument("--relay", type=int, help="port of the server behind")
    parser.add_argument("--own", help="UID:GID when there is no root")
    args = parser.parse_args()
    for sig in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sig, lambda *_: sys.exit(1))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        keeper = begin(args)
    except (common.ServerError, OSError) as e:
        print(json.dumps({"error": str(e)}), flush=True)
        return 1
    try:
        serve(keeper)
    finally:
        keeper.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
