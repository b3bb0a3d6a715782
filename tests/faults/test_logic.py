# SPDX-License-Identifier: ISC
"""The rows QL of what a queue must not do, one by one."""
import os
import random
import re
import time

import pytest

from conftest import report
from ledger import Ledger
from servers.scripted import Scripted
from test_flush import Trial
from test_runners import begin

EHLO = ["S: 220 mail.test ESMTP", "C: EHLO *"]


def test_ql01_poison(desk, sink, trouble):
    """A mail over which three processes died is held, and a person is told;
    who comes behind it is served."""
    desk.configure(sink.port)
    assert desk.enqueue(desk.message()[1]).returncode == 0
    rows = [row for row in trouble.trace(desk, "--queue-run") if row[0] == 1]
    k = [k for _, k, name in rows if name == "pwrite64"][0]
    sink.arrived.clear()
    poison, data = desk.message()
    assert desk.enqueue(data).returncode == 0
    # each process that is about to note that the end of it goes out
    done = desk.flush(wrap=trouble(-2, k, one=True))
    assert done.returncode == 0
    assert desk.entries("hold") and not desk.entries()
    assert b"3 processes died over it" in done.stderr
    told = desk.fill(3)
    desk.flush()
    once_of = {mid: len(found) for mid, found in sink.arrived.items()}
    assert once_of == {mid: 1 for mid in told}
    assert set(desk.waiting()) == {poison}


def test_ql04_partial(desk, sink):
    """Each recipient gets his mail once, whatever becomes of the others."""
    desk.configure(sink.port)
    names = ["n%d" % i for i in range(60)]
    kinds = ["250 2.1.5 ok", "450 4.2.0 later", "550 5.1.1 nobody"]
    sink.verdicts = {n: random.choice(kinds) for n in names}
    bad = [n for n in names if sink.verdicts[n][0] == "5"]
    trial = Trial(desk, sink, 1, [n + "@example.test" for n in names])
    desk.flush()
    sink.verdicts = {n: v for n, v in sink.verdicts.items() if v[0] == "5"}
    desk.finish()
    assert trial.check((), bad) == 0


@pytest.mark.parametrize("after", ["connect", "refused"])
def test_ql05_one_connect(desk, after):
    """A server that is of no use is asked once, not by each mail; and not again
    by the next run."""
    with Ledger() as sink:
        sink._dialogue = lambda sock, lines: None
        desk.configure(sink.port if after == "connect" else 1)
        desk.fill(40)
        begun = time.monotonic()
        for _ in range(3):
            assert desk.flush().returncode == 0
        assert sink.connections == (1 if after == "connect" else 0)
        assert time.monotonic() - begun < 50
    assert len(desk.entries()) == 40


@pytest.mark.parametrize("lines, dialogue", [
    ([], ["S: 554 go away"]), ([], EHLO + ["S: 550 not you"]),
    (["tls on", "tls_starttls on"], EHLO + ["S: 250 mail.test"]),
    (["tls on", "tls_starttls off"], ["S: 220 what is TLS"]),
    (["auth plain", "user u", "password p"], EHLO + ["S: 250 mail.test"]),
    (["auth plain", "user u", "password p"],
     EHLO + ["S: 250-mail.test", "S: 250 AUTH PLAIN", "C: AUTH PLAIN*",
             "S: 535 5.7.8 no"]),
    (["host nowhere.invalid"], []), (["proxy_host 127.0.0.1",
                                      "proxy_port 1"], []),
    (["tls on", "tls_trust_file /nonexistent"], []),
], ids=["greeting", "EHLO", "STARTTLS", "TLS", "no AUTH", "AUTH", "DNS",
        "proxy", "configuration"])
def test_ql06_never_bounces(desk, lines, dialogue):
    """What is wrong with the way or the account is not the mail's fault, not
    even with a 5yz."""
    with Scripted([dialogue, dialogue] if dialogue else [["HANG"]]) as server:
        desk.configure(server.port, *lines)
        mid, data = desk.message()
        desk.enqueue(data)
        assert list(desk.waiting()) == [mid]
        desk.flush()
        assert server.port and list(desk.waiting()) == [mid]
        assert len(desk.entries()) == 1 and not desk.entries("failed")
        name, = desk.entries()
        with open(os.path.join(desk.queue, "active", name), "rb") as f:
            assert b"\nto N " in f.read()


def test_ql07_no_loops(desk, sink):
    """A report that cannot be delivered makes no report; one per mail."""
    desk.configure(sink.port)
    sink.verdicts = {n: "550 5.1.1 nobody" for n in ("bob", "carl", "alice")}
    assert desk.enqueue(desk.message()[1], ("bob@example.test",
                                            "carl@example.test")
                        ).returncode == 0
    for _ in range(6):
        desk.due()
        desk.flush()
    # bob, carl, and one report to alice that nobody wants
    assert sorted(set(sink.tried)) == ["alice", "bob", "carl"]
    assert sink.tried.count("alice") == 1 and not sink.arrived
    assert not desk.entries()


def test_ql07_null_sender(desk, sink):
    desk.configure(sink.port)
    sink.verdicts = {"bob": "550 5.1.1 nobody"}
    mid, data = desk.message()
    done = desk.call("--queue=always", "-odq", "-f", "<>",
                     "bob@example.test", stdin=data)
    assert done.returncode == 0, done.stderr
    desk.flush()
    desk.flush()
    assert sink.tried == ["bob"] and not sink.arrived
    assert not desk.entries()


def test_ql08_frozen(desk, sink):
    """QL-08, QL-09: what was made for the mail when it was taken in is the same
    in each attempt: Message-ID, Date, all of it."""
    desk.configure(sink.port)
    done = desk.enqueue(b"From: alice@example.test\nTo: bob@example.test\n"
                        b"Subject: bare\n\nbody\n")
    assert done.returncode == 0
    name, = desk.entries()
    path = os.path.join(desk.queue, "active", name)
    with open(path, "rb") as f:
        text = f.read()
    size = int(re.search(rb"(?m)^bytes +(\d+)$", text)[1])
    mail = text.partition(b"\nend\n")[2][:size]
    assert re.search(rb"(?m)^Message-ID: <.+>$", mail)
    assert re.search(rb"(?m)^Date: .+$", mail)
    sink.verdicts = {"bob": "450 4.2.0 later"}
    for _ in range(2):
        desk.flush()
        time.sleep(0.6)
        desk.due()
    sink.verdicts = {}
    desk.flush()
    (data,), = sink.arrived.values()
    assert data == mail


def test_ql13_removed_by_hand(desk, sink):
    """Files that vanish under a runner: it goes on, and nothing comes twice."""
    desk.configure(sink.port)
    for _ in range(3):
        sink.arrived.clear()
        told = desk.fill(30)
        names = desk.entries()
        runner = begin(desk, "--queue-run")
        for name in random.sample(names, 10):
            try:
                os.unlink(os.path.join(desk.queue, "active", name))
            except FileNotFoundError:
                pass
        assert runner.wait(60) == 0
        desk.finish()
        assert len(sink.arrived) >= 20
        assert all(len(found) == 1 for found in sink.arrived.values())
        assert set(sink.arrived) <= set(told)
    report("removed by hand", rounds=3, twice=0)
