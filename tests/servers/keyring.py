# SPDX-License-Identifier: ISC
"""A session bus of its own with a real gnome-keyring on it."""
import os
import subprocess
import time


class Keyring:
    """env: what a program needs to find the bus.  locked: nobody unlocks it;
    absent: a bus without a keyring."""

    def __init__(self, directory, is_absent=False):
        self.dir = directory
        self.processes = []
        runtime = os.path.join(directory, "runtime")
        home = os.path.join(directory, "home")
        for path in (runtime, home):
            os.makedirs(path, mode=0o700)
        self.env = {"HOME": home, "XDG_RUNTIME_DIR": runtime,
                    "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        services = os.path.join(directory, "services")
        os.makedirs(services)
        config = os.path.join(directory, "bus.conf")
        with open(config, "w") as f:
            # nothing is started that the test did not start itself
            f.write("<!DOCTYPE busconfig PUBLIC '-//freedesktop//DTD D-Bus "
                    "Bus Configuration 1.0//EN' 'http://www.freedesktop.org/"
                    "standards/dbus/1.0/busconfig.dtd'>\n<busconfig>"
                    "<type>session</type>"
                    "<listen>unix:path=%s/bus</listen>"
                    "<servicedir>%s</servicedir>"
                    "<policy context='default'><allow send_destination='*' "
                    "eavesdrop='true'/><allow eavesdrop='true'/>"
                    "<allow own='*'/></policy></busconfig>\n" % (
                        runtime, services))
        try:
            bus = self._start(["dbus-daemon", "--config-file=" + config,
                               "--nofork", "--print-address=1"],
                              stdout=subprocess.PIPE)
            self.address = bus.stdout.readline().decode().strip()
            assert self.address, "the bus did not start"
            self.env["DBUS_SESSION_BUS_ADDRESS"] = self.address
            if not is_absent:
                self._unlock()
        except BaseException:
            self.stop()
            raise

    def _start(self, argv, **more):
        log = open(os.path.join(self.dir, os.path.basename(argv[0]) + ".log"),
                   "ab")
        process = subprocess.Popen(argv, env=self.env, stderr=log, **more)
        log.close()
        self.processes.append(process)
        return process

    def _unlock(self):
        daemon = self._start(
            ["gnome-keyring-daemon", "--unlock", "--components=secrets",
             "--foreground"], stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL)
        daemon.stdin.write(b"master")
        daemon.stdin.close()
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if self.tool("list-unlocked").returncode == 0:
                return
            time.sleep(0.05)
        raise AssertionError("the keyring did not start")

    def call(self, method, *arguments):
        return subprocess.run(
            ["gdbus", "call", "--session", "--timeout=60", "--dest",
             "org.freedesktop.secrets", "--object-path",
             "/org/freedesktop/secrets", "--method",
             "org.freedesktop.Secret.Service." + method, *arguments],
            env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def tool(self, what, *words, stdin=b""):
        if what == "list-unlocked":
            return self.call("SearchItems", "{'no': 'such'}")
        return subprocess.run(["secret-tool", what, *words], env=self.env,
                              input=stdin, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=60)

    def store(self, secret, **attributes):
        words = [w for pair in attributes.items() for w in pair]
        done = self.tool("store", "--label=mail", *words,
                         stdin=secret.encode())
        assert done.returncode == 0, done.stdout

    def lookup(self, **attributes):
        words = [w for pair in attributes.items() for w in pair]
        return self.tool("lookup", *words).stdout.decode()

    def lock(self):
        done = self.call(
            "Lock",
            "[objectpath '/org/freedesktop/secrets/collection/login']")
        assert done.returncode == 0, done.stdout

    def freeze(self):
        """The keyring hangs."""
        import signal
        self.processes[-1].send_signal(signal.SIGSTOP)

    def stop(self):
        for process in reversed(self.processes):
            process.kill()
            process.wait()
