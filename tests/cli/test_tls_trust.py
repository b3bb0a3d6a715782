# SPDX-License-Identifier: ISC
"""What an account knows of its server beyond the chain: pins and fingerprints
(TV-33), lists of revoked certificates (TV-34); and what it shows the server:
client certificates; and tls_priorities.  Like the certificate matrix: each case
against tlsprobe, and against the program with a passwordeval that leaves a
trace."""
import base64
import hashlib
import os
import ssl
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID

from servers.facade import Facade
from servers.forge import DAY, NOW, Cert, names, new_key
from servers.scripted import Scripted
from support import account, message
from terminal import on_terminal

MAIL = names("DNS:mail.test")
SYSTEM_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
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
        self.client = Cert("alice", self.root, eku=[
            ExtendedKeyUsageOID.CLIENT_AUTH])
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


def test_tv_33_socket_without_a_name(home, run, world):
    """A pin wants TLS, and TLS wants a name."""
    for more in ([], ["port 465"], ["tls on"]):
        home.rc("account default", "socket /nowhere/socket",
                "from a@b.test", "tls_pin " + pin(world.good), *more)
        result = run(["x@example.test"], stdin=MESSAGE)
        assert result.code == 78, result
        assert "tls_host_override" in result.err, result


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


# --- client certificates -------------------------------------------------

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


def client_files(stage, cert, key=None, mode=0o600):
    return ["tls_cert_file " + stage.file("client.pem", cert.pem),
            "tls_key_file " + stage.file(
                "client.key", (key or cert).key_pem, mode)]


def asking_server(stage, version, cert=None):
    """One that takes nobody without a certificate of the trusted root."""
    server = stage.server(cert or stage.world.good,
                          versions=(version, version))
    server.context.load_verify_locations(stage.trust)
    server.context.verify_mode = ssl.CERT_REQUIRED
    return server


@pytest.mark.parametrize("version", VERSIONS, ids=lambda v: v.name)
def test_client_certificate(stage, world, probe, send, version):
    lines = client_files(stage, world.client)
    with asking_server(stage, version) as server:
        code, said = probe(server, *map(setting, lines))
    assert code == 0 and server.heard == b"hello\r\n", said
    with asking_server(stage, version) as server:
        result, _ = send(server, *lines)
    assert result.code == 75, result
    assert server.heard.startswith(b"EHLO "), result


def test_client_certificate_in_one_file(stage, world, probe):
    path = stage.file("both.pem", world.client.key_pem + world.client.pem)
    with asking_server(stage, VERSIONS[1]) as server:
        code, said = probe(server, "cert_file=" + path, "key_file=" + path)
    assert code == 0, said


@pytest.mark.parametrize("version", VERSIONS, ids=lambda v: v.name)
def test_client_certificate_wanted(stage, send, version):
    """Refused for good, and with the reason, in both versions of TLS."""
    with asking_server(stage, version) as server:
        result, asked = send(server)
    assert result.code == 76, result
    assert "the server refused the TLS handshake" in result.err, result
    assert not asked
    if version == VERSIONS[1]:
        assert "tls_cert_file" in result.err, result


def test_client_certificate_of_a_stranger(stage, world, send):
    lines = client_files(stage, world.alone)
    with asking_server(stage, VERSIONS[1]) as server:
        result, asked = send(server, *lines)
    assert result.code == 76 and "alert" in result.err, result
    assert not asked


def test_client_certificate_not_before_the_server_is_proved(
        stage, world, send):
    lines = client_files(stage, world.client)
    with asking_server(stage, VERSIONS[1], world.alone) as server:
        result, _ = send(server, *lines)
    assert result.code == 69 and server.heard == b"", result


def unusable(stage, world):
    """name, lines, a word of the message"""
    def file(name, text, mode=0o600):
        return stage.file(name, text, mode)

    cert = "tls_cert_file " + file("c.pem", world.client.pem)
    key = "tls_key_file " + file("c.key", world.client.key_pem)
    locked = world.client.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"x")).decode()
    yield "key-alone", [key], "tls_key_file requires tls_cert_file"
    yield "certificate-alone", [cert], "tls_cert_file requires tls_key_file"
    yield "other-key", [cert, "tls_key_file " + file(
        "o.key", world.good.key_pem)], "o.key"
    yield "missing-key", [cert, "tls_key_file /nowhere/k.pem"], "/nowhere"
    yield "missing-certificate", [
        "tls_cert_file /nowhere/c.pem", key], "/nowhere"
    yield "no-key", [cert, "tls_key_file " + file("n.key", "x\n")], "n.key"
    yield "no-certificate", [
        "tls_cert_file " + file("n.pem", "x\n"), key], "n.pem"
    yield "passphrase", [cert, "tls_key_file " + file(
        "p.key", locked)], "passphrase"
    yield "everybody-reads", [cert, "tls_key_file " + file(
        "w.key", world.client.key_pem, 0o644)], "chmod 600"
    yield "everybody-writes", [cert, "tls_key_file " + file(
        "x.key", world.client.key_pem, 0o602)], "chmod 600"
    yield "folder", [cert, "tls_key_file " + stage.folder], stage.folder


def test_client_certificate_unusable(stage, world, send):
    with stage.server(world.good) as server:
        for name, lines, word in unusable(stage, world):
            result, asked = send(server, *lines)
            assert result.code == 78, (name, result)
            assert word in result.err, (name, result)
            assert not asked
    assert server.version is None and server.failure is None


def test_client_certificate_postfix(postfix, run, home, rcpt):
    """Postfix writes down whose certificate it was shown."""
    pki = postfix.pki
    cert, key = pki.issue(
        "alice", 'cn = "Alice at home"\ntls_www_client\nsigning_key\n'
                 "expiration_days = 30\n")
    os.chmod(key, 0o600)
    home.rc(*account(postfix, "postfix", "submission",
                     "tls_cert_file " + home.file("c.pem", read(cert)),
                     "tls_key_file " + home.file("c.key", read(key))))
    result = run(["--", rcpt], message(rcpt))
    assert result.code == 0, result
    assert b'Client CN "Alice at home"' in postfix.wait(
        "postfix", rcpt).trace


def read(path):
    with open(path) as f:
        return f.read()


# --- TV-34: lists of revoked certificates ---------------------------------

def crl(issuer, *revoked, begin=NOW - DAY, end=NOW + DAY):
    builder = (x509.CertificateRevocationListBuilder()
               .issuer_name(issuer.cert.subject)
               .last_update(begin).next_update(end))
    for cert in revoked:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder()
            .serial_number(cert.cert.serial_number)
            .revocation_date(begin).build())
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(
        serialization.Encoding.PEM).decode()


class Tree:
    """root - middle - leaf; another root."""

    def __init__(self):
        self.root = Cert("CRL Root", is_ca=True)
        self.middle = Cert("CRL Middle", self.root, is_ca=True)
        self.leaf = Cert("mail.test", self.middle, san=MAIL)
        self.short = Cert("mail.test", self.root, san=MAIL)
        self.stranger = Cert("CRL Stranger", is_ca=True)


OLD = {"begin": NOW - 9 * DAY, "end": NOW - DAY}
SOON = {"begin": NOW + DAY, "end": NOW + 9 * DAY}

# name, chain, anchors, lists, None or a word of the refusal, whether the
# library alone says the same
CRLS = [
    ("nobody", "leaf middle", "root",
     lambda t: crl(t.root) + crl(t.middle), None, True),
    ("leaf", "leaf middle", "root",
     lambda t: crl(t.middle, t.leaf), "revoked", True),
    ("leaf-of-root", "short", "root",
     lambda t: crl(t.root, t.short), "revoked", True),
    ("middle", "leaf middle", "root",
     lambda t: crl(t.root, t.middle), "revoked", True),
    ("second-list", "leaf middle", "root",
     lambda t: crl(t.root) + "text\n" + crl(t.middle, t.leaf),
     "revoked", True),
    ("other-leaf", "leaf middle", "root",
     lambda t: crl(t.middle, t.short), None, True),
    ("list-of-a-stranger", "leaf middle", "root",
     lambda t: crl(t.stranger, t.leaf), None, True),
    ("leaf-is-anchor", "leaf", "leaf",
     lambda t: crl(t.middle, t.leaf), "revoked", False),
    ("middle-is-anchor", "leaf middle", "middle",
     lambda t: crl(t.middle, t.leaf), "revoked", True),
    ("revoked-and-expired-list", "leaf middle", "root",
     lambda t: crl(t.middle, t.leaf, **OLD), "revoked", True),
    ("expired", "leaf middle", "root",
     lambda t: crl(t.middle, **OLD), "out of date", False),
    ("expired-of-root", "leaf middle", "root",
     lambda t: crl(t.root, **OLD), "out of date", False),
    ("expired-of-a-stranger", "leaf middle", "root",
     lambda t: crl(t.stranger, **OLD), None, True),
    ("not-yet", "leaf middle", "root",
     lambda t: crl(t.middle, **SOON), "out of date", False),
]


@pytest.fixture(scope="module")
def tree():
    return Tree()


@pytest.mark.parametrize("name, chain, anchors, make, word, library", CRLS,
                         ids=["TV-34-" + row[0] for row in CRLS])
def test_tv_34(stage, tree, program, probe, send, name, chain, anchors, make,
               word, library):
    chain = [getattr(tree, c) for c in chain.split()]
    stage.trust = stage.file("trust.pem", read(SYSTEM_BUNDLE) + "".join(
        getattr(tree, c).pem for c in anchors.split()))
    path = stage.file("crl.pem", make(tree))

    def server():
        return Facade(stage.file("c.pem", "".join(c.pem for c in chain)),
                      stage.file("k.pem", chain[0].key_pem))

    with server() as s:
        code, said = probe(s, "crl_file=" + path)
    if word is None:
        assert code == 0, said
    else:
        assert (code, said.get("kind")) == (69, "tls-cert"), said
        assert word in said["text"], said
        assert s.heard == b""
    with server() as s:
        result, asked = send(s, "tls_crl_file " + path)
    assert result.code == (69 if word else 75), result
    assert not asked
    with server() as s:
        bare = subprocess.run(
            [os.path.join(os.path.dirname(program), "bench/bare_gnutls"),
             str(s.port), "mail.test", stage.trust, path],
            capture_output=True, timeout=60)
    assert bare.returncode == (1 if word and library else 0), bare


def test_tv_34_unusable(stage, world, send):
    files = {
        "missing": "/nowhere/crl.pem",
        "folder": stage.folder,
        "empty": stage.file("empty", ""),
        "certificate": stage.file("x.pem", world.good.pem),
        "garbage": stage.file("g.pem", "-----BEGIN X509 CRL-----\nAAAA\n"
                                       "-----END X509 CRL-----\n"),
        "cut": stage.file("cut.pem", crl(world.root)[:200]),
    }
    with stage.server(world.good) as server:
        for name, path in files.items():
            result, asked = send(server, "tls_crl_file " + path)
            assert result.code == 78, (name, result)
            assert path in result.err, (name, result)
            assert not asked
    assert server.version is None and server.failure is None


# --- versions and algorithms ----------------------------------------------

OLD_TLS = {"versions": (ssl.TLSVersion.TLSv1_1,) * 2}
TLS12 = {"versions": (ssl.TLSVersion.TLSv1_2,) * 2}
WEAK = "NORMAL:+VERS-TLS1.1:+SIGN-RSA-SHA1:+SIGN-ECDSA-SHA1"
DHE = "NORMAL:-KX-ALL:+DHE-RSA:-VERS-ALL:+VERS-TLS1.2"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("lines, server, code, warned", [
    (["tls_priorities " + WEAK], OLD_TLS, 75, True),
    (["tls_priorities " + WEAK], {}, 75, True),
    ([], OLD_TLS, 76, False),
    (["tls_priorities NORMAL:-VERS-ALL:+VERS-TLS1.2"], {}, 75, False),
    (["tls_priorities NORMAL:-VERS-ALL:+VERS-TLS1.3"], TLS12, 76, False),
    (["tls_priorities NORMAL:-VERS-ALL:+VERS-TLS1.2:+ANON-ECDH"],
     dict(TLS12, ciphers="aNULL"), 76, False),
], ids=["old", "old-allowed", "old-refused", "new", "newest", "anonymous"])
def test_priorities(stage, world, send, home, lines, server, code, warned):
    with stage.server(world.good, **server) as s:
        result, asked = send(s, *lines)
    assert result.code == code, result
    assert s.heard.startswith(b"EHLO ") == (code == 75)
    assert not asked
    assert ("warning: tls_priorities allows TLS 1.1" in
            home.read("log")) == warned


@pytest.mark.parametrize("bits, code", [("1024", 75), ("2048", 76)])
def test_min_dh_prime_bits(stage, world, send, bits, code):
    dh = os.path.join(stage.folder, "dh.pem")
    subprocess.run(["openssl", "dhparam", "-dsaparam", "-out", dh, "1024"],
                   check=True, capture_output=True)
    cert = Cert("mail.test", world.root, new_key("rsa2048"), san=MAIL)
    with stage.server(cert, dh=dh, ciphers="DHE-RSA-AES128-GCM-SHA256",
                      **TLS12) as server:
        result, _ = send(server, "tls_priorities " + DHE,
                         "tls_min_dh_prime_bits " + bits)
    assert result.code == code, result


@pytest.mark.parametrize("line, words", [
    ("tls_priorities NORMAL:-NOSUCH:+FOO", ["character 8", "-NOSUCH",
                                                "gnutls-cli --list"]),
    ("tls_priorities NONE", ["tls_priorities"]),
    ("tls_priorities @NOSUCH", ["tls_priorities"]),
    ("tls_min_dh_prime_bits many", ["tls_min_dh_prime_bits"]),
    ("tls_min_dh_prime_bits 0", ["tls_min_dh_prime_bits"]),
])
def test_priorities_malformed(stage, world, send, line, words):
    with stage.server(world.good) as server:
        result, _ = send(server, line)
    assert result.code == 78, result
    for word in words:
        assert word in result.err, result
    assert server.version is None and server.failure is None


# --- warnings ---------------------------------------------------------------

def test_tv_40_certcheck_off(stage, world, send, home):
    """Each run without a check says so in the log."""
    for n in (1, 2):
        with stage.server(world.alone) as server:
            result, _ = send(server, "tls_certcheck off")
        assert result.code == 75, result
        assert home.read("log").count(
            "warning: the server?s certificate was not verified") == n


def test_tv_33_dates_are_told(stage, world, send, home):
    """A pin alone stands for the dates, too; the log shows them."""
    for cert, warned in ((world.alone, 0), (world.old, 1)):
        with stage.server(cert) as server:
            result, _ = send(server, "tls_pin_mode only",
                             "tls_pin " + pin(cert))
        assert result.code == 75, result
        assert home.read("log").count(
            "warning: the pinned certificate is out of date") == warned


# --- TV-39 ------------------------------------------------------------------

def test_tv_39_accounts_share_nothing(stage, world, run, home):
    """What one account trusts, or has a session with, is nothing to another:
    the same server, asked by turns."""
    other = stage.file("other.pem", Cert("Other Root", is_ca=True).pem)
    for trust, code in ((stage.trust, 75), (other, 69)) * 2:
        name = "good" if trust == stage.trust else "bad"
        with stage.server(world.good) as server:
            lines = ["host 127.0.0.1", "tls on", "tls_starttls off",
                     "tls_host_override mail.test", "from a@b.test"]
            home.rc("account good", *lines, "tls_trust_file " + stage.trust,
                    "account bad", *lines, "tls_trust_file " + other)
            result = run(["-a", name, "--port=%d" % server.port,
                          "x@example.test"], stdin=MESSAGE)
        assert result.code == code, result
        assert bool(server.heard) == (code == 75)


# --- TV-37, TV-40 ------------------------------------------------------------

@pytest.mark.parametrize("said", (None, "250 2.0.0 ta", "250-2.0.0 taken"))
def test_tv_37_end_without_a_word(home, run, pki, said):
    """The connection ends in the middle of a reply without TLS having said so:
    lost, and no reply."""
    with Scripted(["S: 220 x", "C: EHLO *", "S: 250 x", "C: MAIL *",
                   "S: 250 ok", "C: RCPT *", "S: 250 ok", "C: DATA",
                   "S: 354 go", "C.", *([] if said is None else
                                        ["S> " + said]), "FIN"],
                  pki=pki, tls=True) as server:
        home.rc("account default", "host localhost", "port %d" % server.port,
                "tls on", "tls_starttls off", "tls_trust_file " + pki.ca,
                "auth off", "from a@b.test", "logfile ~/log")
        result = run(["x@example.test"], stdin=MESSAGE)
    assert result.code == 75, result
    assert "EX_OK" not in home.read("log")


def test_tv_40_unverified_is_told(postfix, home, run, rcpt, program,
                                  environment):
    """The log says it of each mail, a person at the terminal is told; another
    program hears nothing."""
    home.rc(*account(postfix, "postfix", "submission", "tls_certcheck off",
                     "logfile ~/log"))
    done = run(["--", rcpt], message(rcpt))
    assert done.code == 0 and done.err == "", done
    assert "certificate was not verified" in home.read("log")
    code, shown = on_terminal([program, "--", rcpt], environment, home.path,
                              b"", message(rcpt))
    assert code == 0 and "certificate was not verified" in shown
    assert home.read("log").count("was not verified") == 2
