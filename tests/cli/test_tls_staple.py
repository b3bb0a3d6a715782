# SPDX-License-Identifier: ISC
"""TV-29: OCSP responses that the server staples.  Nothing but a good one for
this certificate will do; none at all is fine, but where the certificate says
that there must be one (test_tls_matrix).  TV-36: a server that wants to
negotiate again."""
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ReasonFlags, ocsp

from servers.forge import DAY, NOW, Cert, names
from servers.rekey import Rekey
from test_tls_matrix import MUST_STAPLE, call_probe

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

GOOD, REVOKED, UNKNOWN = (ocsp.OCSPCertStatus.GOOD,
                          ocsp.OCSPCertStatus.REVOKED,
                          ocsp.OCSPCertStatus.UNKNOWN)


class Lab:
    def __init__(self, folder):
        self.folder = folder
        self.root = Cert("Staple Root", is_ca=True)
        self.stranger = Cert("Other Root", is_ca=True)
        self.other = self.leaf()

    def leaf(self, **more):
        return Cert("mail.test", self.root, san=names("DNS:mail.test"), **more)

    def file(self, name, data):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as f:
            f.write(data if isinstance(data, bytes) else data.encode())
        return path


def answer(cert, root, status=GOOD, begin=NOW - DAY, end=NOW + DAY,
           signer=None):
    signer = signer or root
    revoked = status == REVOKED
    response = ocsp.OCSPResponseBuilder().add_response(
        cert=cert.cert, issuer=root.cert, algorithm=hashes.SHA1(),
        cert_status=status, this_update=begin, next_update=end,
        revocation_time=NOW - 2 * DAY if revoked else None,
        revocation_reason=ReasonFlags.key_compromise if revoked else None)
    response = response.responder_id(ocsp.OCSPResponderEncoding.NAME,
                                     signer.cert)
    return response.sign(signer.key, hashes.SHA256()).public_bytes(
        serialization.Encoding.DER)


def refusal(status):
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(
        serialization.Encoding.DER)


def two_answers(lab, leaf):
    """Of another certificate first, then of leaf (which is revoked)."""
    index = "".join(
        "%s\t%s\t%s\t%X\tunknown\t/CN=mail.test\n" % (
            state, end, revoked, cert.cert.serial_number)
        for state, end, revoked, cert in (
            ("V", "350101000000Z", "", lab.other),
            ("R", "350101000000Z", "200101000000Z", leaf)))
    root = lab.file("root.pem", lab.root.pem)
    out = os.path.join(lab.folder, "two.der")
    subprocess.run(
        ["openssl", "ocsp", "-index", lab.file("index.txt", index),
         "-CA", root, "-rsigner", root,
         "-rkey", lab.file("root.key", lab.root.key_pem), "-issuer", root,
         "-cert", lab.file("other.pem", lab.other.pem),
         "-cert", lab.file("leaf.pem", leaf.pem), "-ndays", "2",
         "-respout", out], check=True, capture_output=True)
    with open(out, "rb") as f:
        return f.read()


STAPLES = {
    "good": lambda lab, c: answer(c, lab.root),
    "revoked": lambda lab, c: answer(c, lab.root, REVOKED),
    "unknown": lambda lab, c: answer(c, lab.root, UNKNOWN),
    "expired": lambda lab, c: answer(c, lab.root, begin=NOW - 30 * DAY,
                                     end=NOW - 20 * DAY),
    "future": lambda lab, c: answer(c, lab.root, begin=NOW + 2 * DAY,
                                    end=NOW + 3 * DAY),
    "wrong-certificate": lambda lab, c: answer(lab.other, lab.root),
    "wrong-signer": lambda lab, c: answer(c, lab.root, signer=lab.stranger),
    "leaf-second": two_answers,
    "unauthorized": lambda lab, c: refusal(
        ocsp.OCSPResponseStatus.UNAUTHORIZED),
    "try-later": lambda lab, c: refusal(ocsp.OCSPResponseStatus.TRY_LATER),
    "garbage": lambda lab, c: b"\x30\x03\x0a\x01\x09",
}


class OpensslServer:
    """openssl s_server, which can do what Python's ssl cannot."""

    def __init__(self, lab, leaf, *options):
        self.argv = ["openssl", "s_server", "-accept", "127.0.0.1:0",
                     "-naccept", "1",
                     "-cert", lab.file("server.pem", leaf.pem),
                     "-key", lab.file("server.key", leaf.key_pem), *options]

    def __enter__(self):
        self.process = subprocess.Popen(
            self.argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        said = b""
        while not (found := re.search(rb"ACCEPT \S*:(\d+)\s", said)):
            line = self.process.stdout.readline()
            assert line, said
            said += line
        self.port = int(found[1])
        return self

    def say(self, text):
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def __exit__(self, *exc):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass  # it has ended
        self.said = self.process.stdout.read()
        self.process.wait(20)
        self.process.stdout.close()


@pytest.fixture
def lab(tmp_path):
    return Lab(str(tmp_path))


@pytest.fixture
def probe(program):
    return os.path.join(os.path.dirname(program), "tests/tls/tlsprobe")


@pytest.mark.parametrize("must_staple", [False, True], ids=["may", "must"])
@pytest.mark.parametrize("version", ["-tls1_3", "-tls1_2"])
@pytest.mark.parametrize("staple", STAPLES)
def test_tv_29_staple(lab, probe, staple, version, must_staple):
    leaf = lab.leaf(extensions=[MUST_STAPLE] if must_staple else [])
    response = lab.file("staple.der", STAPLES[staple](lab, leaf))
    trust = lab.file("trust.pem", lab.root.pem)
    with OpensslServer(lab, leaf, version, "-rev", "-status_file",
                       response) as server:
        code, said = call_probe(probe, server, "mail.test", trust)
    if staple == "good":
        assert (code, said.get("verified")) == (0, "1"), said
    else:
        assert (code, said.get("kind")) == (69, "tls-cert"), said


def test_tv_36_renegotiation(lab, probe):
    leaf = lab.leaf()
    trust = lab.file("trust.pem", lab.root.pem)
    with OpensslServer(lab, leaf, "-tls1_2") as server:
        with ThreadPoolExecutor() as pool:
            call = pool.submit(call_probe, probe, server, "mail.test", trust)
            while b"hello" not in server.process.stdout.readline():
                pass
            server.say(b"r\n")
            code, said = call.result()
    assert (code, said.get("step"), said.get("kind")) == (76, "read", "tls"), \
        said


@pytest.mark.parametrize("times", (1, 100000))
def test_tv_36_key_updates(lab, probe, times):
    """One is answered; of a storm of them the first few."""
    leaf = lab.leaf()
    trust = lab.file("trust.pem", lab.root.pem)
    with Rekey(lab.file("leaf.pem", leaf.pem),
               lab.file("leaf.key", leaf.key_pem), "update", times) as server:
        code, said = call_probe(probe, server, "mail.test", trust)
    assert server.heard == b"hello\r\n"
    if times == 1:
        assert (code, said.get("read")) == (0, "10"), said
    else:
        assert (code, said.get("kind")) == (75, "lost"), said
        assert server.did < 1000


def test_tv_36_no_authentication_behind_the_handshake(lab, probe):
    """We never offer it (RFC 8446 4.6.2), so a server has to do without."""
    leaf = lab.leaf()
    trust = lab.file("trust.pem", lab.root.pem)
    with Rekey(lab.file("leaf.pem", leaf.pem),
               lab.file("leaf.key", leaf.key_pem), "reauth", 1) as server:
        call_probe(probe, server, "mail.test", trust)
    assert server.heard == b"hello\r\n" and server.did == 0
