# SPDX-License-Identifier: ISC
"""Zones signed with ldns, served by nsd, checked by unbound: real ones, in a
tree of their own, on an island (see island.py).

    zones = Zones({"dane.example": [(name, "A", "127.0.0.1"), ...]},
                  plain={"plain.example": [...]},
                  forged=["dane.example names whose signatures are broken"])
    island.run({"zones": zones.spec(), ...})
    zones.anchor     # the trust anchor's file
"""
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time

HEAD = """\
$ORIGIN %s.
$TTL 300
@ IN SOA ns host 2 3600 600 86400 300
@ IN NS ns
ns IN A 127.0.0.1
"""
NSD = """\
server:
  ip-address: 127.0.0.1@5300
  username: ""
  chroot: ""
  zonesdir: {dir}
  pidfile: {dir}/nsd.pid
  database: ""
  xfrdfile: {dir}/xfrd.state
  zonelistfile: {dir}/zone.list
  xfrdir: {dir}
  logfile: {dir}/nsd.log
  server-count: 1
remote-control:
  control-enable: no
"""
UNBOUND = """\
server:
  interface: 127.0.0.1@53
  do-ip6: no
  username: ""
  chroot: ""
  directory: {dir}
  pidfile: {dir}/unbound.pid
  logfile: {dir}/unbound.log
  use-syslog: no
  do-not-query-localhost: no
  access-control: 127.0.0.0/8 allow
  module-config: "validator iterator"
  trust-anchor-file: {dir}/anchor
remote-control:
  control-enable: no
"""


class Zones:
    def __init__(self, tree, signed, plain=(), forged=()):
        self.root = tree
        self.dir = tempfile.mkdtemp(prefix="zones-",
                                    dir=os.path.join(tree, "lab"))
        self.inner = self.dir[len(tree):]
        self.anchor = os.path.join(self.dir, "anchor")
        self._write("anchor", "")
        nsd, unbound = NSD, UNBOUND
        for name, records in dict(signed, **dict(plain)).items():
            text = HEAD % name + "".join(
                "%s IN %s %s\n" % r for r in records)
            self._write(name, text)
            file = name
            if name in signed:
                self._sign(name, forged)
                file += ".signed"
            else:
                unbound = unbound.replace(
                    "remote-control", "  domain-insecure: %s\n"
                    "remote-control" % name)
            nsd += "zone:\n  name: %s\n  zonefile: %s\n" % (name, file)
            unbound += "stub-zone:\n  name: %s\n" \
                "  stub-addr: 127.0.0.1@5300\n" % name
        self._write("nsd.conf", nsd.format(dir=self.inner))
        self._write("unbound.conf", unbound.format(dir=self.inner))

    def _write(self, name, text):
        with open(os.path.join(self.dir, name), "a") as f:
            f.write(text)

    def _tool(self, *command):
        return subprocess.run(
            [*enter(self.root), "/usr/bin/env", "-C", self.inner, *command],
            check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

    def _sign(self, name, forged):
        # there is no /dev in the tree
        with open(os.path.join(self.dir, "seed"), "wb") as f:
            f.write(os.urandom(4096))
        make = ["ldns-keygen", "-r", "seed", "-a", "ECDSAP256SHA256"]
        ksk = self._tool(*make, "-k", name)
        zsk = self._tool(*make, name)
        self._tool("ldns-signzone", "-n", "-e", "20361231235959", "-o", name,
                   name, zsk, ksk)
        path = os.path.join(self.dir, name + ".signed")
        with open(path) as f:
            text = f.read()
        for owner in forged:
            # the data no longer is what was signed
            text, n = re.subn(r"(?m)^(%s\.\s.*\sTLSA\s.*)([0-9a-f])$" %
                              re.escape(owner),
                              lambda m: m[1] + ("0" if m[2] != "0" else "1"),
                              text)
            assert n, "no TLSA record of %s to forge" % owner
        with open(path, "w") as f:
            f.write(text)
        key = re.search(r"(?m)^\S+\s.*DNSKEY\s+257 .*$", text).group()
        self._write("anchor", key + "\n")

    def spec(self):
        return {"root": self.root, "dir": self.inner}

    def remove(self):
        shutil.rmtree(self.dir, ignore_errors=True)


def enter(root):
    chroot = shutil.which("chroot", path="/usr/sbin:/usr/bin:/sbin:/bin")
    if os.geteuid() == 0:
        return [chroot, root]
    return ["unshare", "-Ur", chroot, root]


# --- on the island -------------------------------------------------------------

def answers(port):
    """Whether a name server does."""
    question = b"\x12\x34\x01\x00\0\x01\0\0\0\0\0\0\x04dane\x07example\0" \
        b"\0\x06\0\x01"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(0.3)
        try:
            s.sendto(question, ("127.0.0.1", port))
            return s.recv(4096)[:2] == b"\x12\x34"
        except OSError:
            return False


def serve(spec):
    """Starts both servers; the processes."""
    chroot = shutil.which("chroot", path="/usr/sbin:/usr/bin:/sbin:/bin")
    found = []
    for port, command in ((5300, ["/usr/sbin/nsd", "-d", "-c",
                                  spec["dir"] + "/nsd.conf"]),
                          (53, ["/usr/sbin/unbound", "-d", "-c",
                                spec["dir"] + "/unbound.conf"])):
        found.append(subprocess.Popen(
            [chroot, spec["root"], *command], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        end = time.monotonic() + 60
        while not answers(port):
            if found[-1].poll() is not None or time.monotonic() > end:
                raise RuntimeError(command[0] + " does not answer")
            time.sleep(0.02)
    return found
