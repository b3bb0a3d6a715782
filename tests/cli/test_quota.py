# SPDX-License-Identifier: ISC
"""How much may wait: what the account says, and what the filesystem does."""
import os
import subprocess

import pytest

from servers.lab import privilege
from servers.taker import Taker
from support import local, message
from tracing import traced, tracer  # noqa: F401


def put(run, *args, size=1000):
    return run(["-odq", *args, "a@x.test"],
               message("a@x.test", b"x" * size + b"\n"), argv0="sendmail")


def files(queue):
    return sum(os.path.getsize(os.path.join(top, name))
               for top, _, names in os.walk(queue.path) for name in names)


def test_octets(home, run, queue, nobody):
    """To the octet: what fits exactly is taken."""
    home.rc(*local(nobody, "queue_linger off"))
    assert put(run).code == 0
    one = files(queue)
    home.rc(*local(nobody, "queue_quota %d" % (2 * one)))
    assert put(run).code == 0
    assert files(queue) == 2 * one and len(queue.names()) == 2
    (first, second), had = queue.names(), files(queue)
    done = put(run)
    assert done.code == 75 and done.out == "", done
    assert "no more mail may wait in %s" % queue.path in done.err
    assert "queue_quota" in done.err and "--queue-remove" in done.err
    assert "used %d" % had in done.err and "limit %d" % had in done.err
    assert queue.names() == [first, second] and files(queue) == had
    # what was removed makes room
    assert run(["--queue-remove", first]).code == 0
    assert put(run).code == 0


def test_one_octet_less(home, run, queue, nobody):
    home.rc(*local(nobody, "queue_linger off"))
    assert put(run).code == 0
    home.rc(*local(nobody, "queue_quota %d" % (2 * files(queue) - 1)))
    assert put(run).code == 75
    assert len(queue.names()) == 1


def test_number(home, run, queue, nobody):
    home.rc(*local(nobody, "queue_quota_mails 2", "queue_quota 1G"))
    assert [put(run).code for _ in range(3)] == [0, 0, 75]
    done = put(run)
    assert "queue_quota_mails" in done.err and "2 mails, limit 2" in done.err
    # what is held is there, too
    assert run(["--queue-hold", "ALL"]).code == 0
    assert put(run).code == 75
    assert len(queue.names("hold")) == 2 and queue.names() == []
    # -- and what counts for somebody else is not ours
    for name in queue.names("hold"):
        path = os.path.join(queue.path, "hold", name)
        with open(path, "r+b") as f:
            at = f.read(512).index(b"uid       ") + 10
            f.seek(at)
            f.write(b"%010d" % 4242)
    assert put(run).code == 0


def test_who_waits_is_not_turned_away(home, run, queue, nobody):
    """Over the limit a mail is tried once while the caller waits."""
    home.rc(*local(nobody, "queue_quota_mails 1", "queue on-failure"))
    assert put(run).code == 0
    with Taker() as server:
        home.rc(*local(server.port, "queue_quota_mails 1",
                       "queue on-failure", "queue_linger off"))
        done = run(["b@x.test"], message("b@x.test"))
    assert done.code == 0 and [m.rcpts for m in server.mails][0] == [
        "b@x.test"], done
    home.rc(*local(nobody, "queue_quota_mails 1", "queue on-failure"))
    assert put(run).code in (0, 75)
    done = run(["b@x.test"], message("b@x.test"))
    assert done.code == 75 and "queue_quota_mails" in done.err, done
    assert "refused" in done.err
    assert len(queue.names()) == 1


@pytest.mark.parametrize("value,octets", [
    ("off", None), ("1", "1"), ("10K", "10240"), ("3m", "3145728"),
    ("2G", "2147483648"), ("1T", "1099511627776")])
def test_values(home, run, value, octets):
    home.rc(*local(25, "queue_quota " + value))
    shown = [line for line in run(["-P", "a@x.test"]).out.splitlines()
             if line.startswith("queue_quota ")]
    assert shown == ([] if octets is None else ["queue_quota = " + octets]) or \
        octets is None and "not set" in shown[0], shown


@pytest.mark.parametrize("value", ["0", "-1", "K", "1.5M", "10X", "1 M",
                                   "99999999T", ""])
@pytest.mark.parametrize("option", ["queue_quota", "queue_quota_mails"])
def test_bad_values(home, run, option, value):
    home.rc(*local(25, "%s %s" % (option, value)))
    done = run(["-P", "a@x.test"])
    assert done.code == 78 and option in done.err, done


@pytest.mark.parametrize("call", ["mkdir", "mkdirat", "write", "pwrite64",
                                  "fsync", "linkat"])
def test_the_quota_of_the_filesystem(home, program, environment, queue,
                                     nobody, call):
    """EDQUOT, wherever it comes: try again later, nothing is left behind."""
    home.rc(*local(nobody, "queue_linger off"))
    front = tracer(environment)
    if privilege() is None:
        pytest.skip("strace wants root or namespaces")
    env = dict(environment)
    env["ASAN_OPTIONS"] += ":detect_leaks=0"
    done = subprocess.run(
        [*front, "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call, "-e",
         "inject=%s:error=EDQUOT" % call, program, "--queue=always", "-odq",
         "a@x.test"], input=message("a@x.test"), env=env, cwd=home.path,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    if call in ("write", "pwrite64") and not done.stderr:
        return  # the other one is in use, or words could not be written
    text = done.stderr.decode()
    assert done.returncode == 75, (done.returncode, text)
    assert "Disk quota exceeded" in text and "used up" in text
    assert queue.names() == [] and queue.names("tmp") == []


def test_nothing_is_looked_at_without_a_limit(home, run, traced, queue, nobody):
    home.rc(*local(nobody, "queue_linger off"))
    assert put(run).code == 0
    name = queue.names()[0]

    def looks():
        code, calls = traced(["--queue=always", "-odq", "a@x.test"],
                             message("a@x.test"))
        assert code == 0
        return name in calls
    assert not looks()
    home.rc(*local(nobody, "queue_linger off", "queue_quota 1G"))
    assert looks()
