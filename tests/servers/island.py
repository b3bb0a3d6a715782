# SPDX-License-Identifier: ISC
"""A network of its own with a DNS of its own, without any privilege.

run() starts this file in new user, network and mount namespaces; there it is
the name server of /etc/resolv.conf, plays dialogues (see scripted.py) on
whatever ports, and calls the program.

    answer = run({
        "argv": [program, ...], "stdin": "text", "env": {...}, "cwd": "/...",
        "dns": {"mail.test": {"A": ["127.0.0.1"]},
                "_submissions._tcp.test": {"SRV": [[0, 1, 465, "mail.test"]]},
                "slow.test": "silent", "broken.test": "servfail"},
        # or, in place of "dns", real servers of signed zones (see zones.py)
        "zones": Zones(...).spec(), "resolv": "options trust-ad",
        "addresses": ["192.0.2.1"],    # this machine's, besides loopback
        "servers": [{"at": "127.0.0.1", "port": 465, "dialogue": [...],
                     "tls": True, "cert": file, "key": file}],
    })
    answer["code"], answer["out"], answer["err"]
    answer["asked"]       # the names that the DNS was asked for
    answer["received"]    # what each server got (latin-1)
    answer["failures"]    # what did not go by each server's script
"""
import fcntl
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading

PYTHON = "/usr/bin/python3"
TYPES = {1: "A", 28: "AAAA", 33: "SRV"}


# root needs no user namespace, which a chroot would not let it make
UNSHARE = ["unshare", "-nm"] if os.geteuid() == 0 else ["unshare", "-Urnm"]


def possible():
    """Whether this machine lets us make one."""
    quiet = dict(stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                 stderr=subprocess.DEVNULL)
    assert shutil.which("unshare"), "no unshare; ./check installs util-linux"
    return subprocess.run(
        UNSHARE + ["mount", "--bind", "/etc", "/etc"],
        **quiet).returncode == 0


def run(spec, timeout_s=120):
    done = subprocess.run(
        UNSHARE + [PYTHON, "-B", os.path.abspath(__file__)],
        input=json.dumps(spec), stdout=subprocess.PIPE, text=True,
        timeout=timeout_s, check=True)
    return json.loads(done.stdout)


# --- inside ------------------------------------------------------------------

def loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        name = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16xh", fcntl.ioctl(s, 0x8913, name)[:18])[0]
        fcntl.ioctl(s, 0x8914, struct.pack("16sh14x", b"lo", flags | 1))


def add_address(number, address):
    """An address that is ours and yet no loopback address."""
    if ":" in address:
        subprocess.run(["ip", "-6", "address", "add", address + "/64", "dev",
                        "lo", "nodad"], check=True)
        return
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        name = b"lo:%d" % number
        where = struct.pack("HH4s8x", socket.AF_INET, 0,
                            socket.inet_aton(address))
        fcntl.ioctl(s, 0x8916, struct.pack("16s16s8x", name, where))


def labels(name):
    return b"".join(bytes((len(part),)) + part.encode()
                    for part in name.split(".") if part) + b"\0"


def rdata(kind, value):
    if kind == "SRV":
        return struct.pack(">HHH", *value[:3]) + labels(value[3])
    family = socket.AF_INET if kind == "A" else socket.AF_INET6
    return socket.inet_pton(family, value)


class Dns(threading.Thread):
    def __init__(self, zone):
        super().__init__(daemon=True)
        self.zone, self.asked = zone, []
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 53))

    def run(self):
        while True:
            question, client = self.sock.recvfrom(65536)
            answer = self.answer(question)
            if answer:
                self.sock.sendto(answer, client)

    def answer(self, message):
        at, parts = 12, []
        while message[at]:
            parts.append(message[at + 1:at + 1 + message[at]].decode())
            at += 1 + message[at]
        question = message[12:at + 5]
        kind = TYPES.get(struct.unpack(">H", message[at + 1:at + 3])[0])
        name = ".".join(parts)
        self.asked.append(name)
        found = self.zone.get(name.lower())
        if found == "silent":
            return None
        code = 2 if found == "servfail" else 3 if found is None else 0
        records = found.get(kind, []) if isinstance(found, dict) else []
        body = b""
        for value in records:
            data = rdata(kind, value)
            body += b"\xc0\x0c" + question[-4:] + struct.pack(
                ">IH", 60, len(data)) + data
        return message[:2] + struct.pack(
            ">BBHHHH", 0x81, 0x80 | code, 1, len(records), 0, 0) + \
            question + body


def main():
    sys.path.insert(0, os.path.dirname(os.path.dirname(
        os.path.abspath(__file__))))
    import ssl
    from servers.scripted import Scripted
    spec = json.load(sys.stdin)
    loopback_up()
    for number, address in enumerate(spec.get("addresses", [])):
        add_address(number, address)
    with tempfile.NamedTemporaryFile("w") as conf:
        conf.write("nameserver 127.0.0.1\noptions attempts:2 timeout:5\n")
        conf.write(spec.get("resolv", "") + "\n")
        conf.flush()
        subprocess.run(["mount", "--bind", conf.name, "/etc/resolv.conf"],
                       check=True)
        daemons, asked = [], []
        if "zones" in spec:
            from servers import zones
            daemons = zones.serve(spec["zones"])
        else:
            dns = Dns(spec.get("dns", {}))
            asked = dns.asked
            dns.start()
        servers = []
        for s in spec.get("servers", []):
            context = None
            if "cert" in s:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(s["cert"], s["key"])
            servers.append(Scripted(
                s["dialogue"], tls=s.get("tls", False), context=context,
                at=s.get("at", "127.0.0.1"), port=s["port"]))
        for server in servers:
            server.__enter__()
        done = subprocess.run(
            spec["argv"], input=spec.get("stdin", "").encode(),
            env=spec["env"], cwd=spec["cwd"], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=100)
        for server in servers:
            server.finish()
        for daemon in daemons:
            daemon.kill()
            daemon.wait()
        json.dump({
            "code": done.returncode,
            "out": done.stdout.decode(errors="replace"),
            "err": done.stderr.decode(errors="replace"),
            "asked": asked,
            "received": [s.received.decode("latin-1") for s in servers],
            "failures": [s.failure for s in servers],
        }, sys.stdout)


if __name__ == "__main__":
    main()
