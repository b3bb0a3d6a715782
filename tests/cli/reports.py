# SPDX-License-Identifier: ISC
"""Reports of what became of a mail, read by Python's MIME library."""
import email
import email.policy

from support import normalised


def parse(data):
    """Every claim that holds for any report."""
    assert b"\r" not in data.split(b"\n\n", 1)[0]
    # as it leaves: a CR in the original's body ends a line there
    data = normalised(data.replace(b"\0", b"?"))
    mail = email.message_from_bytes(data, policy=email.policy.default)
    assert not mail.defects, mail.defects
    assert mail.get_content_type() == "multipart/report"
    assert mail.get_param("report-type") == "delivery-status"
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["MIME-Version"] == "1.0"
    for name in ("From", "To", "Subject", "Date", "Message-ID"):
        assert len(mail.get_all(name)) == 1, name
        assert not mail[name].defects, (name, mail[name].defects)
    assert len(mail.keys()) == len(set(mail.keys())) <= 10, mail.keys()
    assert not mail.preamble and not (mail.epilogue or "").strip()
    parts = mail.get_payload()
    assert len(parts) == 3
    assert parts[0].get_content_type() == "text/plain"
    assert parts[1].get_content_type() in (
        "message/delivery-status", "message/global-delivery-status")
    assert parts[2].get_content_type() in (
        "message/rfc822", "message/global", "text/rfc822-headers",
        "message/global-headers")
    for part in parts:
        assert not part.defects, part.defects
        coding = part["Content-Transfer-Encoding"]
        raw = part.as_bytes(policy=email.policy.compat32)
        if coding != "8bit":
            raw.decode("ascii")
    return mail


def text(mail):
    return mail.get_payload(0).get_content().replace("\r\n", "\n")


def blocks(mail):
    """The fields of the part for programs, block by block."""
    part = mail.get_payload(1)
    if part.get_content_type() == "message/delivery-status":
        return part.get_payload()
    # the library knows no more of this type than that it is a message
    raw = part.as_bytes(policy=email.policy.compat32).decode()
    raw = raw.split("\n\n", 1)[1].strip("\n")
    return [email.message_from_string(block, policy=email.policy.compat32)
            for block in raw.split("\n\n")]
