# SPDX-License-Identifier: ISC
"""Real mail servers for the tests, on loopback, private to one test session.

    from servers import Lab
    with Lab("/tmp/somewhere") as lab:
        lab.port("postfix", "submission")
        lab.take("postfix")             # the messages delivered since last time

fetch.py     gets Debian's server packages and unpacks them into .cache/
pki.py       makes a lab CA and the certificates
keeper.py    the process (root where it must be) that starts, watches and stops the servers
postfix.py, dovecot.py, exim.py, sink.py
             one server each: its configuration, its start, where its mail lands
scripted.py  a server that plays a list of S: and C: lines, for faults
relay.py     other ways to a server: a Unix socket, ::1, a SOCKS proxy
island.py    a network of its own with a DNS of its own

`python3 -B tests/servers` starts everything and waits for Enter.
"""
from .lab import Lab, LabError, Message

__all__ = ["Lab", "LabError", "Message"]
