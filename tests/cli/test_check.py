# SPDX-License-Identifier: ISC
"""--check: every mistake of the configuration, each with its place."""
import os

import pytest

GOOD = "account work\nhost h.test\nfrom me@x.test\n"


def check(home, run, *args):
    done = run(["--check", *args], b"no mail\n")
    assert not done.err, done
    return done.code, done.out.replace(home.path, "~").splitlines()


def test_all_is_well(home, run):
    home.file(".msmtprc", GOOD + "account default : work\n")
    assert check(home, run) == (0, ["2 accounts, no mistake"])


def test_every_mistake(home, run):
    """None hides another one: words, values, accounts, files."""
    home.file("part", "user me\nuesr you\n")
    home.file("al", "root: joe\njoe: root\nann: |cmd\nbob: ok@x.test\n")
    home.file("empty", "")
    home.file(".msmtprc.d.conf", "not read")
    home.rc("defaults", "prot 25",                              # 2
            "account one", "host h.test", "port 0",             # 5
            "include ~/part",                                   # part: 2
            "tls on", "tls_trust_file ~/empty",                 # 8
            "tls_fingerprint 00:11", "aliases ~/al",            # 9
            "fallback nobody", "logfile /nonexistent/log",      # 11, 12
            "account one",                                      # 13
            "account two", "auth on", "from a b@x.test",        # 14, 15, 16
            "user ${NOT_SET}",                                  # 17
            "account three : zero", "host h.test",              # 18
            "tls_priorities NORMAL:+NONSENSE", "tls on",        # 20
            "domain a_b c", "charset no-such",                  # 22, 23
            "password_file ~/none", "tls_key_file ~/key")       # 24, 25
    code, lines = check(home, run)
    assert code == 78
    text = "\n".join(line for line in lines if not line.startswith("note: "))
    for place in ("~/.msmtprc: line %d: " % n for n in
                  (2, 5, 9, 11, 12, 13, 14, 16, 17, 18, 20, 22, 23, 24)):
        assert text.count(place) == 1, (place, text)
    assert "~/part: line 2: " in text and "Did you mean user?" in text
    for place in ("~/al: line 1: ", "~/al: line 3: "):
        assert place in text
    assert lines[-1].startswith("3 accounts, ")


@pytest.mark.parametrize("lines, at, word", (
    ("tls_trust_file ~/none", 4, "none"),
    ("tls_trust_file ~/empty", 4, "empty"),
    ("tls_crl_file ~/none", 4, "none"),
    ("tls_key_file ~/none\ntls_cert_file ~/none", 5, "none"),
    ("tls_pin sha1:AAAA", 4, "tls_pin"),
    ("tls_pin pin-sha256:AAAA", 4, "tls_pin"),
    ("tls_min_dh_prime_bits x", 4, "x"),
    ("tls_host_override a..b", 4, "a..b"),
    ("tls_priorities NORMAL:!", 4, "tls_priorities"),
    ("protocol lmtp", 4, "port"),
    ("auth external\nuser me", 4, "EXTERNAL"),
    ("proxy_host p\nproxy_user me", 5, "proxy_password"),
    ("aliases ~/none", 4, "none"),
    ("from @x.test", 4, "@x.test"),
    ("host h.test:587", 4, "port 587"),
    ("host a.test, b.test:25", 4, "port 25"),
    ("host smtp://h.test", 4, "without the protocol"),
    ("host \"h.test", 4, "neither a host name"),
    ("qualify_domain a b", 4, "a b is not a domain"),
))
def test_mistake(home, run, lines, at, word):
    home.file("empty", "")
    home.file(".msmtprc", GOOD + lines + "\n")
    code, said = check(home, run)
    assert code == 78, said
    assert word in "\n".join(said)
    assert said[0].startswith("~/.msmtprc: line %d: " % at), said


def test_one_account(home, run):
    home.rc("account good", "host h.test", "from me@x.test",
            "account bad", "auth on", "from me@x.test")
    assert check(home, run, "-a", "good")[0] == 0
    code, lines = check(home, run, "-a", "bad")
    assert code == 78 and "account bad: host is not set" in lines[0]
    assert check(home, run, "-a", "good", "--tls-pin=x")[0] == 78
    assert check(home, run, "--host=h", "--port=26")[0] == 0
    code, lines = check(home, run, "-a", "baad")
    assert code == 78 and "Did you mean bad?" in "\n".join(lines)


def test_template_need_not_be_whole(home, run):
    home.rc("account base", "auth on", "user me", "account a : base",
            "host h.test", "from me@x.test")
    assert check(home, run)[0] == 0


def test_notes(home, run):
    """What is allowed does no harm to the exit status."""
    home.rc("account a", "host h.test", "auth on", "user me", "tls off",
            "account b", "host h.test", "from *@x.test", "tls on",
            "tls_certcheck off")
    code, lines = check(home, run)
    assert code == 0
    assert [line[:39] for line in lines] == [
        "note: ~/.msmtprc: line 1: account a has",
        "note: ~/.msmtprc: line 5: account a has",
        "note: ~/.msmtprc: line 10: account b ha",
        "note: there is no account default: a ma", "2 accounts, no mistake"]


@pytest.mark.parametrize("lines, at, word", (
    ("port 465\ntls on\ntls_starttls on", 6, "tls_starttls off"),
    ("port 587\ntls on\ntls_starttls off", 6, "tls_starttls on"),
    ("port 25\ntls_starttls off", 5, "tls_starttls on"),
    ("auth on\nuser u\npassword p\npasswordeval c", 7, "not used"),
    ("auth plain\nuser u\ntls off", 6, "read on the way"),
    ("auth on\nuser u\ntls off", 6, "do not show the password"),
    ("auth xoauth2\nuser u\nauth on", 6, "line 4 does not count"),
    ("include ~/part\nport 26", 5, "line 1 does not count"),
    ("account two\nhost h.test\nfrom me@X.test", 6, "account default"),
    ("account two\nhost h.test\nfrom a@p.test\nfrom b@q.test", 6, "p.test"),
))
def test_note(home, run, lines, at, word):
    """What somebody wrote who may mean something else."""
    home.file("part", "port 25\n")
    home.file(".msmtprc", GOOD.replace("work", "default").replace(
        "\nfrom", "\nfrom *@p.test\nfrom", 1 if "p.test" in lines else 0) +
        lines + "\n")
    at += "p.test" in lines
    code, said = check(home, run)
    assert code == 0
    assert [line for line in said if "note" in line] == said[:1], said
    assert said[0].startswith("note: ~/.msmtprc: line %d: " % at), said
    assert word in said[0]


@pytest.mark.parametrize("lines", (
    "port 465\ntls on\ntls_starttls off", "port 587\ntls_starttls on",
    "port 25\ntls off\ntls_starttls off", "port 465\ntls on",
    "auth plain\nuser u\ntls off\nhost localhost",
    "from you@x.test", "account two : default\nhost i.test",
    "account two\nhost h.test\nfrom you@x.test\nport 25"))
def test_nothing_to_note(home, run, lines):
    home.file(".msmtprc", GOOD.replace("work", "default").replace(
        "host h.test\n", "" if "\nhost localhost" in lines else
        "host h.test\n") + lines + "\n")
    code, said = check(home, run)
    assert (code, said[1:]) == (0, []), said


def test_aliases_in_their_order(home, run):
    home.file("al", "z: |cmd\nm: ok@x.test\na: /dev/null\nf: |cmd\n")
    home.rc("host h.test", "from me@x.test", "aliases ~/al")
    code, said = check(home, run)
    assert code == 78
    assert [line[:13] for line in said if line[0] == "~"] == [
        "~/al: line 1:", "~/al: line 3:", "~/al: line 4:"]


def test_nothing_there(run):
    done = run(["--check"])
    assert done.code == 78 and "no configuration file" in done.out, done


def test_no_secret_no_command(home, run):
    home.file("rc", "host h\npassword Kanary-Zq\npasswordeval touch ran\n"
              "password=Kanary-Zq\n", 0o644)
    done = run(["--check", "-C", home.path + "/rc"])
    assert done.code == 78 and "chmod 600" in done.out, done
    assert "Kanary" not in done.out + done.err
    assert not os.path.exists(home.path + "/ran")


def test_not_as_sendmail(home, run):
    home.rc("host h")
    assert run(["--check"], b"", "sendmail").code == 64
