# SPDX-License-Identifier: ISC
"""The certificate matrix (TV): a TLS server on loopback shows each chain, and
the client must take exactly those that prove the name it wants.

Each case is played twice: against tlsprobe, which is net_dial and tls_wrap and
nothing else, and against the program with a passwordeval that leaves a trace.
tlsprobe's verdict is compared with the library's own under a full load of the
trust store: the same, but where our rules are stricter than some versions of it.
"""
import os
import ssl
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from servers.facade import Facade
from servers.forge import (DAY, DNS, NOW, Cert, names, new_key, raw_names,
                           subject)

pytestmark = [pytest.mark.filterwarnings("ignore::DeprecationWarning"),
              pytest.mark.filterwarnings("ignore:SHA1 signatures")]

MAIL = names("DNS:mail.test")
SYSTEM_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
TLS12 = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2)


class Shared:
    """What the cases have in common: roots, keys."""

    def __init__(self):
        self.root = Cert("Matrix Root", is_ca=True)
        self.middle = Cert("Matrix Middle", self.root, is_ca=True)
        self.stranger = Cert("Unknown Root", is_ca=True)
        self.key = new_key()
        self.rsa = new_key("rsa2048")
        self.rsa1024 = new_key("rsa1024")

    def leaf(self, san=MAIL, cn="mail.test", issuer=None, key=None, **more):
        return Cert(cn, issuer or self.root, key or self.key, san=san, **more)


class Case:
    """One row.

    make(shared) gives the chain that the server sends, leaf first, or
    (chain, anchors) where not the root alone is to be trusted.
    kind    how the probe fails; None: it must not
    words   what its report must contain
    ours    our rules refuse it, whatever the library's version says
    """

    def __init__(self, name, make, kind=None, words=(), host="mail.test",
                 ours=False, **server):
        self.name, self.make, self.kind, self.words = name, make, kind, words
        self.host, self.ours, self.server = host, ours, server


def leaf(**more):
    return lambda s: [s.leaf(**more)]


def named(*values, cn="mail.test"):
    return leaf(san=names(*values), cn=cn)


def non_ca_middle(s):
    middle = Cert("Not a CA", s.root, eku=None)
    return [s.leaf(issuer=middle), middle]


def sha1_middle(s):
    middle = Cert("SHA-1 Middle", s.root, is_ca=True, digest=hashes.SHA1())
    return [s.leaf(issuer=middle), middle]


def constrained(permitted=None, excluded=None, host="mail.test"):
    def make(s):
        constraint = x509.NameConstraints(
            permitted and [x509.DNSName(n) for n in permitted],
            excluded and [x509.DNSName(n) for n in excluded])
        middle = Cert("Constrained", s.root, is_ca=True,
                      extensions=[(constraint, True)])
        return [s.leaf(san=names("DNS:" + host), issuer=middle), middle]
    return make


def long_chain(count):
    def make(s):
        chain = [s.root]
        for i in range(count - 1):
            chain.append(Cert("Link %d" % i, chain[-1], s.key, is_ca=True))
        return [s.leaf(issuer=chain[-1])] + chain[:0:-1]
    return make


def anchor_twins(s):
    """Two anchors of one name; the second one signed."""
    twin = Cert("Matrix Root", is_ca=True)
    return [s.leaf(issuer=twin)], [s.root, twin]


def cross_signed(s):
    """The root, once more signed by a root that has expired."""
    old = Cert("Old Root", is_ca=True, begin=NOW - 90 * DAY, end=NOW - DAY)
    cross = Cert("Matrix Root", old, s.root.key, is_ca=True)
    return [s.leaf(issuer=s.middle), s.middle, cross], [old, s.root]


def other_encoding(s):
    """The issuer's name in another string type: not the same octets."""
    attribute = x509.NameAttribute(x509.NameOID.COMMON_NAME, "Matrix Root",
                                   x509.name._ASN1Type.PrintableString)
    return [s.leaf(issuer_name=x509.Name([attribute]))]


MUST_STAPLE = (x509.TLSFeature([x509.TLSFeatureType.status_request]), False)
CRITICAL = (x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.99999.1"),
                                       b"\x05\x00"), True)

CASES = [
    Case("TV-01-rsa-2048", lambda s: [s.leaf(key=s.rsa)]),
    Case("TV-01-with-middle", lambda s: [s.leaf(issuer=s.middle), s.middle]),
    Case("TV-02-ec-p256", leaf()),
    Case("TV-02-rsa-tls12", lambda s: [s.leaf(key=s.rsa)], versions=TLS12),
    Case("TV-02-ec-tls12", leaf(), versions=TLS12),
    Case("TV-03-expired", leaf(end=NOW - DAY), "tls-cert",
         ["expired", "local clock"]),
    Case("TV-04-not-yet-valid", leaf(begin=NOW + DAY), "tls-cert",
         ["not valid yet", "local clock"]),
    Case("TV-05-self-signed",
         lambda s: [Cert("mail.test", key=s.key, san=MAIL)], "tls-cert",
         ["missing issuer: CN=mail.test"]),
    Case("TV-06-unknown-ca", lambda s: [s.leaf(issuer=s.stranger)],
         "tls-cert", ["missing issuer: CN=Unknown Root"]),
    Case("TV-06-unknown-ca-sent",
         lambda s: [s.leaf(issuer=s.stranger), s.stranger], "tls-cert",
         ["missing issuer: CN=Unknown Root"]),
    Case("TV-07-missing-middle", lambda s: [s.leaf(issuer=s.middle)],
         "tls-cert", ["missing issuer: CN=Matrix Middle"]),
    Case("TV-08-signed-by-no-ca", non_ca_middle, "tls-cert"),
    Case("TV-09-client-only", leaf(eku=[ExtendedKeyUsageOID.CLIENT_AUTH]),
         "tls-cert", ["not meant for a server"]),
    Case("TV-09-mail-only", leaf(eku=[ExtendedKeyUsageOID.EMAIL_PROTECTION]),
         "tls-cert", ["not meant for a server"]),
    Case("TV-10-other-host", named("DNS:other.test", "DNS:third.test"),
         "tls-cert",
         ["expected mail.test; found DNS:other.test, DNS:third.test"]),
    Case("TV-11-common-name-alone", leaf(san=None), "tls-cert",
         ["no subject alternative name"], ours=True),
    Case("TV-12-common-name-and-other-san", named("DNS:other.test"),
         "tls-cert", ["found DNS:other.test"]),
    Case("TV-13-common-name-and-uri", named("URI:smtp://mail.test"),
         "tls-cert", ["found URI:smtp://mail.test"], ours=True),
    Case("TV-13-common-name-and-srv", leaf(san=raw_names(
        (0x20, b"\x06\x08\x2b\x06\x01\x05\x05\x07\x08\x07\xa0\x12\x16\x10"
               b"_smtps.mail.test"))), "tls-cert", ours=True),
    Case("TV-14-oversized-san", leaf(san=raw_names(
        (DNS, b"a" * 300 + b".other.test"))), "tls-cert", ours=True),
    Case("TV-14-huge-san", leaf(san=raw_names(
        (DNS, b"a" * 20000 + b".other.test"))), "tls-cert", ours=True),
    Case("TV-15-star-mail-test", named("DNS:*.mail.test"), "tls-cert"),
    Case("TV-15-star-test", named("DNS:*.test"), "tls-cert"),
    Case("TV-15-star", named("DNS:*"), "tls-cert"),
    Case("TV-15-partial", named("DNS:m*.test"), "tls-cert"),
    Case("TV-15-star-behind", named("DNS:mail.*.test"), "tls-cert"),
    Case("TV-16-wildcard", named("DNS:*.example.test"),
         host="a.example.test"),
    Case("TV-16-wildcard-two-deep", named("DNS:*.example.test"), "tls-cert",
         host="a.b.example.test"),
    Case("TV-16-wildcard-bare", named("DNS:*.example.test"), "tls-cert",
         host="example.test"),
    Case("TV-17-nul", leaf(san=raw_names((DNS, b"mail.test\0.evil.com"))),
         "tls-cert", ["DNS:mail.test<NUL>.evil.com"]),
    Case("TV-18-upper-case", named("DNS:MAIL.Test")),
    Case("TV-19-dot-in-san", named("DNS:mail.test."), "tls-cert"),
    Case("TV-19-dot-in-configuration", leaf(), host="mail.test."),
    Case("TV-20-address", named("IP:127.0.0.1"), host="127.0.0.1"),
    Case("TV-20-address-as-dns", named("DNS:127.0.0.1"), "tls-cert",
         host="127.0.0.1"),
    Case("TV-20-address-as-common-name", leaf(san=None, cn="127.0.0.1"),
         "tls-cert", host="127.0.0.1"),
    Case("TV-20-other-address", named("IP:127.0.0.2"), "tls-cert",
         ["found IP:127.0.0.2"], host="127.0.0.1"),
    Case("TV-20-name-for-address", named("IP:127.0.0.1"), "tls-cert"),
    Case("TV-21-idn", named("DNS:xn--bcher-kva.test"), host="bücher.test"),
    Case("TV-21-idn-upper", named("DNS:xn--bcher-kva.test"),
         host="BÜCHER.test"),
    Case("TV-21-confusable", named("DNS:xn--bcher-kva.test"), "tls-cert",
         host="bυcher.test"),
    Case("TV-22-srv-target-alone", named("DNS:smtp.provider.test"),
         "tls-cert"),
    Case("TV-22-override", named("DNS:smtp.provider.test"),
         host="smtp.provider.test"),
    Case("TV-23-alias", named("DNS:alias.provider.test"), "tls-cert"),
    Case("TV-24-no-sni", named("IP:127.0.0.1"), host="127.0.0.1"),
    Case("TV-25-rsa-1024", lambda s: [s.leaf(key=s.rsa1024)], "tls-cert",
         ["too weak"]),
    Case("TV-26-sha1-leaf", leaf(digest=hashes.SHA1()), "tls-cert",
         ["too weak"]),
    Case("TV-26-sha1-middle", sha1_middle, "tls-cert", ["too weak"]),
    Case("TV-27-tls-1.0", leaf(), "tls",
         versions=(ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1)),
    Case("TV-27-tls-1.1", leaf(), "tls",
         versions=(ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_1)),
    Case("TV-28-static-rsa", lambda s: [s.leaf(key=s.rsa)], "tls",
         versions=TLS12, ciphers="AES256-GCM-SHA384:AES128-GCM-SHA256"),
    Case("TV-28-cbc", lambda s: [s.leaf(key=s.rsa)], "tls",
         versions=TLS12, ciphers="ECDHE-RSA-AES128-SHA"),
    Case("TV-28-cbc-sha256", lambda s: [s.leaf(key=s.rsa)], "tls",
         versions=TLS12, ciphers="ECDHE-RSA-AES128-SHA256"),
    Case("TV-28-dhe", lambda s: [s.leaf(key=s.rsa)], "tls",
         versions=TLS12, ciphers="DHE-RSA-AES128-GCM-SHA256", dh=True),
    Case("TV-29-must-staple", leaf(extensions=[MUST_STAPLE]), "tls-cert",
         ["proof"]),
    Case("TV-31-critical-extension", leaf(extensions=[CRITICAL]),
         "tls-cert"),
    Case("TV-32-permitted", constrained(permitted=["mail.test"])),
    Case("TV-32-not-permitted", constrained(permitted=["other.test"]),
         "tls-cert"),
    Case("TV-32-excluded", constrained(excluded=["mail.test"]), "tls-cert"),
    Case("TV-32-excluded-case", constrained(excluded=["MAIL.Test"]),
         "tls-cert"),
    Case("TV-35-no-certificate", lambda s: [], "tls", ciphers="aNULL",
         versions=TLS12),
    Case("TV-38-chain-of-16", long_chain(16)),
    Case("TV-38-chain-of-17", long_chain(17), "tls-cert", ["too long"]),
    Case("TV-38-fat-certificate", leaf(san=raw_names(
        (DNS, b"mail.test"), *[(DNS, b"x%040d.test" % i)
                               for i in range(2500)])), "tls"),
    # the walk through the bundle finds what a full load finds
    Case("TA-twins", anchor_twins),
    Case("TA-cross-signed", cross_signed),
    Case("TA-middle-is-anchor",
         lambda s: ([s.leaf(issuer=s.middle)], [s.middle])),
    Case("TA-leaf-is-anchor",
         lambda s: ([s.leaf(issuer=s.stranger)] * 1, None)),
    Case("TA-root-sent",
         lambda s: [s.leaf(issuer=s.middle), s.middle, s.root]),
    Case("TA-unsorted",
         lambda s: [s.leaf(issuer=s.middle), s.root, s.middle]),
    Case("TA-stranger-in-chain",
         lambda s: [s.leaf(), s.stranger]),
    Case("TA-other-encoding", other_encoding, "tls-cert"),
]


@pytest.fixture(scope="module")
def shared():
    return Shared()


@pytest.fixture(scope="module")
def probe(program):
    return os.path.join(os.path.dirname(program), "tests/tls/tlsprobe")


@pytest.fixture(scope="module")
def bare(program):
    return os.path.join(os.path.dirname(program), "bench/bare_gnutls")


@pytest.fixture(scope="module")
def dh1024(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("dh") / "dh.pem")
    subprocess.run(["openssl", "dhparam", "-dsaparam", "-out", path, "1024"],
                   check=True, capture_output=True)
    return path


class Stage:
    """A case's files, and its servers."""

    def __init__(self, case, shared, folder, dh):
        made = case.make(shared)
        chain, anchors = made if isinstance(made, tuple) else (made, ())
        if anchors is None:
            anchors = chain
        self.case, self.folder = case, folder
        self.how = dict(case.server)
        if "dh" in self.how:
            self.how["dh"] = dh
        self.chain = chain and self.file(
            "chain.pem", "".join(c.pem for c in chain))
        self.key = chain and self.file("key.pem", chain[0].key_pem)
        self.trust = self.file("trust.pem", self.bundle(
            anchors or [shared.root]))

    def file(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w") as f:
            f.write(text)
        return path

    @staticmethod
    def bundle(anchors):
        """A long bundle, the anchors at its ends, with text between."""
        with open(SYSTEM_BUNDLE) as f:
            text = "# first\n" + anchors[0].pem + "\n" + f.read()
        return text + "".join("junk\n" + a.pem for a in anchors[1:])

    def server(self):
        return Facade(self.chain or None, self.key or None, **self.how)


@pytest.fixture(params=CASES, ids=lambda c: c.name)
def stage(request, shared, tmp_path, dh1024):
    return Stage(request.param, shared, str(tmp_path), dh1024)


def call_probe(probe, server, host, trust, mode="required", seconds=20,
               env=None):
    done = subprocess.run(
        [probe, "127.0.0.1", str(server.port), host, trust, mode,
         str(seconds)], capture_output=True, timeout=60,
        env=dict(os.environ, LC_ALL="C.UTF-8", **(env or {})))
    said = dict(line.split("=", 1)
                for line in done.stdout.decode().splitlines() if "=" in line)
    assert done.returncode >= 0, done
    assert "Sanitizer" not in done.stderr.decode(), done.stderr.decode()
    return done.returncode, said


def test_probe(stage, probe):
    case = stage.case
    with stage.server() as server:
        code, said = call_probe(probe, server, case.host, stage.trust)
    if case.kind is None:
        assert (code, said.get("verified")) == (0, "1"), said
        assert server.heard == b"hello\r\n"
        return
    assert said.get("kind") == case.kind, said
    assert code == {"tls-cert": 69, "tls": 76}[case.kind]
    for word in case.words:
        assert word in said["text"] + said["detail"], said
    assert server.heard == b""
    if case.kind == "tls-cert":
        assert "alert" in server.failure


# Where the handshake fails before, or by limits of ours, there is no verdict.
COMPARABLE = [c for c in CASES
              if c.kind != "tls" and not c.name.startswith("TV-38")]


@pytest.mark.parametrize("stage", COMPARABLE, indirect=True,
                         ids=lambda c: c.name)
def test_full_load_says_the_same(stage, bare):
    case = stage.case
    host = case.host.rstrip(".").encode("idna").decode()
    with stage.server() as server:
        done = subprocess.run([bare, str(server.port), host, stage.trust],
                              capture_output=True, timeout=60)
    assert done.returncode in (0, 1), done
    if not case.ours:
        assert (done.returncode == 0) == (case.kind is None), done


def test_program(stage, run, home):
    case = stage.case
    marker = os.path.join(home.path, "marker")
    home.rc("account default", "host 127.0.0.1", "tls on", "tls_starttls off",
            "tls_trust_file " + stage.trust, "tls_host_override " + case.host,
            "from a@b.test", "auth plain", "user u",
            "passwordeval touch %s; echo secret" % marker)
    with stage.server() as server:
        result = run(["--port=%d" % server.port, "x@example.test"],
                     stdin=b"Subject: x\n\nx\n")
    if case.kind is None:
        assert server.heard.startswith(b"EHLO "), result
        assert result.code == 75, result
        return
    assert server.heard == b"", result
    assert result.code == {"tls-cert": 69, "tls": 76}[case.kind], result
    assert not os.path.exists(marker)
    for word in case.words:
        assert word in result.err, result


@pytest.mark.parametrize("host, sni", [
    ("mail.test", "mail.test"), ("MAIL.Test.", "mail.test"),
    ("bücher.test", "xn--bcher-kva.test"), ("127.0.0.1", None),
    ("::1", None), ("fe80::1%lo", None)])
def test_tv_21_24_sni(shared, probe, tmp_path, host, sni):
    stage = Stage(Case("sni", leaf()), shared, str(tmp_path), None)
    with stage.server() as server:
        call_probe(probe, server, host, stage.trust, "off")
    assert server.sni == sni
    assert server.failure is None


@pytest.mark.parametrize("mode", ["report", "off"])
def test_unverified_modes_go_on(shared, probe, tmp_path, mode):
    stage = Stage(Case("wrong", named("DNS:other.test")), shared,
                  str(tmp_path), None)
    with stage.server() as server:
        code, said = call_probe(probe, server, "mail.test", stage.trust, mode)
    assert (code, said["verified"]) == (0, "0")
    assert said["problem"]
    assert ("another host" in said["problem"]) == (mode == "report")


def test_no_keys_for_sslkeylogfile(shared, probe, tmp_path):
    stage = Stage(Case("keys", leaf()), shared, str(tmp_path), None)
    log = str(tmp_path / "keys")
    with stage.server() as server:
        code, _ = call_probe(probe, server, "mail.test", stage.trust,
                             env={"SSLKEYLOGFILE": log})
    assert code == 0
    assert not os.path.exists(log)


NO_EXTENDED_MASTER_SECRET = 1  # SSL_OP_..., which Python has no name for


@pytest.mark.parametrize("versions, options, exporter, unique", [
    (None, 0, "32", "-1"), (TLS12, 0, "-1", "12"),
    (TLS12, NO_EXTENDED_MASTER_SECRET, "-1", "-1")])
def test_sa_04_channel_binding(shared, probe, tmp_path, versions, options,
                               exporter, unique):
    """tls-unique never without RFC 7627."""
    stage = Stage(Case("cb", leaf(), versions=versions), shared,
                  str(tmp_path), None)
    with stage.server() as server:
        server.context.options |= options
        _, said = call_probe(probe, server, "mail.test", stage.trust)
    assert (said["exporter"], said["unique"]) == (exporter, unique)


def test_tv_37_end_without_close_notify(shared, probe, tmp_path):
    stage = Stage(Case("rude", leaf(), rude=True), shared, str(tmp_path),
                  None)
    with stage.server() as server:
        code, said = call_probe(probe, server, "mail.test", stage.trust)
    assert (code, said.get("step"), said.get("kind")) == (75, "read", "lost")


def bundles(folder):
    """TV-30: trust stores that are none."""
    def file(name, data):
        path = folder / name
        path.write_bytes(data)
        return str(path)

    good = Cert("mail.test", san=MAIL).pem
    yield "missing", str(folder / "nowhere.pem")
    yield "directory", str(folder)
    yield "empty", file("empty", b"")
    yield "text", file("text", b"no certificate at all\n")
    yield "key", file("key", Cert("x").key_pem.encode())
    yield "garbage", file(
        "garbage", b"-----BEGIN CERTIFICATE-----\nAAAA\n"
                   b"-----END CERTIFICATE-----\n")
    yield "cut", file("cut", good[:300].encode())
    yield "binary", file("binary", os.urandom(4096))
    if os.getuid() != 0:
        path = file("unreadable", good.encode())
        os.chmod(path, 0)
        yield "unreadable", path


def test_tv_30_probe(shared, probe, tmp_path):
    stage = Stage(Case("trust", leaf()), shared, str(tmp_path), None)
    with stage.server() as server:
        for name, path in bundles(tmp_path):
            code, said = call_probe(probe, server, "mail.test", path)
            assert (code, said["step"], said["kind"]) == \
                (78, "check", "config"), (name, said)
            assert path in said["text"]


def test_tv_30_program(shared, run, home, tmp_path):
    stage = Stage(Case("trust", leaf()), shared, str(tmp_path), None)
    with stage.server() as server:
        for name, path in bundles(tmp_path):
            home.rc("account default", "host 127.0.0.1",
                    "port %d" % server.port, "tls on", "tls_starttls off",
                    "tls_trust_file " + path, "from a@b.test")
            result = run(["x@example.test"], stdin=b"Subject: x\n\nx\n")
            assert result.code == 78, (name, result)
            assert path in result.err, (name, result)
    assert server.failure is None and server.version is None
