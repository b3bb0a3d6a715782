# SPDX-License-Identifier: ISC
"""What a signed zone says about the server's certificate: nsd serves it, unbound
checks it, on an island with the real ports."""
import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from servers import fetch, island
from servers.zones import Zones
from support import message

EX_UNAVAILABLE, EX_TEMPFAIL, EX_CONFIG = 69, 75, 78
ZONE, PLAIN = "dane.example", "plain.example"

SERVER = """\
cn = "%s"
dns_name = "%s"
tls_www_server
signing_key
%s
"""
EXPIRED = 'activation_date = "2019-01-01 00:00:00"\n' \
    'expiration_date = "2020-01-01 00:00:00"'
DIALOGUE = ["S: 220 x ESMTP", "C: EHLO *", "S: 250-x", "S: 250 PIPELINING",
            "C: MAIL FROM:*", "C: RCPT TO:*", "C: DATA", "S: 250 ok",
            "S: 250 ok", "S: 354 go", "C.", "S: 250 2.0.0 taken", "C$"]
STARTTLS = ["S: 220 x ESMTP", "C: EHLO *", "S: 250-x", "S: 250 STARTTLS",
            "C: STARTTLS", "S: 220 go", "TLS", *DIALOGUE[1:]]


def tlsa(path, usage, selector, matching, wrong=False):
    """The data of a TLSA record for the first certificate of a file."""
    with open(path, "rb") as f:
        cert = x509.load_pem_x509_certificate(f.read())
    if selector:
        data = cert.public_key().public_bytes(
            serialization.Encoding.DER,
            serialization.PublicFormat.SubjectPublicKeyInfo)
    else:
        data = cert.public_bytes(serialization.Encoding.DER)
    if wrong:
        data = data[::-1]
    if matching:
        data = getattr(hashlib, "sha256" if matching == 1 else "sha512")(
            data).digest()
    return "%d %d %d %s" % (usage, selector, matching, data.hex())


class World:
    """Certificates and the zones that speak of them."""

    def __init__(self, pki, tree):
        self.pki = pki
        self.certs = {
            # right in all respects
            "good": self.issue("good", "good." + ZONE),
            "alias": self.issue("alias", "alias." + ZONE),
            "target": self.issue("target", "target." + ZONE),
            # another name, another authority, out of date
            "odd": self.issue("odd", "another.example", EXPIRED, ca="other"),
            # by an authority that nobody trusts, which it shows
            "ta": self.chain("ta", "ta." + ZONE),
            "ta-name": self.chain("ta-name", "another.example"),
        }
        good, odd, ta = (self.certs[n][0] for n in ("good", "odd", "ta"))
        other = pki.other_ca
        records = {
            "good": [],
            "ee": [tlsa(odd, 3, 1, 1)],
            "ee301": [tlsa(odd, 3, 0, 1)],
            "ee312": [tlsa(odd, 3, 1, 2)],
            "ee310": [tlsa(odd, 3, 1, 0)],
            "ee300": [tlsa(odd, 3, 0, 0)],
            "two": [tlsa(odd, 3, 1, 1, wrong=True), tlsa(odd, 3, 1, 1)],
            "mixed": ["1 1 1 " + "00" * 32, tlsa(odd, 3, 1, 1)],
            "wrong": [tlsa(good, 3, 1, 1, wrong=True)],
            "wrong2": [tlsa(good, 2, 1, 1, wrong=True)],
            # a weak hash that fits beside a strong one that does not
            "weak": [tlsa(good, 3, 1, 1), tlsa(good, 3, 1, 2, wrong=True)],
            "ta": [tlsa(other, 2, 0, 1)],
            "ta211": [tlsa(other, 2, 1, 1)],
            "ta200": [tlsa(other, 2, 0, 0)],
            # the server's own certificate is no authority
            "ta-leaf": [tlsa(ta, 2, 0, 1)],
            "short": ["3 1 1 0102"],
            "pkix": [tlsa(good, 1, 1, 1), tlsa(pki.ca, 0, 0, 1)],
            "strange": ["3 2 1 " + "00" * 32, "3 1 9 " + "00" * 32],
            "forged": [tlsa(good, 3, 1, 1)],
            "starttls": [tlsa(odd, 3, 1, 1)],
            "target": [tlsa(odd, 3, 1, 1)],
        }
        ports = {"starttls": 587}
        signed = [("alias", "CNAME", "ee"),
                  ("_submissions._tcp", "SRV", "0 1 465 target")]
        for name, items in records.items():
            signed.append((name, "A", "127.0.0.1"))
            signed += [("_%d._tcp.%s" % (ports.get(name, 465), name), "TLSA",
                        item) for item in items]
        plain = [("good", "A", "127.0.0.1"), ("wrong", "A", "127.0.0.1"),
                 ("_465._tcp.wrong", "TLSA", tlsa(good, 3, 1, 1, wrong=True)),
                 ("_submissions._tcp", "SRV", "0 1 465 target." + ZONE + ".")]
        self.zones = Zones(tree, {ZONE: signed}, {PLAIN: plain},
                           forged=["_465._tcp.forged." + ZONE])

    def issue(self, name, host, dates="expiration_days = 30", ca="ca"):
        return self.pki.issue("dane-" + name, SERVER % (host, host, dates), ca)

    def chain(self, name, host):
        cert, key = self.issue(name, host, ca="other")
        path = self.pki.folder + "/dane-%s-chain.pem" % name
        with open(path, "w") as out:
            for part in (cert, self.pki.other_ca):
                with open(part) as f:
                    out.write(f.read())
        return path, key


@pytest.fixture(scope="module")
def world(pki):
    world = World(pki, fetch.tree(fetch.DNS))
    yield world
    world.zones.remove()


@pytest.fixture
def sends(islands, world, program, home, environment, rcpt):
    """sends(host, cert, lines...): what island.run() tells."""
    def sends(host, cert, *lines, expect=0, trust="ca", port=465,
              dialogue=DIALOGUE, resolv="options trust-ad edns0", look=False):
        pem, key = world.certs[cert]
        home.rc("account default", "host " + host,
                "from alice@example.test", "auth off",
                *(["port %d" % port, "tls on", "tls_starttls off"]
                  if port == 465 else ["port %d" % port]),
                "tls_trust_file " + getattr(world.pki, trust), *lines)
        done = island.run({
            "argv": [program, "-S"] if look else
                    [program, "--debug", "--", rcpt], "env": environment,
            "cwd": home.path, "stdin": message(rcpt).decode(),
            "zones": world.zones.spec(), "resolv": resolv,
            "servers": [{"port": port, "dialogue": dialogue, "cert": pem,
                         "key": key, "tls": port == 465}]})
        assert done["code"] == expect, done
        if expect or look:
            assert "MAIL FROM" not in done["received"][0]
        else:
            assert "MAIL FROM" in done["received"][0], done
        return done
    return sends


# --- the certificate that is named ------------------------------------------------

@pytest.mark.parametrize("name,policy", [("ee", "try"), *(
    (name, "require") for name in ("ee", "ee301", "ee312", "ee310", "ee300",
                                   "two", "mixed"))])
def test_own_certificate(sends, name, policy):
    """Usage 3: neither the name nor the dates nor the issuer count."""
    done = sends(name + "." + ZONE, "odd", "tls_dane " + policy)
    assert "*** DANE\n" in done["err"]


@pytest.mark.parametrize("name,policy", (
    ("wrong", "try"), ("wrong", "require"), ("wrong2", "try"),
    ("weak", "try")))
def test_another_certificate(sends, name, policy):
    """However good it is otherwise."""
    done = sends(name + "." + ZONE, "good", "tls_dane " + policy,
                 "tls_host_override good." + ZONE, expect=EX_UNAVAILABLE)
    assert "DNS vouches for" in done["err"]


@pytest.mark.parametrize("name", ("ta", "ta211", "ta200"))
def test_authority(sends, name):
    """Usage 2: the chain leads there, and the name counts."""
    sends(name + "." + ZONE, "ta", "tls_dane require",
          "tls_host_override ta." + ZONE)
    done = sends(name + "." + ZONE, "ta-name", "tls_dane require",
                 expect=EX_UNAVAILABLE)
    assert "another.example" in done["err"]


def test_own_certificate_is_no_authority(sends):
    sends("ta-leaf." + ZONE, "ta", "tls_dane require",
          "tls_host_override ta." + ZONE, expect=EX_UNAVAILABLE)


def test_alias(sends):
    """RFC 7671 7: the records of the name that it stands for."""
    sends("alias." + ZONE, "odd", "tls_dane require")


# --- nothing to go by -------------------------------------------------------------------

@pytest.mark.parametrize("name", ("good", "short", "pkix", "strange"))
def test_no_record_that_can_be_used(sends, name):
    """The usual check then; or nothing, where DANE is required."""
    host = name + "." + ZONE
    sends(host, "good", "tls_dane try", "tls_host_override good." + ZONE)
    done = sends(host, "odd", "tls_dane try", expect=EX_UNAVAILABLE)
    assert "DNS vouches" not in done["err"]
    done = sends(host, "good", "tls_dane require",
                 "tls_host_override good." + ZONE, expect=EX_UNAVAILABLE)
    assert "tls_dane requires" in done["err"]


def test_zone_that_is_not_signed(sends):
    for name in ("good", "wrong"):
        host = name + "." + PLAIN
        sends(host, "good", "tls_dane try", "tls_host_override good." + ZONE)
        done = sends(host, "good", "tls_dane require",
                     "tls_host_override good." + ZONE, expect=EX_UNAVAILABLE)
        assert "not proven" in done["err"]


@pytest.mark.parametrize("policy", ("try", "require"))
def test_forged(sends, policy):
    """A proof that is wrong is never a reason to do without: temporary."""
    sends("forged." + ZONE, "good", "tls_dane " + policy,
          "tls_host_override good." + ZONE, expect=EX_TEMPFAIL)


def test_resolver_that_is_not_trusted(sends):
    """Without trust-ad the C library believes no proof."""
    done = sends("ee." + ZONE, "odd", "tls_dane require", resolv="",
                 expect=EX_UNAVAILABLE)
    assert "trust-ad" in done["err"] and "tls_dane_anchor" in done["err"]
    sends("good." + ZONE, "good", "tls_dane try", resolv="")


def test_off(sends):
    sends("wrong." + ZONE, "good", "tls_host_override good." + ZONE)
    sends("wrong." + ZONE, "good", "tls_dane off",
          "tls_host_override good." + ZONE)


# --- libunbound -------------------------------------------------------------------------------

def test_own_proof(sends, world):
    """By libunbound, which needs no resolver that is trusted."""
    anchor = "tls_dane_anchor " + world.zones.anchor
    sends("ee." + ZONE, "odd", "tls_dane require", anchor, resolv="")
    sends("ta." + ZONE, "ta", "tls_dane require", anchor, resolv="")
    done = sends("wrong." + ZONE, "good", "tls_dane try", anchor, resolv="",
                 expect=EX_UNAVAILABLE)
    assert "DNS vouches for" in done["err"]
    sends("forged." + ZONE, "good", "tls_dane try", anchor, resolv="",
          expect=EX_TEMPFAIL)
    done = sends("good." + ZONE, "good", "tls_dane require", anchor,
                 resolv="", expect=EX_UNAVAILABLE)
    assert "no TLSA record" in done["err"]


def test_anchor_that_is_none(sends, home):
    home.file("anchor", "nonsense (\n")
    done = sends("ee." + ZONE, "odd", "tls_dane require",
                 "tls_dane_anchor ~/anchor", resolv="", expect=EX_CONFIG)
    assert home.path + "/anchor" in done["err"]


def test_serverinfo(sends):
    done = sends("ee." + ZONE, "odd", "tls_dane try", look=True)
    assert "Verified:\n        yes, as the DNS says (DANE)\n" in done["out"]
    done = sends("wrong." + ZONE, "good", "tls_dane try", look=True,
                 expect=EX_UNAVAILABLE)
    assert "DNS vouches for" in done["out"]


# --- the way into TLS -----------------------------------------------------------------------------

def test_starttls(sends):
    sends("starttls." + ZONE, "odd", "tls_dane try", port=587,
          dialogue=STARTTLS)


def test_starttls_taken_away(sends):
    """Where there are records there is no session without TLS, though the
    account does not ask for it."""
    done = sends("starttls." + ZONE, "odd", "tls_dane try", port=587,
                 dialogue=["S: 220 x", "C: EHLO *", "S: 250 x", "C$"],
                 expect=EX_UNAVAILABLE)
    assert "STARTTLS" in done["err"]


def test_service(islands, sends):
    """SRV records lead to the host: proven, or worth nothing (RFC 7673)."""
    sends("_submissions._tcp." + ZONE, "odd", "tls_dane require")
    done = sends("_submissions._tcp." + PLAIN, "odd", "tls_dane require",
                 expect=EX_UNAVAILABLE)
    assert "not proven" in done["err"]


# --- what cannot be ------------------------------------------------------------------------------------

@pytest.mark.parametrize("lines,word", (
    (["host 127.0.0.1", "port 1"], None),
    (["host a.example", "tls_certcheck off"], "tls_certcheck off"),
    (["host a.example", "tls off"], "tls off"),
))
def test_contradictions(home, run, lines, word):
    home.rc("account default", "from a@example.test", "auth off",
            "tls_dane require", *lines)
    done = run(["--", "b@example.test"], message("b@example.test"))
    assert done.code == (EX_CONFIG if word else EX_TEMPFAIL), done
    assert not word or word in done.err
