# SPDX-License-Identifier: ISC
"""The program's system calls."""
import getpass
import os
import shutil
import subprocess

import pytest

from servers.lab import privilege


def tracer(env):
    """The program does not let its own user look into it (see main.c)."""
    how = privilege()
    if how == "root":
        return ["strace"]
    if how == "sudo":
        return ["sudo", "-n", "strace", "-u", getpass.getuser(),
                *[x for pair in env.items() for x in ("-E", "%s=%s" % pair)]]
    if how == "own":
        return ["unshare", "-Ur", "strace"]
    pytest.skip("strace wants root, sudo without a password or namespaces")


@pytest.fixture
def traced(program, home, environment):
    """traced(args, stdin) -> (exit code, system calls)"""
    if not shutil.which("strace"):
        pytest.fail("there is no strace; ./check installs it")

    def traced(args, stdin):
        out = os.path.join(home.path, "trace")
        env = dict(environment)
        env["ASAN_OPTIONS"] += ":detect_leaks=0"
        done = subprocess.run(
            [*tracer(env), "-f", "-qq", "-s", "300", "-e",
             "trace=%network,open,openat", "-o", out, program, *args],
            input=stdin, env=env, cwd=home.path, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=120)
        if b"ptrace" in done.stderr and os.geteuid() != 0:
            pytest.skip("strace may not trace")
        assert b"ptrace" not in done.stderr, done.stderr
        return done.returncode, home.read("trace")
    return traced
