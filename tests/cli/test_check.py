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
    text = "\n".join(lines)
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
    ("aliases ~/none", None, "none"),
    ("from @x.test", 4, "@x.test"),
))
def test_mistake(home, run, lines, at, word):
    home.file("empty", "")
    home.file(".msmtprc", GOOD + lines + "\n")
    code, said = check(home, run)
    assert code == 78, said
    assert word in "\n".join(said)
    if at:
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
    assert [line[:16] for line in lines] == [
        "note: account a ", "note: account a ", "note: account b ",
        "2 accounts, no m"]


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
