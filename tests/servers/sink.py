# SPDX-License-Identifier: ISC
"""Postfix's smtp-sink, the backend of Dovecot submission without root."""
import os

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


def complete(path):
    """smtp-sink writes into the final file: whole once it is closed."""
    return os.path.getsize(path) > 0
