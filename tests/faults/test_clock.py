# SPDX-License-Identifier: ISC
"""Clocks that jump (E11): no mail is given up before its time, none is tried all
the time, none waits for ever."""
import glob
import time

import pytest

from conftest import LONG, report

FAKETIME = (glob.glob("/usr/lib/*/faketime/libfaketime.so.1") or [None])[0]
HOUR, YEAR = 3600, 365 * 86400
NOW = int(time.time())
# from when, in seconds from now, and how far
JUMPS = {"a second ahead": (0, 1), "a second back": (0, -1),
         "an hour ahead": (0, HOUR), "an hour back": (0, -HOUR),
         "ten years ahead": (0, 10 * YEAR), "ten years back": (0, -10 * YEAR),
         "2038": (0, 2147483640 - NOW),
         "2038, back": (2147483650 - NOW, -20),
         "a leap second": (1483228799 - NOW, -1),
         "asleep for a night": (0, 8 * HOUR)}
# whether the clock that cannot be set jumps, too, as BOOTTIME does in a sleep
STEADY = {"steady": "1", "both": "0"} if LONG else {"steady": "1"}
PLACES = ["enqueued", "tried once", "account waits"]


class Clock:
    """The time that the program sees, in seconds from now."""

    def __init__(self, desk):
        assert FAKETIME, "faketime is in ./check's packages"
        self.desk, self.at, self.is_steady = desk, 0, "1"

    def env(self):
        return {"LD_PRELOAD": FAKETIME, "FAKETIME": "%+d" % self.at,
                "FAKETIME_DONT_FAKE_MONOTONIC": self.is_steady,
                "FAKETIME_NO_CACHE": "1"}

    def flush(self, sink):
        """How often the mail was tried; the notice that it is late is not."""
        before = sink.tried.count("bob")
        done = self.desk.flush(env=self.env())
        assert done.returncode == 0, done
        return sink.tried.count("bob") - before


@pytest.mark.parametrize("steady", STEADY)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("jump", JUMPS)
def test_jump(desk, sink, jump, place, steady):
    desk.configure(1 if place == "account waits" else sink.port)
    clock = Clock(desk)
    clock.is_steady = STEADY[steady]
    clock.at, far = JUMPS[jump]
    sink.verdicts = {"bob": "450 4.3.0 later"}
    mid, data = desk.message()
    assert desk.enqueue(data, env=clock.env()).returncode == 0
    if place == "tried once":
        assert clock.flush(sink) == 1
        assert clock.flush(sink) == 0
    if place == "account waits":
        assert clock.flush(sink) == 0
        desk.configure(sink.port)
    clock.at += far
    # not all the time, whatever the clock says now; a second that was set back
    # may pass meanwhile
    first = sum(clock.flush(sink) for _ in range(3))
    assert first <= 1
    # within four hours of that clock once more, and not more often than the
    # schedule says: 10 min, 30 min, 1 h, 2 h
    tried = 0
    for _ in range(24):
        clock.at += 600
        tried += clock.flush(sink)
    assert 2 <= tried + first <= 6, (first, tried)
    # nobody is told that it failed: five attempts, and five days of waiting
    assert len(desk.entries()) == 1 and not desk.entries("failed")
    assert "alice" not in [r for _, rcpts in sink.log for r in rcpts] or \
        "delayed" in str(sink.arrived)
    sink.verdicts = {}
    clock.at += 4 * HOUR
    clock.flush(sink)
    assert len(sink.arrived[mid]) == 1 and not desk.entries()


def test_back_and_forth(desk, sink):
    """A clock that cannot make up its mind brings nobody's end nearer."""
    desk.configure(sink.port)
    clock, tried = Clock(desk), 0
    sink.verdicts = {"bob": "450 4.3.0 later"}
    mid, data = desk.message()
    assert desk.enqueue(data, env=clock.env()).returncode == 0
    for turn in range(60 if LONG else 8):
        clock.at = (10 * YEAR if turn % 2 else -10 * YEAR) + turn
        tried += clock.flush(sink)
        if tried >= 4:
            break
    assert tried and len(desk.entries()) == 1
    clock.at = 0
    sink.verdicts = {}
    for _ in range(2):
        clock.flush(sink)
        clock.at += 4 * HOUR
    assert len(sink.arrived[mid]) == 1
    report("clock back and forth", tried=tried, lost=0, twice=0)


def test_account_that_waits(desk, sink):
    """An account that was put off does not wait ten years."""
    desk.configure(1)
    clock = Clock(desk)
    mid, data = desk.message()
    clock.at = 10 * YEAR
    assert desk.enqueue(data, env=clock.env()).returncode == 0
    clock.flush(sink)
    desk.configure(sink.port)
    clock.at = 0
    clock.flush(sink)
    assert len(sink.arrived[mid]) == 1
