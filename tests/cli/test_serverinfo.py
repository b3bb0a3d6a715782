# SPDX-License-Identifier: ISC
"""--serverinfo: the text of Debian's msmtp, then what that does not tell."""
import base64
import hashlib
import re
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID

from servers import forge
from servers.scripted import Scripted
from support import account, local

EX_USAGE, EX_UNAVAILABLE, EX_TEMPFAIL = 64, 69, 75

DOORS = (("postfix", "plain", "off"), ("postfix", "submission", "off"),
         ("postfix", "submission", "starttls"),
         ("postfix", "submissions", "implicit"), ("postfix", "old", "off"),
         ("postfix", "old", "starttls"), ("postfix", "strict", "implicit"),
         ("dovecot", "submission", "off"), ("dovecot", "submission", "starttls"),
         ("dovecot", "submissions", "implicit"), ("exim", "plain", "off"),
         ("exim", "plain", "starttls"), ("exim", "submission", "starttls"),
         ("exim", "submissions", "implicit"))
EHLO = ("SIZE", "SIZE 0", "SIZE 1", "SIZE 1024", "SIZE 2048", "SIZE 1048576",
        "SIZE 1048577", "SIZE 35882577", "SIZE x", "8BITMIME", "SMTPUTF8",
        "AUTH FOO", "AUTH=PLAIN",
        "AUTH XOAUTH2 OAUTHBEARER NTLM LOGIN DIGEST-MD5 EXTERNAL GSSAPI "
        "CRAM-MD5 SCRAM-SHA-256-PLUS SCRAM-SHA-256 SCRAM-SHA-1-PLUS "
        "SCRAM-SHA-1 PLAIN FOO ANONYMOUS",
        "STARTTLS,PIPELINING,DSN,ETRN,SIZE 5,LIMITS RCPTMAX=5")


def options(port, tls, ca):
    # a small machine has no /etc/hosts, and msmtp wants it for localhost
    return ["--host=127.0.0.1", "--port=%d" % port,
            "--tls=" + ("off" if tls == "off" else "on"), "--timeout=60",
            "--tls-starttls=" + ("off" if tls == "implicit" else "on"),
            "--tls-trust-file=" + ca]


def same(ours, theirs):
    """Ours begins with theirs; returns what comes behind that."""
    def comparable(text):
        text = re.sub(r"\d\d:\d\d:\d\d \+0000", "TIME", text)  # Exim's greeting
        # the libraries are of different versions
        return re.sub(r"(?m)^    \(TLS1\.3\)-.*", "TLS", text)
    mine, his = comparable(ours.out), comparable(theirs.out)
    assert ours.code == theirs.code == 0, (ours, theirs)
    assert mine[:len(his)] == his
    return mine[len(his):]


def talk(*offered):
    return ["S: 220 x ESMTP", "C: EHLO *", "S: 250-x",
            *("S: 250-" + o for o in offered), "S: 250 8BITMIME", "C: QUIT",
            "S: 221 bye", "C$"]


@pytest.mark.parametrize("server, door, tls", DOORS)
def test_as_msmtp(lab, has_server, run, msmtp, server, door, tls):
    has_server(server)
    args = ["-S", *options(lab.port(server, door), tls, lab.pki.ca)]
    more = same(run(args), msmtp(args))
    assert "All that is offered:" in more and "Authentication:" in more
    assert ("More about the certificate:" in more) == (tls != "off")


@pytest.mark.parametrize("offered", EHLO)
def test_offers_as_msmtp(run, msmtp, offered):
    with Scripted([talk(*offered.split(",")) for _ in range(2)]) as server:
        args = ["--serverinfo", "--host=127.0.0.1", "--tls=off",
                "--port=%d" % server.port]
        more = same(run(args), msmtp(args))
    for line in offered.split(","):
        assert "\n    %s\n" % line in more


@pytest.mark.parametrize("hello, args", (
    ("LHLO", ["--protocol=lmtp"]), ("EHLO", ["--protocol=smtp"])))
def test_protocol_as_msmtp(run, msmtp, hello, args):
    lines = [line.replace("EHLO", hello) for line in talk("PIPELINING")]
    with Scripted([lines, lines]) as server:
        args = ["-S", "--host=127.0.0.1", "--tls=off",
                "--port=%d" % server.port, *args]
        same(run(args), msmtp(args))


def implicit(tmp_path, cert):
    for name, text in (("c", cert.pem), ("k", cert.key_pem)):
        (tmp_path / name).write_text(text)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(str(tmp_path / "c"), str(tmp_path / "k"))
    return context


def test_names_as_msmtp(run, msmtp, tmp_path):
    """Names of several parts, with what would be markup, in their order."""
    name = x509.Name([
        x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "A, B & \"C\""),
        x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    cert = forge.Cert("x", name=name, san=forge.names(
        "DNS:localhost", "DNS:*.mail.test", "IP:127.0.0.1"))
    with Scripted([talk(), talk()], tls=True,
                  context=implicit(tmp_path, cert)) as server:
        args = ["-S", *options(server.port, "implicit", str(tmp_path / "c"))]
        more = same(run(args), msmtp(args))
    assert "        DNS:localhost, DNS:*.mail.test, IP:127.0.0.1\n" in more


def test_pin_can_be_used(postfix, home, run):
    lines = account(postfix, "postfix", "submission")
    home.rc(*lines)
    done = run(["-S"])
    pin = re.search(r"(?m)^ +(tls_pin pin-sha256:\S+)$", done.out)[1]
    with open(postfix.pki.cert, "rb") as f:
        key = x509.load_pem_x509_certificate(f.read()).public_key()
    digest = hashlib.sha256(key.public_bytes(
        serialization.Encoding.DER,
        serialization.PublicFormat.SubjectPublicKeyInfo)).digest()
    assert pin.endswith(base64.b64encode(digest).decode())
    home.rc(*[line for line in lines if "trust" not in line], pin,
            "tls_pin_mode only")
    done = run(["-S"])
    assert done.code == 0 and "Verified:\n        yes\n" in done.out, done


@pytest.mark.parametrize("settings, code, word", (
    ("tls_trust_file {other}", EX_UNAVAILABLE, "nobody you trust"),
    ("tls_trust_file {ca}\ntls_host_override other.test", EX_UNAVAILABLE,
     "expected other.test; found DNS:mail.example.test"),
    ("tls_trust_file {ca}\ntls_pin pin-sha256:" + 43 * "A" + "=",
     EX_UNAVAILABLE, "none of tls_pin"),
    ("tls_certcheck off", 0, "was not checked")))
def test_certificate_that_proves_nothing(postfix, home, run, settings, code,
                                         word):
    """It is shown all the same, with its pin, and nothing secret is said."""
    lines = account(postfix, "postfix", "submission")
    home.rc(*[line for line in lines if "trust" not in line],
            settings.format(ca=postfix.pki.ca, other=postfix.pki.other_ca))
    done = run(["-S", "-d"])
    assert done.code == code and word in done.out, done
    assert "tls_pin pin-sha256:" in done.out and "-> AUTH" not in done.err
    assert "Verified:\n        yes" not in done.out
    assert bool(done.err.count("verif") or code) == bool(code)


def test_never_authenticates(postfix, home, run):
    home.rc(*account(postfix, "postfix", "submission", password=""),
            "passwordeval touch ran", "logfile ~/log")
    done = run(["-S", "-d"])
    assert done.code == 0 and "--> AUTH" not in done.err, done
    assert not home.read("ran") and "--> QUIT" in done.err
    assert not home.read("log")
    # no From, no recipients, no mail are needed
    done = run(["-S", "--host=127.0.0.1", "--tls=off", "--port=%d" %
                postfix.port("postfix", "plain")])
    assert done.code == 0 and "Postfix" in done.out


def methods(text):
    at = text.index("Authentication:\n")
    return dict(re.findall(r"(?m)^    ([A-Z0-9-]+): (.*)$", text[at:]))


def test_which_method(postfix, home, run):
    home.rc(*account(postfix, "postfix", "submission"))
    done = run(["-S"])
    told = methods(done.out)
    assert told["SCRAM-SHA-256"] == "would be used", done
    assert told["PLAIN"] == told["LOGIN"] == "another one is preferred"
    assert told["CRAM-MD5"] == "only if the account asks for it"
    told = methods(run(["-S", "--auth=scram"]).out)
    assert told["SCRAM-SHA-256"] == "would be used"
    assert told["SCRAM-SHA-1"] == "another one is preferred"
    assert told["PLAIN"] == "only if the account asks for it"
    told = methods(run(["-S", "--auth=plain"]).out)
    assert told["PLAIN"] == "would be used"
    assert told["SCRAM-SHA-256"] == "only if the account asks for it"
    done = run(["-S", "--auth=off"])
    assert "does not authenticate" in done.out
    done = run(["-S", "--auth=scram-sha-1-plus"])
    assert done.code == 0 and "does not support authentication method " \
        "SCRAM-SHA-1-PLUS" in done.out, done


def test_method_on_an_open_line(on_island):
    """Not loopback, no TLS: a password would be seen."""
    answer = on_island(
        {"mail.test": {"A": ["192.0.2.1"]}},
        [{"at": "192.0.2.1", "port": 25,
          "dialogue": talk("AUTH PLAIN LOGIN SCRAM-SHA-256-PLUS")}],
        ["-S", "--host=mail.test", "--tls=on", "--tls-starttls=on",
         "--auth=on", "--user=u"], ["192.0.2.1"], ())
    assert answer["code"] == EX_UNAVAILABLE, answer  # no STARTTLS
    answer = on_island(
        {"mail.test": {"A": ["192.0.2.1"]}},
        [{"at": "192.0.2.1", "port": 25,
          "dialogue": talk("AUTH PLAIN LOGIN SCRAM-SHA-256-PLUS")}],
        ["-S", "--host=mail.test", "--auth=off"], ["192.0.2.1"], ())
    told = methods(answer["out"])
    assert told["PLAIN"] == "would show the password on this connection"
    assert told["SCRAM-SHA-256-PLUS"] == "needs TLS with channel binding"
    assert "SMTP server at mail.test ([192.0.2.1]), port 25:" in answer["out"]


def test_what_the_server_says_is_escaped(run):
    lines = ["S> 220-one \\x1b[31m\\r\\n220 two \\xc2\\x9b\\r\\n", "C: EHLO *",
             "S> 250-x\\r\\n250 X-\\x1b]0;title\\x07\\r\\n", "C$"]
    with Scripted(lines) as server:
        done = run(["-S", "--host=127.0.0.1", "--tls=off",
                    "--port=%d" % server.port])
    assert done.code == 0 and "\x1b" not in done.out and "\x9b" not in done.out
    assert "    one \\x1b[31m\n" in done.out
    assert "Greeting, further lines:\n    two \\xc2\\x9b\n" in done.out


def test_server_that_was_passed_over(run):
    with Scripted(talk()) as good:
        with Scripted(["S: 554 no", "C$"], at="127.0.0.2", port=good.port):
            done = run(["-S", "--host=127.0.0.2,127.0.0.1", "--tls=off",
                        "--port=%d" % good.port])
    assert done.code == 0, done
    assert "server at 127.0.0.1 (" in done.out
    assert "Passed over:\n    127.0.0.2, port" in done.out, done


def test_socket(home, run, tmp_path_factory):
    path = str(tmp_path_factory.mktemp("s") / "socket")
    home.rc("socket " + path, "from a@x.test")
    with Scripted(talk("PIPELINING"), at=path):
        done = run(["-S"])
    assert done.code == 0, done
    assert done.out.startswith("SMTP server at %s:\n" % path)


def test_no_server(home, run):
    home.rc(*local(1))
    done = run(["-S"])
    assert done.code == EX_TEMPFAIL and not done.out, done


@pytest.mark.parametrize("args, word", (
    (["-S", "operand"], "too many arguments"),
    (["-S", "--rmqs=x"], "cannot use both --serverinfo and --rmqs")))
def test_command_line_as_msmtp(home, run, msmtp, args, word):
    home.rc(*local(1))
    ours, theirs = run(args), msmtp(args)
    assert ours.code == theirs.code == EX_USAGE
    assert word in ours.err and word in theirs.err


def test_not_as_sendmail(home, run):
    """IN-23"""
    home.rc(*local(1))
    for option in ("-S", "--serverinfo"):
        done = run([option], b"", "sendmail")
        assert done.code == EX_USAGE and not done.out, done
