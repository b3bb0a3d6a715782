# SPDX-License-Identifier: ISC
"""SCRAM with channel binding at Dovecot 2.4, the first of Debian's servers that
has it: over TLS 1.3 and 1.2, on both ways into TLS, and what happens when the
binding is not that of the connection or somebody took -PLUS off the list."""
import select
import socket
import ssl

import pytest

from servers.relay import Relay
from support import ALICE, account, message

TLS12 = ("NORMAL:-VERS-ALL:+VERS-TLS1.2:-RSA:-DHE-RSA:-SIGN-RSA-SHA1:"
         "%PROFILE_MEDIUM")
PLUS = ("scram-sha-1-plus", "scram-sha-256-plus")


@pytest.mark.parametrize("door", ("submission", "submissions"))
@pytest.mark.parametrize("mechanism", PLUS)
def test_bound(dovecot24, lab, home, run, rcpt, door, mechanism):
    home.rc(*account(dovecot24, "dovecot24", door, auth=mechanism))
    done = run(["-d", "--", rcpt], message(rcpt))
    assert done.code == 0, done
    assert "*** %s\n" % mechanism.upper() in done.err, done
    lab.wait("dovecot", rcpt)


@pytest.mark.parametrize("door", ("submission", "submissions"))
def test_chosen_first(dovecot24, lab, home, run, rcpt, door):
    """Of all that Dovecot offers the bound one is the best."""
    home.rc(*account(dovecot24, "dovecot24", door))
    done = run(["-d", "--", rcpt], message(rcpt))
    assert done.code == 0, done
    assert "*** SCRAM-SHA-256-PLUS\n" in done.err, done
    lab.wait("dovecot", rcpt)


@pytest.mark.parametrize("mechanism", PLUS)
def test_wrong_password(dovecot24, home, run, rcpt, mechanism):
    home.rc(*account(dovecot24, "dovecot24", "submissions", auth=mechanism,
                     password="wunderland"))
    done = run(["--", rcpt], message(rcpt))
    assert done.code == 77, done


def test_tls_1_2(dovecot24, lab, home, run, rcpt):
    home.rc(*account(dovecot24, "dovecot24", "submissions",
                     "tls_priorities " + TLS12))
    done = run(["-d", "--", rcpt], message(rcpt))
    assert done.code == 0, done
    assert "TLS1.2" in done.err or "TLS 1.2" in done.err, done
    assert "*** SCRAM-SHA-256-PLUS\n" in done.err, done
    lab.wait("dovecot", rcpt)


class Between(Relay):
    """Somebody with a certificate that the client trusts: ends its TLS, begins
    another to the server, and may change what the server says."""

    def __init__(self, port, pki, change=lambda data: data):
        super().__init__("127.0.0.1", port)
        self.inside = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.inside.load_cert_chain(pki.cert, pki.key)
        self.outside = ssl.create_default_context(cafile=pki.ca)
        self.change = change

    def _connection(self, client):
        try:
            self._between(client)
        except OSError:  # ssl.SSLError is one
            pass

    def _between(self, client):
        client.settimeout(60)
        with self.inside.wrap_socket(client, server_side=True) as near, \
                self.outside.wrap_socket(
                    socket.create_connection(self.target, 60),
                    server_hostname="localhost") as far:
            self._pass(near, far)

    def _pass(self, near, far):
        """In one thread: a TLS session is not for two."""
        ways = {near: (far, lambda data: data), far: (near, self.change)}
        while True:
            for source in [s for s in ways if s.pending()] or \
                    select.select(list(ways), [], [], 60)[0]:
                sink, change = ways[source]
                data = source.recv(65536)
                if not data:
                    sink.unwrap()
                    return
                sink.sendall(change(data))


def lines_behind(dovecot24, relay, **more):
    return ["port %d" % relay.port if line.startswith("port ") else line
            for line in account(dovecot24, "dovecot24", "submissions", **more)]


def test_somebody_between(dovecot24, home, run, rcpt):
    """The binding is that of the other connection: the server says no, and
    the password's hash was of no use to whoever sat there."""
    with Between(dovecot24.port("dovecot24", "submissions"),
                 dovecot24.pki) as relay:
        home.rc(*lines_behind(dovecot24, relay, auth="on"))
        done = run(["-d", "--", rcpt], message(rcpt))
    assert done.code == 77, done
    assert "*** SCRAM-SHA-256-PLUS\n" in done.err
    assert "MAIL FROM" not in done.err


@pytest.mark.parametrize("auth", ("on", "scram-sha-256", "scram-sha-1"))
def test_sa_03_somebody_hides_plus(dovecot24, home, run, rcpt, auth):
    """Without -PLUS in the list the client says that it could have (RFC 5802
    6): a server that offered it knows that somebody lied."""
    def change(data):
        return data.replace(b"-PLUS", b"-NONE")

    with Between(dovecot24.port("dovecot24", "submissions"), dovecot24.pki,
                 change) as relay:
        home.rc(*lines_behind(dovecot24, relay, auth=auth))
        done = run(["-d", "--", rcpt], message(rcpt))
    assert done.code == 77, done
    assert "-PLUS\n" not in done.err and "*** SCRAM-SHA-" in done.err, done
    assert "MAIL FROM" not in done.err


@pytest.mark.parametrize("mechanism", ("scram-sha-1", "scram-sha-256"))
def test_unbound_by_choice(dovecot24, lab, home, run, rcpt, mechanism):
    """Who names the one without, beside a list with -PLUS, is no victim."""
    home.rc(*account(dovecot24, "dovecot24", "submissions", auth=mechanism))
    done = run(["--", rcpt], message(rcpt))
    assert done.code == 0, done
    lab.wait("dovecot", rcpt)


def test_server_without_binding(lab, home, run, rcpt):
    """Dovecot 2.3 has no -PLUS, and nothing against being told."""
    home.rc(*account(lab, "dovecot", "submissions", auth="scram-sha-256"))
    done = run(["--", rcpt], message(rcpt))
    assert done.code == 0, done
    lab.wait("dovecot", rcpt)


def test_password_stays_hidden(dovecot24, lab, home, run, rcpt):
    home.rc(*account(dovecot24, "dovecot24", "submissions"))
    done = run(["-d", "--", rcpt], message(rcpt))
    assert ALICE[1] not in done.err + done.out
    lab.wait("dovecot", rcpt)
