# SPDX-License-Identifier: ISC
"""What an account knows of its server beyond the chain: pins and fingerprints
(TV-33).  Like the certificate matrix: each case against tlsprobe, and against
the program with a passwordeval that leaves a trace."""
import base64
import hashlib
import os
import subprocess

import pytest
from cryptography.hazmat.primitives import hashes, serialization

from servers.facade import Facade
from servers.forge import DAY, NOW, Cert, names

MAIL = names("DNS:mail.test")
MESSAGE = b"Subject: x\n\nx\n"


def pin(cert):
    spki = cert.cert.public_key().public_bytes(
        serialization.Encoding.DER,
        serialization.PublicFormat.SubjectPublicKeyInfo)
    return "pin-sha256:" + base64.b64encode(
        hashlib.sha256(spki).digest()).decode()


def fingerprint(cert, digest=None):
    octets = cert.cert.fingerprint(digest or hashes.SHA256())
    return ":".join("%02X" % octet for octet in octets)


class World:
    """A root that is trusted, and what it signed or did not."""

    def __init__(self):
        self.root = Cert("Trust Root", is_ca=True)
        self.good = Cert("mail.test", self.root, san=MAIL)
        self.other = Cert("mail.test", self.root, san=MAIL)
        self.alone = Cert("self.test", san=names("DNS:self.test"))
        self.wrong = Cert("x.test", self.root, san=names("DNS:x.test"))
        self.old = Cert("mail.test", san=MAIL, end=NOW - DAY)


class Stage:
    """Files and servers of one test."""

    def __init__(self, folder, world):
        self.folder, self.world = folder, world
        self.trust = self.file("trust.pem", world.root.pem)

    def file(self, name, text, mode=0o600):
        path = os.path.join(self.folder, name)
        with open(path, "w") as f:
            f.write(text)
        os.chmod(path, mode)
        return path

    def server(self, cert, **how):
        return Facade(self.file("cert.pem", cert.pem),
                      self.file("key.pem", cert.key_pem), **how)


@pytest.fixture(scope="module")
def world():
    return World()


@pytest.fixture
def stage(tmp_path, world):
    return Stage(str(tmp_path), world)


@pytest.fixture
def probe(program, stage):
    """probe(server, "pin=...", ...) -> exit code, what it said"""
    path = os.path.join(os.path.dirname(program), "tests/tls/tlsprobe")

    def probe(server, *settings, mode="required", trust=None):
        done = subprocess.run(
            [path, "127.0.0.1", str(server.port), "mail.test",
             trust or stage.trust, mode, "20", *settings],
            capture_output=True, timeout=60,
            env=dict(os.environ, LC_ALL="C.UTF-8"))
        assert done.returncode >= 0, done
        assert "Sanitizer" not in done.stderr.decode(), done.stderr.decode()
        return done.returncode, dict(
            line.split("=", 1) for line in done.stdout.decode().splitlines()
            if "=" in line)
    return probe


@pytest.fixture
def send(run, home, stage):
    """send(server, "tls_pin ...", ...) -> result, whether a password was
    asked for"""
    def send(server, *lines, tls="on"):
        marker = os.path.join(home.path, "marker")
        home.rc("account default", "host 127.0.0.1", "tls " + tls,
                "tls_starttls off", "tls_trust_file " + stage.trust,
                "tls_host_override mail.test", "from a@b.test",
                "auth plain", "user u", "logfile log",
                "passwordeval touch %s; echo secret" % marker, *lines)
        result = run(["--port=%d" % server.port, "x@example.test"],
                     stdin=MESSAGE)
        return result, os.path.exists(marker)
    return send


# --- TV-33 ---------------------------------------------------------------

# name, certificate shown, settings (in which {good} and so on stand for pins,
# {GOOD} for fingerprints), accepted
PINS = [
    ("pin", "good", ["tls_pin {good}"], True),
    ("pin-of-two", "good", ["tls_pin {alone} {good}"], True),
    ("pin-mode-and", "good", ["tls_pin {good}", "tls_pin_mode and"], True),
    ("pin-only-good-chain", "good",
     ["tls_pin {good}", "tls_pin_mode only"], True),
    ("pin-only-bad-chain", "alone",
     ["tls_pin {alone}", "tls_pin_mode only"], True),
    ("pin-only-expired", "old", ["tls_pin {old}", "tls_pin_mode only"], True),
    ("pin-and-bad-chain", "alone", ["tls_pin {alone}"], False),
    ("pin-and-other-host", "wrong", ["tls_pin {wrong}"], False),
    ("pin-and-expired", "old", ["tls_pin {old}"], False),
    ("pin-mismatch", "good", ["tls_pin {other}"], False),
    ("pin-mismatch-of-two", "good", ["tls_pin {other},{alone}"], False),
    ("pin-only-mismatch", "alone",
     ["tls_pin {good}", "tls_pin_mode only"], False),
    ("pin-of-the-root", "good", ["tls_pin {root}"], False),
    ("mode-alone", "alone", ["tls_pin_mode only"], False),
    ("fingerprint", "good", ["tls_fingerprint {GOOD}"], True),
    ("fingerprint-bad-chain", "alone", ["tls_fingerprint {ALONE}"], True),
    ("fingerprint-expired", "old", ["tls_fingerprint {OLD}"], True),
    ("fingerprint-mismatch", "good", ["tls_fingerprint {OTHER}"], False),
    ("fingerprint-and-pin", "good",
     ["tls_fingerprint {GOOD}", "tls_pin {other}"], False),
]


def filled(world, line):
    certs = vars(world)
    return line.format(
        **{name: pin(c) for name, c in certs.items()},
        **{name.upper(): fingerprint(c) for name, c in certs.items()})


def setting(line):
    """A line of the file, as tlsprobe takes it."""
    name, value = line.split(" ", 1)
    return name[len("tls_"):] + "=" + value


@pytest.mark.parametrize("name, shown, lines, accepted", PINS,
                         ids=["TV-33-" + row[0] for row in PINS])
def test_tv_33(stage, world, probe, send, name, shown, lines, accepted):
    cert = getattr(world, shown)
    lines = [filled(world, line) for line in lines]
    with stage.server(cert) as server:
        code, said = probe(server, *map(setting, lines))
    if accepted:
        assert (code, said.get("verified")) == (0, "1"), said
    else:
        assert (code, said.get("kind")) == (69, "tls-cert"), said
        assert server.heard == b""
        # what to write, were it the right one
        wanted = fingerprint(cert) if name == "fingerprint-mismatch" \
            else pin(cert)
        assert wanted in said["detail"], said
    with stage.server(cert) as server:
        result, asked = send(server, *lines)
    assert result.code == (75 if accepted else 69), result
    assert server.heard.startswith(b"EHLO ") == accepted
    assert not asked


# Refused before any connection: 78, and the word that helps.
MALFORMED = [
    ("sha1", "tls_fingerprint {sha1}", "-sha256"),
    ("md5", "tls_fingerprint {md5}", "-sha256"),
    ("hex", "tls_fingerprint xyz", "tls_fingerprint"),
    ("bare", "tls_pin {bare}", "pin-sha256:"),
    ("short", "tls_pin pin-sha256:AAAA", "44"),
    ("comma", "tls_pin ,", "tls_pin"),
    ("mode", "tls_pin_mode or", "and|only"),
    ("certcheck", "tls_certcheck off\ntls_pin {pin}", "tls_pin_mode only"),
]


@pytest.mark.parametrize("name, line, word", MALFORMED,
                         ids=["TV-33-" + row[0] for row in MALFORMED])
def test_tv_33_malformed(stage, world, send, name, line, word):
    line = line.format(
        sha1=fingerprint(world.good, hashes.SHA1()),
        md5=fingerprint(world.good, hashes.MD5()),
        bare=pin(world.good).split(":")[1], pin=pin(world.good))
    with stage.server(world.good) as server:
        result, asked = send(server, line)
    assert result.code == 78, result
    assert word in result.err, result
    assert server.version is None and server.failure is None and not asked


def test_tv_33_agrees_with_openssl(stage, world):
    """The pin that we print is the one that others compute."""
    path = stage.file("leaf.pem", world.good.pem)
    done = subprocess.run(
        "openssl x509 -in %s -pubkey -noout | openssl pkey -pubin "
        "-outform DER | openssl dgst -sha256 -binary | base64" % path,
        shell=True, check=True, capture_output=True, text=True)
    assert "pin-sha256:" + done.stdout.strip() == pin(world.good)


def test_tv_33_starttls(lab, run, home, rcpt):
    """Who pins a key means it, with or without a line about TLS: a real
    server's STARTTLS, no password."""
    home.rc("account default", "host localhost",
            "port %d" % lab.port("dovecot", "submission"),
            "tls_trust_file %s" % lab.pki.ca, "auth off",
            "from alice@example.test",
            "tls_pin pin-sha256:" + "A" * 43 + "=")
    result = run([rcpt], stdin=MESSAGE)
    assert result.code == 69 and "none of tls_pin" in result.err, result
