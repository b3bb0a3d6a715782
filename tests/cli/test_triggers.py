# SPDX-License-Identifier: ISC
"""What runs the queue from time to time: the units as systemd reads them, the
hooks as their callers call them.  test_systemd.py has systemd run the units."""
import os
import re
import subprocess

import pytest

TRIGGERS = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__)))), "contrib", "triggers")
SYSTEMD_WORST = 15      # of 100, as systemd-analyze counts exposure


@pytest.fixture
def made(program, tmp_path):
    """made(file) -> its path, with the names in it filled in and under the name
    that it is installed as."""
    def made(name):
        source = os.path.join(TRIGGERS, name)
        if not os.path.exists(source):
            source += ".in"
        with open(source) as f:
            text = f.read()
        text = text.replace("@bindir@/postrider", program).replace(
            "@pkglibexecdir@", str(tmp_path)).replace(
            "@spooldir@", "/var/spool/postrider")
        to = tmp_path / re.sub("^(system|user)-", "postrider-", name)
        to.write_text(text)
        to.chmod(0o755 if text.startswith("#!") else 0o644)
        return str(to)
    return made


UNITS = ("queue.service", "network-up.service", "queue.path", "queue.timer")


def analyze(*args):
    return subprocess.run(["systemd-analyze", *args], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=dict(os.environ, LC_ALL="C"))


@pytest.mark.parametrize("who", ["system", "user"])
def test_systemd_understands_the_units(made, who, tmp_path):
    paths = [made("%s-%s" % (who, unit)) for unit in UNITS]
    done = analyze("--" + who, "--man=no", "verify", *paths)
    complaints = [line for line in done.stdout.splitlines()
                  if str(tmp_path) in line or "postrider" in line]
    assert complaints == [], done.stdout


@pytest.mark.parametrize("unit", ["queue", "network-up"])
def test_the_system_units_are_confined(made, unit, tmp_path):
    made("system-%s.service" % unit)
    done = analyze("security", "--offline=true", "--no-pager",
                   "--threshold=%d" % SYSTEMD_WORST,
                   str(tmp_path / ("postrider-%s.service" % unit)))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("who", ["system", "user"])
def test_the_path_is_the_one_that_we_touch(made, who):
    """And not one that stays while mail waits: that would spin."""
    with open(made(who + "-queue.path")) as f:
        text = f.read()
    where = re.findall("^Path.*=(.*)", text, re.M)
    assert where == [{
        "system": "/var/spool/postrider/wake",
        "user": "%h/.local/state/postrider/queue/wake"}[who]]
    assert not re.search("^DirectoryNotEmpty", text, re.M)


@pytest.fixture
def called(tmp_path):
    """called(hook, args, env) -> what it had systemctl do."""
    bin = tmp_path / "bin"
    bin.mkdir()
    log = tmp_path / "log"
    for name in ("systemctl", "runuser"):
        (bin / name).write_text('#!/bin/sh\necho "%s $*" >>%s\n' % (name, log))
        (bin / name).chmod(0o755)

    def called(hook, *args, **env):
        log.write_text("")
        users = tmp_path / "users"
        done = subprocess.run(
            [hook, *args], capture_output=True, timeout=60,
            env=dict({"PATH": "%s:/usr/bin:/bin" % bin,
                      "POSTRIDER_USERS": str(users)}, **env))
        assert done.returncode == 0 and not done.stderr, done
        return log.read_text().splitlines()
    return called


def test_network_manager(made, called, tmp_path):
    made("network-up")
    hook = made("networkmanager")
    start = ["systemctl --no-block start postrider-network-up.service"]
    assert called(hook, "eth0", "up") == start
    assert called(hook, "tun0", "vpn-up") == start
    assert called(hook, "", "connectivity-change",
                  CONNECTIVITY_STATE="FULL") == start
    assert called(hook, "", "connectivity-change",
                  CONNECTIVITY_STATE="PORTAL") == []
    for other in ("down", "pre-up", "hostname", "dhcp4-change"):
        assert called(hook, "eth0", other) == []
    assert called(hook) == []


def test_users_who_are_logged_in(made, called, tmp_path):
    import socket
    made("network-up")
    (tmp_path / "users/1000").mkdir(parents=True)
    (tmp_path / "users/1001").mkdir()
    with socket.socket(socket.AF_UNIX) as bus:
        bus.bind(str(tmp_path / "users/1000/bus"))
        done = called(made("networkmanager"), "eth0", "up")
    assert done[1:] == ["systemctl --user --machine=1000@.host --no-block "
                        "start postrider-network-up.service"]


def test_ifupdown(made, called):
    made("network-up")
    hook = made("if-up")
    assert called(hook, IFACE="eth0", MODE="start") != []
    assert called(hook, IFACE="lo", MODE="start") == []
    assert called(hook, IFACE="eth0", MODE="stop") == []


def test_cron(made, program):
    with open(made("cron")) as f:
        lines = [line for line in f if not line.startswith("#")]
    assert [line.split(None, 5) for line in lines] == [
        ["*/5", "*", "*", "*", "*", "postrider\t%s --queue-run\n" % program]]
