# SPDX-License-Identifier: ISC
"""Mistakes in the configuration and on the command line: exit code, file,
line and word; what a stranger's arguments cannot do; no password in sight."""
import os
import re

import pytest

from support import message

SECRET = "c4n4ry-7Qz"
USAGE, IOERR, CONFIG = 64, 74, 78
MAIL = message("you@example.test")


def test_cr_01_password_for_all_to_read(home, run):
    """CR-01"""
    for mode in (0o644, 0o640, 0o604):
        home.file(".msmtprc", "host h\npassword %s\n" % SECRET, mode)
        done = run(["--", "you@example.test"], MAIL)
        assert done.code == CONFIG, done
        assert "chmod 600 %s/.msmtprc" % home.path in done.err
        assert SECRET not in done.err + done.out


@pytest.mark.parametrize("password", (b"a\0b", b"a\rb", b"\0"))
def test_cr_02_password_that_cannot_be(home, run, password):
    """CR-02"""
    home.file(".msmtprc", b"host h\npassword " + SECRET.encode() + password +
              b"\n")
    done = run(["--", "you@example.test"], MAIL)
    assert done.code == CONFIG, done
    assert ".msmtprc: line 2: " in done.err
    assert SECRET not in done.err + done.out


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_cr_14_command_of_another_user(home, run):
    """CR-14"""
    path = home.file("rc", "host 127.0.0.1\nport 1\nuser me\nauth on\n"
                     "passwordeval touch %s/ran\n" % home.path)
    os.chown(path, 12345, 12345)
    done = run(["-C", path, "--", "you@example.test"], MAIL)
    assert done.code == CONFIG, done
    assert "another user" in done.err
    assert not os.path.exists(home.path + "/ran")


@pytest.mark.parametrize("lines, where, hint", (
    ("host h\ntls_certchek off\n", "line 2: unknown command tls_certchek",
     "tls_certcheck"),
    ("account a\nport 99999\n", 'line 2: invalid value "99999" for port',
     "65535"),
    ("account a\naccount a\n", "line 2: account a ", ""),
    ("account default : b\n", "line 1: account b ", ""),
    ("password=%s\n" % SECRET, "line 1: ", "password"),
    ("\nhost a\0b\n", "line 2: ", ""),
    ("host h\nauth scram-sha-512\n", "line 2: invalid value",
     "on, off, scram, scram-sha-256-plus"),
))
def test_mistake_is_named(home, run, lines, where, hint):
    home.file(".msmtprc", lines)
    done = run(["--", "you@example.test"], MAIL)
    assert done.code == CONFIG, done
    first, *rest = done.err.splitlines()
    assert first.startswith("postrider: %s/.msmtprc: %s" % (home.path, where))
    assert hint in "\n".join(rest)
    assert SECRET not in done.err


def test_no_configuration(run):
    done = run(["--", "you@example.test"], MAIL)
    assert done.code == CONFIG, done
    assert "no configuration" in done.err or "not found" in done.err
    assert "msmtprc" in done.err


def test_named_file_is_not_there(run):
    done = run(["-C", "/nonexistent/rc", "--", "you@example.test"], MAIL)
    assert done.code == IOERR, done
    assert "/nonexistent/rc" in done.err


def test_directory_is_no_file(home, run):
    done = run(["-C", home.path, "--", "you@example.test"], MAIL)
    assert done.code == CONFIG, done


def test_file_of_somebody_else_is_not_shown(home, run):
    """Section 6, row 17: whatever -C reads, its contents stay there."""
    path = home.file("shadow", "root:$6$%s:19000:0:99999:7:::\n" % SECRET)
    done = run(["-C", path, "--", "you@example.test"], MAIL)
    assert done.code == CONFIG, done
    assert SECRET not in done.err + done.out


@pytest.mark.parametrize("args, word", (
    (["-Z"], "-Z"), (["--nope"], "--nope"), (["-f"], "-f"),
    (["--hots=x"], "--host"), (["--host=h", "-a", "x"], "--account"),
    (["--password=" + SECRET], "password"), (["-bd"], "-bd"),
))
def test_usage(home, run, args, word):
    done = run([*args, "you@example.test"] if args != ["-f"] else args, MAIL)
    assert done.code == USAGE, done
    assert word in done.err
    assert SECRET not in done.err


@pytest.mark.parametrize("args", (
    ["--passwordeval=touch ran"], ["--logfile=ran"], ["--tls=off"],
    ["--tls-certcheck=off"], ["--tls-trust-file=/dev/null"],
    ["--host=127.0.0.1"], ["--port=1"],
))
def test_sendmail_takes_no_dangerous_setting(home, run, args):
    """IN-20, IN-23"""
    home.rc("host 127.0.0.1", "port 1", "from me@example.test")
    done = run(["-t", "-i", *args], MAIL, argv0="sendmail")
    assert done.code == USAGE, done
    assert sorted(os.listdir(home.path)) == [".msmtprc"]


@pytest.mark.parametrize("args", (
    ["-C", "{home}/other"], ["-C{home}/other"], ["--file={home}/other"],
    ["-X{home}/ran"], ["-X", "{home}/ran"], ["-oQ{home}"],
    ["-OQueueDirectory={home}"], ["-oA{home}/ran"],
))
def test_sendmail_opens_no_file_it_is_told(home, run, args):
    """IN-20, IN-23: accepted, and without effect."""
    home.rc("host 127.0.0.1", "port 1", "tls off", "from me@example.test",
            "queue off")
    home.file("other", "host 127.0.0.1\nlogfile ~/ran\npassword x\n", 0o644)
    done = run([a.format(home=home.path) for a in args] +
               ["-oi", "you@example.test"], MAIL, argv0="sendmail")
    assert done.code == 75, done    # it has tried the account's own server
    assert sorted(os.listdir(home.path)) == [".msmtprc", "other"]


def test_help_and_version(run):
    done = run(["--help"])
    assert done.code == 0 and done.err == "", done
    assert all(len(line) <= 80 for line in done.out.splitlines())
    for name in ("--account", "--host", "--tls-starttls", "-f, --from",
                 "--queue-hold ID...|ALL"):
        assert name in done.out
    for argv in (["--version"], ["-bV"], ["-d0.1"]):
        done = run(argv)
        assert done.code == 0 and done.err == "", done
        assert done.out.startswith("postrider version ")
        assert "GnuTLS" in done.out and "scram-sha-256" in done.out
        assert re.search("Keyring support: .*kernel", done.out)


def examples():
    """Each configuration that the documentation shows: (where, text)."""
    top = os.path.dirname(os.path.dirname(os.path.dirname(
        os.path.abspath(__file__))))

    def read(name):
        with open(os.path.join(top, name), encoding="utf-8") as f:
            return f.read()
    yield "msmtprc.example", read("msmtprc.example")
    for page in ("doc/postrider.1", "doc/msmtprc.5"):
        for text in re.findall(r"(?ms)^\.Bd .*?\n(.*?)^\.Ed", read(page)):
            if re.match(r"(account|defaults)\b", text):
                yield page, text.replace("\\-", "-")
    for text in re.findall(r"(?m)(?:^    .*\n|^\n)+", read("README")):
        if re.match(r"\s*(account|defaults)\b", text):
            yield "README", text


@pytest.mark.parametrize("where, text", examples())
def test_documented_example_is_read(home, run, where, text):
    home.file(".msmtprc", text)
    done = run(["-a", "nosuch", "--", "you@example.test"], MAIL)
    assert done.err.startswith(
        "postrider: account nosuch not found in %s" % home.path), done


def test_the_accounts_that_there_are(home, run):
    home.rc("account work", "host h.test", "account home", "host i.test")
    done = run(["-a", "xyz", "--", "you@example.test"], MAIL)
    assert done.code == 78
    assert "The accounts are: work, home." in done.err, done
    done = run(["-a", "wrok", "--", "you@example.test"], MAIL)
    assert "Did you mean work?" in done.err, done


@pytest.mark.parametrize("host, says", (
    ("h.test:587", "port 587"), ("smtp://h.test", "without the protocol")))
def test_a_host_that_is_more_than_a_name(run, host, says):
    done = run(["--host=" + host, "-fme@x.test", "--", "you@x.test"], MAIL)
    assert done.code == 78 and says in done.err, done


def test_an_address_on_one_line(home, run):
    """Where an address has a line's end, its rest is no line of ours."""
    home.rc("host h.test")
    done = run(["-f", "me@x.test\r\nRCPT", "--", "you@x.test"], MAIL)
    assert done.code == 65
    assert done.err.splitlines()[1:] == [
        r"postrider: octet 10 of me@x.test\r..."], done


def test_documentation_has_examples():
    assert {where for where, _ in examples()} == {
        "msmtprc.example", "doc/postrider.1", "doc/msmtprc.5", "README"}
