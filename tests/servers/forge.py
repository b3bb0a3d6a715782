# SPDX-License-Identifier: ISC
"""Certificates, good and bad ones, made on the spot (python3-cryptography)."""
import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import (ExtendedKeyUsageOID, NameOID,
                                   ObjectIdentifier)

DAY = datetime.timedelta(days=1)
NOW = datetime.datetime.utcnow().replace(microsecond=0)
SAN = ObjectIdentifier("2.5.29.17")
SERVER = [ExtendedKeyUsageOID.SERVER_AUTH]
DNS, URI, IP = 2, 6, 7  # GeneralName's tags


def tlv(tag, data):
    """One DER element."""
    size = len(data)
    if size < 128:
        return bytes([tag, size]) + data
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + data


def raw_names(*names):
    """subjectAltName of (tag, octets) pairs, whatever they are."""
    body = b"".join(tlv(0x80 | tag, data) for tag, data in names)
    return x509.UnrecognizedExtension(SAN, tlv(0x30, body))


def names(*values):
    """subjectAltName: "DNS:..." "URI:..." "IP:..." """
    pairs = []
    for value in values:
        kind, _, text = value.partition(":")
        if kind == "IP":
            pairs.append((IP, ipaddress.ip_address(text).packed))
        else:
            pairs.append(({"DNS": DNS, "URI": URI}[kind], text.encode()))
    return raw_names(*pairs)


def new_key(kind="ec"):
    if kind == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, int(kind[3:]))


def subject(cn):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, cn)])


class Cert:
    """A certificate, its key, and who signed it (None: itself)."""

    def __init__(self, cn, issuer=None, key=None, is_ca=False, san=None,
                 eku=SERVER, begin=NOW - 2 * DAY, end=NOW + 30 * DAY,
                 digest=None, extensions=(), issuer_name=None, name=None):
        self.key, self.issuer = key or new_key(), issuer
        signer = issuer.key if issuer else self.key
        subject_name = name or subject(cn)
        if issuer_name is None:
            issuer_name = issuer.cert.subject if issuer else subject_name
        builder = (
            x509.CertificateBuilder().subject_name(subject_name)
            .issuer_name(issuer_name).public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin).not_valid_after(end)
            .add_extension(x509.BasicConstraints(is_ca, None), True)
            .add_extension(self._usage(is_ca), True))
        if san is not None:
            builder = builder.add_extension(san, False)
        if eku and not is_ca:
            builder = builder.add_extension(x509.ExtendedKeyUsage(eku), False)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        self.cert = builder.sign(signer, digest or hashes.SHA256())

    @staticmethod
    def _usage(is_ca):
        return x509.KeyUsage(
            digital_signature=not is_ca, content_commitment=False,
            key_encipherment=not is_ca, data_encipherment=False,
            key_agreement=False, key_cert_sign=is_ca, crl_sign=is_ca,
            encipher_only=False, decipher_only=False)

    @property
    def pem(self):
        return self.cert.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def key_pem(self):
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()).decode()
