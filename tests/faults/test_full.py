# SPDX-License-Identifier: ISC
"""A disk that is full, and one that nobody may write to any more."""
import errno
import os
import subprocess
import sys

import pytest

from conftest import HERE, report

UNSHARE = ["unshare", "-nm"] if os.geteuid() == 0 else ["unshare", "-Urnm"]

# In a mount namespace: $1 the queue's place, $2 the program, the rest below.
# Prints "NAME CODE" for each step.
SETUP = """
set -u
step() { name=$1; shift; "$@" >"$OUT/$name" 2>&1; echo "$name $?"; }
fill() { dd if=/dev/zero of=$1/ballast bs=64k 2>/dev/null; }
ip link set lo up
mkdir -p "$1"
mount -t tmpfs -o size=70m,mode=700 none "$1"
"""


def play(desk, script, **more):
    """{step: (code, text)}"""
    out = os.path.join(desk.home.path, "out")
    os.makedirs(out, exist_ok=True)
    done = subprocess.run(
        UNSHARE + ["bash", "-c", SETUP + script, "bash", desk.queue,
                   desk.program, sys.executable, HERE],
        env=dict(desk.env, OUT=out, PATH="/usr/sbin:/sbin:/usr/bin:/bin"),
        cwd=desk.home.path, stdin=subprocess.DEVNULL, timeout=600,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stderr
    found = {}
    for line in done.stdout.splitlines():
        name, code = line.split()
        with open(os.path.join(out, name), errors="replace") as f:
            found[name] = int(code), f.read()
    return found


TAKER = """
cat >taker.py <<'END'
import os, sys, time
sys.path[:0] = sys.argv[1:]
from ledger import Ledger
with Ledger(port=2525, verdicts={"b": "450 4.2.0 later"}) as sink:
    open("ready", "w").close()
    while True:
        with open("arrived.new", "w") as f:
            f.write("".join("%s %s\\n" % (m, ",".join(r))
                            for m, r in list(sink.log)))
        os.rename("arrived.new", "arrived")
        time.sleep(0.02)
END
"$3" -B taker.py "$4" "$4/.." & taker=$!
trap 'kill $taker' EXIT
while [ ! -e ready ] && kill -0 $taker; do sleep 0.02; done
arrived() {
    # written anew twice: the second was begun after this was asked
    for i in 1 2; do
        rm -f arrived
        while [ ! -e arrived ] && kill -0 $taker; do sleep 0.02; done
    done
    cat arrived
}
"""


def test_full_before(desk):
    """E4: below 64 MiB nothing is taken in: 75, and nothing is left behind."""
    desk.configure(1)
    desk.home.file("mail", desk.message(2000)[1])
    found = play(desk, """
step first "$2" --queue=always -odq bob@example.test <mail
dd if=/dev/zero of="$1/ballast" bs=1M count=8 2>/dev/null
step second "$2" --queue=always -odq bob@example.test <mail
step big "$2" --queue=always -odq bob@example.test < <(cat mail; yes | head -c 80000000)
rm "$1/ballast"
step third "$2" --queue=always -odq bob@example.test <mail
step left ls "$1/active" "$1"
""")
    assert found["first"][0] == 0 and found["third"][0] == 0, found
    for step in ("second", "big"):
        assert found[step][0] == 75, found
        assert "no room for the mail" in found[step][1]
    active = found["left"][1].split("\n\n")[1].split()[1:] \
        if "\n\n" in found["left"][1] else found["left"][1].split()
    names = [w for w in found["left"][1].split() if len(w) == 26]
    assert len(names) == 2 and "tmp" not in active, found["left"]


@pytest.mark.parametrize("how", ["full", "read-only"])
def test_full_behind(desk, how):
    """QL-15, QL-16, E4: the disk is full, or read-only, when a mail that was
    taken in leaves.  A verdict is one octet of a file that has its size: on a
    full disk it is written as ever.  On one that is read-only no mail leaves,
    since nobody could write down that it did."""
    desk.configure(2525)
    mid, data = desk.message(2000)
    desk.home.file("mail", data)
    trouble = 'fill "$1"' if how == "full" else \
        'mount -o remount,ro "$1"'
    found = play(desk, TAKER + """
step take "$2" --queue=always -odq a@example.test b@example.test <mail
""" + trouble + """
step run "$2" --queue-run
step arrived arrived
step left bash -c 'grep -ah "^to " "$0"/active/*' "$1"
mount -o remount,rw "$1"
rm -f "$1/ballast"
step again "$2" --queue-run
step retry "$2" --queue-retry ALL
step more "$2" --queue-run
step all arrived
step end bash -c 'grep -ah "^to " "$0"/*/*' "$1"
""")
    assert found["take"][0] == 0
    line = mid + " a\n"
    if how == "full":
        assert found["run"][0] == 0, found
        assert found["arrived"][1] == line
        assert found["left"][1].split()[1] == "D"
    else:
        assert found["run"][1], "nobody was told"
        assert found["arrived"][1] == "", found
    # once, however often it is tried
    assert found["all"][1] == line, found
    assert "D" in found["end"][1] and "N" in found["end"][1]


def test_read_only_between(desk, sink, trouble):
    """QL-15: read-only at the very moment when the verdict is to be written:
    the mail is not sent again as if nothing had been, and somebody is told."""
    desk.configure(sink.port)
    sink.verdicts = {"b": "450 4.2.0 later"}
    rcpts = ("a@example.test", "b@example.test")
    assert desk.enqueue(desk.message(500)[1], rcpts).returncode == 0
    rows = trouble.trace(desk, "--queue-run")
    desk.empty()
    writes = [(p, k) for p, k, name in rows if name == "pwrite64"]
    syncs = [(p, k) for p, k, name in rows if name == "fdatasync"]
    rounds = 0
    for process, k in writes + syncs:
        for error in ("EROFS", "ENOSPC", "EIO"):
            sink.arrived.clear()
            mid, data = desk.message(500)
            assert desk.enqueue(data, rcpts).returncode == 0
            done = desk.flush(wrap=trouble(process, k, getattr(errno, error)))
            doubted = desk.in_doubt()
            sink.verdicts = {}
            desk.finish()
            sink.verdicts = {"b": "450 4.2.0 later"}
            times = sum(rcpts_of.count("a") for m, rcpts_of in sink.log
                        if m == mid)
            assert times == 1 or (times == 2 and mid in doubted), \
                (process, k, error, times, done.stderr)
            rounds += 1
    report("no verdict can be written", rounds=rounds, lost=0)
