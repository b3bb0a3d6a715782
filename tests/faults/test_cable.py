# SPDX-License-Identifier: ISC
"""The network cable is pulled while cron keeps sending, and plugged in again."""
import json
import os
import subprocess
import sys

from conftest import HERE, LONG, report

UNSHARE = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-Urn"]


def test_cable(desk):
    """Every mail arrives once, in order of age, and nobody did anything."""
    desk.configure(25)
    path = os.path.join(desk.home.path, ".msmtprc")
    with open(path) as f:
        text = f.read()
    with open(path, "w") as f:
        f.write(text.replace("host 127.0.0.1", "host 10.99.0.2"))
    rounds, mails = (20, 50) if LONG else (2, 12)
    done = subprocess.run(
        UNSHARE + [sys.executable, "-B", os.path.join(HERE, "cable.py")],
        input=json.dumps({"program": desk.program, "env": desk.env,
                          "home": desk.home.path, "queue": desk.queue,
                          "name": "cable",
                          "rounds": rounds, "mails": mails}),
        stdout=subprocess.PIPE, text=True, timeout=3000 if LONG else 600,
        check=True)
    got = json.loads(done.stdout)
    assert [code for _, code in got["sent"]] == [0] * rounds * (mails + 1)
    assert got["rounds"] == [0] * rounds  # it was pulled indeed
    assert got["arrived"] == [mid for mid, _ in got["sent"]], got["err"]
    assert got["code"] == 0 and not desk.entries()
    report("cable", rounds=rounds, mails=len(got["sent"]), lost=0, twice=0)
