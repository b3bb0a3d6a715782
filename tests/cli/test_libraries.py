# SPDX-License-Identifier: ISC
"""Which shared libraries a mail makes the program open, and what happens when
one is missing."""
import os
import re
import subprocess

import pytest

from support import account, message

EX_OSERR = 71


@pytest.fixture
def opened(program, environment, home, rcpt):
    """opened(*args) -> names of the libraries that the loader opened"""
    def opened(*args):
        done = subprocess.run(
            [program, *args], input=message(rcpt), cwd=home.path,
            capture_output=True, check=True,
            env=dict(environment, LD_DEBUG="files"))
        return set(re.findall(r"file=(lib[\w.+-]+)", done.stderr.decode()))
    return opened


def names(libraries):
    return {lib.partition(".")[0] for lib in libraries}


def plain(lab):
    return ["account default", "host localhost", "tls off",
            "from alice@example.test", "port %d" % lab.port("exim", "plain")]


def test_a_mail_in_clear_needs_none(exim, home, opened, rcpt):
    home.rc(*plain(exim))
    found = names(opened("--", rcpt))
    assert "libc" in found
    assert not found & {"libgnutls", "libgsasl", "libidn2", "libunistring",
                        "libsecret-1", "libglib-2"}
    exim.wait("exim", rcpt)


def test_looking_at_an_account_needs_none(exim, home, opened, rcpt):
    home.rc(*account(exim, "exim", "submissions"))
    assert not names(opened("-P", "--", rcpt)) & {"libgnutls", "libgsasl"}


@pytest.mark.parametrize("method", ["plain", "login", "cram-md5"])
def test_authentication_over_tls(exim, home, opened, rcpt, method):
    home.rc(*account(exim, "exim", "submissions"), "auth " + method)
    found = names(opened("--", rcpt))
    assert "libgnutls" in found
    assert ("libgsasl" in found) == (method == "cram-md5")
    assert not found & {"libsecret-1", "libglib-2"}


def test_says_which_is_missing(exim, home, opened, run, rcpt):
    """And a mail that does not need it goes out."""
    home.rc(*account(exim, "exim", "submissions"))
    broken = os.path.join(home.path, "lib")
    os.mkdir(broken)
    for name in opened("--", rcpt):
        if names({name}) <= {"libgnutls", "libgsasl"}:
            home.file("lib/" + name, "")
    done = run(["--", rcpt], message(rcpt), env={"LD_LIBRARY_PATH": broken})
    assert done.code == EX_OSERR
    assert "cannot open the library libgnutls.so" in done.err
    assert "too short" in done.err  # what the loader says
    home.rc(*plain(exim))
    assert run(["--", rcpt], message(rcpt),
               env={"LD_LIBRARY_PATH": broken}).code == 0
