# SPDX-License-Identifier: ISC
"""Queue files that a disk, a crash or somebody has damaged: nothing of them is
sent, they are put where a person may look, and the others go on (QL-02)."""
import os
import random

from conftest import ALPHABET, LONG, report

# cells, which change in place and are not part of the sum
CELLS = (b"next ", b"last ", b"waited ", b"tries ", b"deaths ", b"told ",
         b"doubt ")
SAMPLE = 2048 if LONG else 1000


class Pool:
    """Damaged copies of one mail, and a good one that must not suffer."""

    def __init__(self, desk, sink, size=1000):
        self.desk, self.sink = desk, sink
        desk.configure(sink.port)
        self.mid, data = desk.message(size)
        self.body = data.split(b"\n\n", 1)[1]
        assert desk.enqueue(data, ("a@example.test", "b@example.test")
                            ).returncode == 0
        self.name, = desk.entries()
        self.path = os.path.join(desk.queue, "active", self.name)
        with open(self.path, "rb") as f:
            self.whole = f.read()
        os.unlink(self.path)
        self.count = 0

    def is_free(self, at):
        """Whether the octet may be another one without anybody's notice: a
        cell's, or a verdict's."""
        line = self.whole[self.whole.rfind(b"\n", 0, at) + 1:]
        line = line[:line.find(b"\n")]
        in_line = at - (self.whole.rfind(b"\n", 0, at) + 1)
        if line.startswith(CELLS) and 10 <= in_line < len(line):
            return True
        return line.startswith(b"to ") and in_line == 3

    def put(self, text):
        """Another mail of the queue."""
        self.count += 1
        name = self.name[:10] + "".join(random.choices(ALPHABET, k=16))
        path = os.path.join(self.desk.queue, "active", name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as f:
            f.write(text)
        return name

    def run(self, damaged):
        """A pass over them and a good one: none of them is sent, none of them
        is lost, the good one is sent."""
        names = {self.put(text): text for text in damaged}
        mid, data = self.desk.message()
        assert self.desk.enqueue(data).returncode == 0
        done = self.desk.flush()
        assert done.returncode >= 0 and b"damaged" in done.stderr, done
        assert len(self.sink.arrived.pop(mid)) == 1
        assert not self.sink.arrived, list(self.sink.arrived)
        bad = os.path.join(self.desk.queue, "bad")
        for name in self.desk.entries():
            assert False, (names[name], done.stderr)
        for name, text in names.items():
            with open(os.path.join(bad, name), "rb") as f:
                assert f.read() == text, "not as it was"
            os.unlink(os.path.join(bad, name))
        assert not self.desk.entries() and not self.desk.entries("bad")
        assert not self.desk.entries("hold")


def slices(items, size=400):
    for i in range(0, len(items), size):
        yield items[i:i + size]


def test_truncated_at_every_length(desk, sink):
    """E7."""
    pool = Pool(desk, sink, SAMPLE)
    cut = [pool.whole[:n] for n in range(0, len(pool.whole))
           if LONG or n % 7 == 0 or n < 20 or len(pool.whole) - n < 20]
    for part in slices(cut):
        pool.run(part)
    report("truncated", rounds=len(cut), sent=0)


def test_bits_flipped(desk, sink):
    """E7: what is not a cell."""
    pool, damaged = Pool(desk, sink, SAMPLE), []
    for at in range(len(pool.whole)):
        for bit in range(8):
            if pool.is_free(at) or not (LONG or (at * 8 + bit) % 31 == 0):
                continue
            text = bytearray(pool.whole)
            text[at] ^= 1 << bit
            # another version of the program may read that
            if at == 16 and chr(text[at]) in "23456789":
                continue
            damaged.append(bytes(text))
    for part in slices(damaged):
        pool.run(part)
    report("bits flipped", rounds=len(damaged), sent=0)


def test_cells_flipped(desk, sink):
    """E7: a cell that says nonsense, or another time, makes no other mail of
    it; a verdict that flips is none."""
    pool = Pool(desk, sink)
    at_all = [at for at in range(len(pool.whole)) if pool.is_free(at)]
    rounds = sent = 0
    for at in at_all if LONG else random.sample(at_all, 12):
        for bit in range(8):
            text = bytearray(pool.whole)
            text[at] ^= 1 << bit
            name = pool.put(bytes(text))
            desk.flush()
            desk.finish()
            rounds += 1
            if name in desk.entries("bad"):
                os.unlink(os.path.join(desk.queue, "bad", name))
                assert not sink.arrived
                continue
            # valid: then it is the mail, to both of them
            assert not desk.entries() and not desk.entries("hold"), (at, bit)
            for data in sink.arrived.pop(pool.mid):
                assert data.endswith(pool.body)
            assert {r for _, rcpts in sink.log for r in rcpts} == {"a", "b"}
            sink.log.clear()
            sent += 1
    report("cells flipped", rounds=rounds, sent=sent)


def test_sectors(desk, sink):
    """E7: swapped, zeroed, of another file."""
    pool, damaged = Pool(desk, sink, 20000 if LONG else 6000), []
    for size in (512, 4096):
        blocks = [pool.whole[i:i + size]
                  for i in range(0, len(pool.whole), size)]
        for i in range(len(blocks)):
            zeroed = blocks[:]
            zeroed[i] = b"\0" * len(blocks[i])
            damaged.append(b"".join(zeroed))
            for j in range(i):
                swapped = blocks[:]
                swapped[i], swapped[j] = swapped[j], swapped[i]
                if b"".join(swapped) != pool.whole:
                    damaged.append(b"".join(swapped))
    for part in slices(damaged):
        pool.run(part)
    report("sectors swapped or zeroed", rounds=len(damaged), sent=0)


def test_other_things(desk, sink, tmp_path):
    """LF-02: what is no file of ours is not opened, or not believed."""
    pool = Pool(desk, sink)
    active = os.path.join(desk.queue, "active")
    outside = tmp_path / "outside"
    outside.write_bytes(pool.whole)
    outside.chmod(0o600)
    names = [pool.put(b"") for _ in range(6)]
    for name in names:
        os.unlink(os.path.join(active, name))
    os.symlink(outside, os.path.join(active, names[0]))
    os.link(outside, os.path.join(active, names[1]))
    os.mkfifo(os.path.join(active, names[2]), 0o600)
    os.mkdir(os.path.join(active, names[3]), 0o700)
    for name, mode in zip(names[4:], (0o644, 0o620)):
        with open(os.path.join(active, name), "wb") as f:
            f.write(pool.whole)
        os.chmod(os.path.join(active, name), mode)
    mid, data = desk.message()
    assert desk.enqueue(data).returncode == 0
    desk.flush()
    assert list(sink.arrived) == [mid]
    assert desk.entries() == []
    assert desk.entries("bad") == sorted(names)
    assert outside.read_bytes() == pool.whole


def test_unknown_version(desk, sink):
    """QL-14: of a program that is newer: left untouched, and said."""
    pool = Pool(desk, sink)
    name = pool.put(pool.whole.replace(b"queue 1\n", b"queue 2\n", 1))
    before = os.stat(os.path.join(desk.queue, "active", name))
    mid, data = desk.message()
    assert desk.enqueue(data).returncode == 0
    done = desk.flush()
    assert b"another version" in done.stderr
    assert list(sink.arrived) == [mid]
    after = os.stat(os.path.join(desk.queue, "active", name))
    assert desk.entries() == [name] and not desk.entries("bad")
    assert (before.st_mtime_ns, before.st_ino) == \
        (after.st_mtime_ns, after.st_ino)
