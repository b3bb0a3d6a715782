# SPDX-License-Identifier: ISC
"""Power lost at any moment, on real filesystems (E6).

A small image is mounted through a loop device.  A call of the program ends at
one of its system calls, and the image is copied as it is at that moment: what
the filesystem had not yet written to its disk is not in the copy, as after a
power cut.  The copy is mounted, its journal replayed, and the books compared.
"""
import os
import shutil
import signal
import subprocess
import time

import pytest

from conftest import LONG, Desk, report, some
from test_flush import Trial

# name: (how it is made, options of the mount, MB); what nobody syncs is to
# stay unwritten as long as the system lets it
SYSTEMS = {
    "ext4": (["mkfs.ext4", "-q", "-F"], "commit=300", 192),
    "ext4-writeback": (["mkfs.ext4", "-q", "-F"],
                       "commit=300,data=writeback", 192),
    "xfs": (["mkfs.xfs", "-q", "-f"], "nouuid", 320),
    "btrfs": (["mkfs.btrfs", "-q", "-f"], "commit=300", 256),
}
PATH = "/usr/sbin:/sbin:/usr/bin:/bin"
PATIENCE_S = 60


def command(*words):
    return subprocess.run(words, env={"PATH": PATH}, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)


ZEROS = bytes(1 << 20)


def extents(path):
    """{offset: octets} of a file, without its holes."""
    found, at = {}, 0
    with open(path, "rb") as f:
        size = os.fstat(f.fileno()).st_size
        while at < size:
            try:
                at = os.lseek(f.fileno(), at, os.SEEK_DATA)
            except OSError:  # ENXIO: a hole up to the end
                break
            end = os.lseek(f.fileno(), at, os.SEEK_HOLE)
            while at < end:  # the zeros of a new journal are left out
                part = os.pread(f.fileno(), min(end - at, len(ZEROS)), at)
                if part != ZEROS[:len(part)]:
                    found[at] = part
                at += len(part)
    return found


class Disk:
    """A filesystem in a file."""

    def __init__(self, folder, kind):
        self.make, self.options, self.size = SYSTEMS[kind]
        self.image = os.path.join(folder, "image")
        self.place = os.path.join(folder, "disk")
        self.folder, self.copy, self.cuts = folder, None, 0
        self.after = os.path.join(folder, "after")
        self.mounted = []
        for path in (self.place, self.after):
            os.mkdir(path)
        with open(self.image, "wb") as f:
            f.truncate(self.size << 20)
        assert command(*self.make, self.image).returncode == 0

    def mount(self, image, place):
        words = ["loop"] + [w for w in [self.options] if w]
        done = command("mount", "-o", ",".join(words), image, place)
        if done.returncode == 0:
            self.mounted.append(place)
        return done

    def unmount(self, place):
        end = time.monotonic() + PATIENCE_S
        while True:
            done = command("umount", place)
            if done.returncode == 0 or time.monotonic() > end:
                break
            time.sleep(0.1)  # somebody looks at it: a machine has such
        assert done.returncode == 0, done.stdout
        self.mounted.remove(place)

    def cut(self):
        """The power is gone; what is there then is in self.after."""
        # a file of its own: a loop device that still knows the last copy, for
        # somebody is looking at it, would be taken for this one
        self.cuts += 1
        self.copy = os.path.join(self.folder, "copy.%d" % self.cuts)
        # the filesystem may write while it is copied: that is no moment
        last, end = extents(self.image), time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            now = extents(self.image)
            if now == last:
                break
            last = now
        else:
            raise AssertionError("the image does not stand still")
        with open(self.copy, "wb") as f:
            f.truncate(self.size << 20)
            for at, octets in now.items():
                f.seek(at)
                f.write(octets)
        done = self.mount(self.copy, self.after)
        os.unlink(self.copy)
        assert done.returncode == 0, done.stdout


@pytest.fixture(params=list(SYSTEMS))
def disk(request, tmp_path):
    disk = Disk(str(tmp_path), request.param)
    disk.kind = request.param
    done = disk.mount(disk.image, disk.place)
    if done.returncode:
        pytest.skip("cannot mount here: " + done.stdout.strip())
    yield disk
    for place in list(disk.mounted):
        disk.unmount(place)


@pytest.fixture
def pair(program, home, environment, disk):
    """The user's queue on the disk, and what is left of it behind the cut."""
    def desk(place):
        one = Desk(program, home, environment)
        one.queue = os.path.join(place, "queue")
        return one
    return desk(disk.place), desk(disk.after)


def moments(rows, count):
    """Some of them; in the long form forty, twenty times, and each once."""
    if not LONG:
        return some(rows, count)
    return [rows[i * len(rows) // 40] for i in range(40)] * 20 + rows


def test_taking_in(pair, disk, trouble):
    """Who was told that it was taken finds it; a piece of a mail is none."""
    desk, after = pair
    desk.configure(1)
    told, promised = {}, 0
    mid, data = desk.message(2000)
    assert desk.enqueue(data).returncode == 0
    told[mid] = data
    args = ("--queue=always", "-odq", "bob@example.test")
    rows = trouble.trace(desk, *args, stdin=desk.message(2000)[1])
    rows = [row for row in rows if row[0] == 0]
    at = [name for _, _, name in rows].index("fsync")
    rows, rounds = rows[max(0, at - (30 if LONG else 12)):], 0
    for process, k, name in moments(rows, 8) + [(9, 9, "none")]:
        # one that is in before, and one that is on its way
        for wrap in ((), trouble(process, k)):
            mid, data = desk.message(2000)
            done = desk.enqueue(data, wrap=wrap)
            if done.returncode == 0:
                told[mid] = data
        disk.cut()
        found = after.waiting()
        for known, whole in told.items():
            assert known in found, "lost: %s behind %s" % (known, name)
            assert found[known].endswith(whole.split(b"\n\n", 1)[1])
        # the program agrees that they are good: none is set aside
        after.configure(1)
        after.flush()
        assert not after.entries("bad")
        disk.unmount(disk.after)
        desk.configure(1)
        rounds, promised = rounds + 1, promised + len(told)
        if len(told) > 20:
            desk.empty()
            told.clear()
    report("power lost while taking in, " + disk.kind, rounds=rounds,
           promises=promised, lost=0, truncated=0)


def test_what_is_not_synced(pair, disk, trouble):
    """The lab can see it: where the directory is not synced, the mail is lost.
    Not each time: the system may write when it likes.
    """
    desk, after = pair
    desk.configure(1)
    assert desk.enqueue(desk.message()[1]).returncode == 0
    args = ("--queue=always", "-odq", "bob@example.test")
    syncs = [row for row in trouble.trace(desk, *args,
                                          stdin=desk.message()[1])
             if row[2] == "fsync"]
    process, k, _ = syncs[-1]
    for _ in range(20):
        mid, data = desk.message()
        assert desk.enqueue(data, wrap=trouble(process, k, 0)).returncode == 0
        disk.cut()
        assert mid in desk.waiting()
        if mid not in after.waiting():
            break
        disk.unmount(disk.after)
    else:
        raise AssertionError("nothing was ever lost")


def test_sending(pair, disk, sink, trouble):
    """What was taken by the server and written down is not sent again; what was
    not written down has the mark."""
    desk, after = pair
    desk.configure(sink.port)
    trial = Trial(desk, sink, 2, ("bob@example.test",))
    rows = [row for row in trouble.trace(desk, "--queue-run") if row[0]]
    rounds = twice = marked = 0
    for process, k, name in moments(rows, 10):
        desk.configure(sink.port)
        shutil.rmtree(os.path.join(desk.queue, "accounts"),
                      ignore_errors=True)
        desk.finish()
        trial = Trial(desk, sink, 2, ("bob@example.test",))
        assert command("sync", "-f", disk.place).returncode == 0
        done = desk.flush(wrap=trouble(process, k))
        assert done.returncode in (0, -signal.SIGKILL)
        disk.cut()
        doubted = after.in_doubt()
        after.configure(sink.port)
        after.finish()
        assert not after.entries()
        twice += trial.check(doubted) > 0
        marked += bool(doubted)
        disk.unmount(disk.after)
        rounds += 1
    report("power lost while sending, " + disk.kind, rounds=rounds, lost=0,
           truncated=0, marked=marked, twice_marked=twice, twice_unmarked=0)
