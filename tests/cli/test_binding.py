# SPDX-License-Identifier: ISC
"""SCRAM with channel binding at Dovecot 2.4, the first of Debian's servers that
has it: over TLS 1.3 and 1.2, on both ways into TLS, and with somebody between."""
import socket
import ssl
import threading

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
    another to the server."""

    def __init__(self, port, pki):
        super().__init__("127.0.0.1", port)
        self.inside = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.inside.load_cert_chain(pki.cert, pki.key)
        self.outside = ssl.create_default_context(cafile=pki.ca)

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
            back = threading.Thread(target=self._pass, args=(
                far, near), daemon=True)
            back.start()
            self._pass(near, far)
            back.join(60)

    @staticmethod
    def _pass(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.unwrap()
        except OSError:
            pass


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


def test_password_stays_hidden(dovecot24, lab, home, run, rcpt):
    home.rc(*account(dovecot24, "dovecot24", "submissions"))
    done = run(["-d", "--", rcpt], message(rcpt))
    assert ALICE[1] not in done.err + done.out
    lab.wait("dovecot", rcpt)
