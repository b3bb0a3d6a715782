# SPDX-License-Identifier: ISC
"""Postfix's smtp-sink, the backend of Dovecot submission without root."""
from .common import free_ports

DOORS = ("plain",)


def prepare(place):
    place.makedir("sink", mode=0o777)
    return dict(zip(DOORS, free_ports(len(DOORS))))


def start(place, ports):
    return place.start("smtp-sink", [
        "/usr/sbin/smtp-sink", "-c", "-d", place.into("sink", "%s-"), "-h",
        "mail.example.test", "127.0.0.1:%d" % ports["plain"], "50"],
        log(place))


def maildir(place):
    return place.out("sink")


def log(place):
    return place.out("log", "smtp-sink.out")


def is_complete(path):
    """smtp-sink writes under the final name; it ends with an empty line."""
    with open(path, "rb") as f:
        return f.read().endswith(b"\n\n")


def content(data):
    """The message without the empty line that smtp-sink adds."""
    return data[:-1]
