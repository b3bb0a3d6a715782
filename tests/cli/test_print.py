# SPDX-License-Identifier: ISC
"""--pretend says what Debian's msmtp says; --explain says where it is from."""
import re

import pytest

HEAD = b"From: joe@here.test\nTo: t@x.test\n\nbody\n"
BASE = ["host mail.test", "from me@x.test", "tls off", "domain here.test"]
# Each line is given to both programs.
SETTINGS = (
    "port 26", "source_ip 192.0.2.7", "proxy_host p.test", "proxy_port 1081",
    "socket /run/x", "timeout off", "timeout 1", "timeout 30",
    "connect_timeout 3", "protocol smtp", "domain other.test", "domain %H",
    "auth off", "auth on\nuser u", "auth\nuser u", "auth plain\nuser u",
    "auth login\nuser u", "auth scram-sha-256\nuser u", "user \"a b\"",
    "password s3cret", "passwordeval echo x", "tls on", "tls",
    "tls on\ntls_starttls off", "tls_starttls on", "tls_trust_file system",
    "tls on\ntls_certcheck off", "tls_certcheck on", "tls_certcheck",
    "tls_nocertcheck", "tls_nostarttls", "tls_force_sslv3",
    "tls_host_override h.test", "tls_priorities NORMAL",
    "tls_min_dh_prime_bits 2048", "tls_fingerprint " + ":".join(["AB"] * 32),
    "tls_key_file ~/k\ntls_cert_file ~/c", "tls_trust_file ~/t",
    "tls_trust_file ~/t\ntls_crl_file ~/crl", "auto_from", "auto_from off",
    "auto_from on\nmaildomain d.test", "from other@x.test", "from %U@%H",
    "allow_from_override off", "allow_from_override on",
    "set_from_header on", "set_from_header off", "set_from_header auto",
    "set_from_header", "add_missing_from_header", "set_date_header off",
    "add_missing_from_header off", "add_missing_date_header off",
    "add_missing_date_header on", "set_date_header auto",
    "remove_bcc_headers off", "remove_bcc_headers", "keepbcc", "keepbcc off",
    "dsn_notify never", "dsn_notify failure,delay", "dsn_notify off",
    "dsn_return full", "dsn_return headers", "dsn_return off",
    "logfile ~/log", "logfile -", "logfile_time_format %Y", "syslog",
    "syslog off", "syslog LOG_LOCAL3", "aliases ~/al", "user me\nuser",
    "defaults\nport 99\naccount b : default\nport 27\naccount c : b",
    "eval echo port 28")
CALLS = ([], ["-t"], ["--tls=on", "--tls-starttls=off"], ["--port=77"],
         ["-f", "evil@x.test"], ["--read-envelope-from"],
         ["--from=evil@x.test"], ["--auth=plain", "--user=u"], ["-X", "l"],
         ["--timeout=5"], ["--keepbcc=on"], ["--domain=z.test"],
         ["--set-from-header=on"], ["--syslog=off"], ["--aliases=a"],
         ["-N", "never"], ["-R", "hdrs"], ["--passwordeval=x"],
         ["--tls-certcheck=off", "--tls=on"], ["--proxy-host=p"])
ACCOUNTS = ("account one", "host one.test", "from one@x.test",
            "account two", "host two.test", "from *@two.test",
            "account three : two", "from three@x.test", "port 33",
            "account default : one")
CHOICES = ([], ["-a", "two"], ["-a", "three"], ["-f", "three@x.test"],
           ["-f", "any@two.test"], ["-f", "one+sub@x.test"],
           ["-f", "nobody@z.test"], ["--from=THREE@x.test"])


def settings(text):
    return re.findall(r"(?m)^([a-z0-9_ ]+) = (.*)$", text)


def words(text):
    """What is said besides the settings, where the program has its file."""
    return [line for line in text.splitlines()
            if " = " not in line and "system configuration" not in line]


def compare(ours, theirs, but=()):
    assert ours.code == theirs.code == 0, (ours, theirs)
    assert words(ours.out) == words(theirs.out)
    his = [kv for kv in settings(theirs.out) if kv[0] not in but]
    mine = [kv for kv in settings(ours.out) if kv[0] not in but]
    known = {k for k, _ in his} & {k for k, _ in mine}
    assert [kv for kv in mine if kv[0] in known] == \
        [kv for kv in his if kv[0] in known]
    # what msmtp has that is not here: it must not be set there either
    assert {v for k, v in his if k not in known} <= {"(not set)", "off"}


@pytest.mark.parametrize("lines", SETTINGS)
def test_same_settings(home, run, msmtp, lines):
    home.rc(*BASE, lines)
    args = ["-P", "r@x.test"]
    compare(run(args, HEAD), msmtp(args, HEAD))


@pytest.mark.parametrize("args", CALLS, ids=" ".join)
def test_same_options(home, run, msmtp, args):
    home.rc(*BASE)
    args = ["-P", *args, "r@x.test"]
    compare(run(args, HEAD), msmtp(args, HEAD))


@pytest.mark.parametrize("args", CHOICES, ids=" ".join)
def test_same_choice(home, run, msmtp, args):
    """A pattern is no sender here; without domain and tls msmtp means
    localhost and off."""
    home.rc(*ACCOUNTS)
    args = ["--pretend", *args, "r@x.test"]
    compare(run(args, HEAD), msmtp(args, HEAD),
            ("domain", "tls") + (("from",) if "two" in args else ()))


def test_same_host(home, run, msmtp):
    args = ["-P", "--host=h.test", "--tls=off", "--domain=d", "--from=a@b"]
    compare(run(args, HEAD), msmtp(args, HEAD))


def test_without_recipients_and_mail(home, run):
    home.rc(*BASE, "set_to_header on", "body_8bit reject")
    done = run(["--print"])
    assert done.code == 0, done
    assert ("set_to_header", "on") in settings(done.out)
    assert ("body_8bit", "reject") in settings(done.out)
    assert "family" not in done.out


def test_no_secret_no_command(home, run):
    home.rc(*BASE, "password Kanary-Zq", "auth", "user u",
            "passwordeval touch ran")
    for option in ("-P", "--explain"):
        done = run([option, "r@x.test"], HEAD)
        assert done.code == 0 and "Kanary" not in done.out + done.err
        assert ("password", "*") in [
            (k, v[:1]) for k, v in settings(done.out)]
    assert not home.read("ran")


def test_explain(home, run):
    rc = home.rc("defaults", "tls off", "account work", "host w.test",
                 "from *@x.test", "account home : work", "port 26",
                 "from me@home.test")
    done = run(["--explain", "--timeout=9", "r@x.test"],
               HEAD.replace(b"joe@here", b"me@home"))
    assert done.code == 0, done
    assert done.out.splitlines()[1:] == [
        "loaded user configuration file " + rc,
        "account chosen by From header me@home.test: home",
        "it has from me@home.test at %s:8" % rc,
        "using account home from %s:6" % rc,
        "host = w.test  # %s:4" % rc,
        "port = 26  # %s:7" % rc,
        "timeout = 9 seconds  # command line",
        "tls = off  # %s:2" % rc,
        "from = me@home.test  # %s:8" % rc,
        "reading recipients from the command line"]
    done = run(["--explain", "-f", "a@x.test", "r@x.test"], HEAD)
    assert "account chosen by envelope from address a@x.test: work" in done.out
    assert "it has from *@x.test at %s:5\n" % rc in done.out
    assert "from = a@x.test  # command line" in done.out


def test_explain_environment(home, run):
    done = run(["--explain"], HEAD, env={"SMTPSERVER": "s.test",
                                         "EMAIL": "e@x.test"})
    assert "using environment variables EMAIL and SMTPSERVER" in done.out
    assert "host = s.test  # environment" in done.out
    assert "from = e@x.test  # environment" in done.out


def test_mistakes_are_told(home, run):
    home.rc("host h.test", "prot 25")
    done = run(["-P"], HEAD)
    assert done.code == 78 and "line 2" in done.err and not done.out
    home.rc("port 25")
    assert run(["-P"], HEAD).code == 78


def test_not_as_sendmail(home, run):
    """IN-23"""
    home.rc(*BASE)
    for option in ("--print", "--pretend", "--explain", "-P"):
        done = run([option, "r@x.test"], HEAD, "sendmail")
        assert done.code == 64 and not done.out, done
