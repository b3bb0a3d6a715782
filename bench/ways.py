# SPDX-License-Identifier: ISC
"""Ways into a server: a port, TLS or not, who logs in; wires in between."""
import os
import socket
import statistics
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ONE_WAY_MS = 50
STORE = "/etc/ssl/certs/ca-certificates.crt"
ACCOUNTS = {"postfix": ("alice@example.test", "wonderland"),
            "exim": ("bench", "secret")}


class Way:
    """name  how the table calls it
    tls      "clear", "starttls" or "tls" (from the start)
    user     None where no AUTH is wanted
    trust    the file with the trusted certificates
    """

    def __init__(self, name, port, tls, trust, account=None):
        self.name, self.port, self.tls, self.trust = name, port, tls, trust
        self.user, self.password = account or (None, None)
        self.key = name.lower().replace(" ", "-").replace(",", "")

    def moved(self, port, name=None):
        """The same way with another door."""
        account = (self.user, self.password) if self.user else None
        return Way(name or self.name, port, self.tls, self.trust, account)


def of(lab, server, trust=None):
    """A server's three ways: {"clear": Way, ...}."""
    trust = trust or lab.pki.ca
    account = ACCOUNTS[server]
    return {
        "clear": Way("clear", lab.port(server, "plain"), "clear", trust),
        "starttls": Way("STARTTLS", lab.port(server, "submission"),
                        "starttls", trust, account),
        "tls": Way("TLS", lab.port(server, "submissions"), "tls", trust,
                   account),
    }


def system_store(lab, folder):
    """The machine's trusted certificates with the lab's behind them."""
    path = os.path.join(folder, "system.pem")
    with open(path, "wb") as out:
        for source in (STORE, lab.pki.ca):
            with open(source, "rb") as f:
                out.write(f.read())
    return path


class Far:
    """The same ways, so many milliseconds away; see proxy.py.

    ways      {"clear": Way, ...}
    trip_s    a round trip, as an octet that comes back at once takes it: what
              the proxy is late by, a millisecond or less, is in it
    """

    def __init__(self, near, one_way_ms=ONE_WAY_MS):
        self.near, self.one_way_ms = near, one_way_ms

    def __enter__(self):
        self.echo = socket.create_server(("127.0.0.1", 0))
        ports = [way.port for way in self.near.values()]
        self.process = subprocess.Popen(
            [sys.executable, "-B", os.path.join(HERE, "proxy.py"),
             str(self.one_way_ms), *map(str, ports),
             str(self.echo.getsockname()[1])],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ways = {key: way.moved(int(self.process.stdout.readline()))
                     for key, way in self.near.items()}
        self.trip_s = self.measure(int(self.process.stdout.readline()))
        return self

    def measure(self, port, count=10):
        """The median of so many round trips."""
        with socket.create_connection(("127.0.0.1", port)) as us, \
                self.echo.accept()[0] as server:
            for sock in (us, server):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            answer = threading.Thread(
                target=lambda: [server.send(server.recv(1))
                                for _ in range(count)])
            answer.start()
            took = []
            for _ in range(count):
                begin = time.perf_counter()
                us.send(b"x")
                us.recv(1)
                took.append(time.perf_counter() - begin)
            answer.join()
        return statistics.median(took)

    def __exit__(self, *exc):
        self.echo.close()
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


class Sink:
    """Postfix's smtp-sink out of the unpacked tree: swallows what comes."""

    def __init__(self, tree, port):
        self.port = port
        libs = os.path.join(tree, "usr/lib", os.uname().machine + "-linux-gnu")
        loader = [os.path.join(top, f) for top in (
            os.path.join(tree, "lib64"), libs) if os.path.isdir(top)
            for f in os.listdir(top) if f.startswith("ld-linux")][0]
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        self.argv = [loader, "--library-path",
                     "%s:%s" % (libs, os.path.join(tree, "usr/lib/postfix")),
                     os.path.join(tree, "usr/sbin/smtp-sink"), *user,
                     "127.0.0.1:%d" % port, "200"]

    def __enter__(self):
        self.process = subprocess.Popen(
            self.argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self._await()
        return Way("clear to smtp-sink", self.port, "clear", None)

    def _await(self):
        """Who comes first shall find it there."""
        for _ in range(1000):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except ConnectionRefusedError:
                time.sleep(0.01)
        raise RuntimeError("smtp-sink does not come up")

    def __exit__(self, *exc):
        self.process.terminate()
        self.process.wait(10)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]
