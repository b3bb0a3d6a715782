# SPDX-License-Identifier: ISC
"""The exit codes, one by one: msmtp's, but for what is over in a while, which
is 75 wherever it happens, and what doc/MSMTP.md names.

64, 65, 74 and 78 that need no server are rows of callers/options.py
and callers/commands.py.
"""
import pytest

from servers.scripted import Scripted
from support import local, message

HELLO = ["S: 220 mail.test ESMTP", "C: EHLO *"]
PLAIN = HELLO + ["S: 250 mail.test"]
FROM = PLAIN + ["C: MAIL FROM:<*>*"]
TO = FROM + ["S: 250 ok", "C: RCPT TO:<*>"]
DATA = TO + ["S: 250 ok", "C: DATA"]
DOT = DATA + ["S: 354 go", "C."]
AUTH = HELLO + ["S: 250-mail.test", "S: 250 AUTH PLAIN LOGIN", "C: AUTH *"]
LOGIN = ("auth plain", "user joe", "password x")
TLS = ("tls on",)
NO = ["S: 550 5.7.1 no"]

# name: the dialogue up to the server's last word, lines of the account, code
CODES = {
    "sent": (DOT + ["S: 250 ok"], (), 0),
    "sent, 251 for a recipient": (TO + ["S: 251 elsewhere"] + DATA[-1:] +
                                  DOT[-2:] + ["S: 250 ok"], (), 0),
    "MAIL refused": (FROM + NO, (), 65),
    "RCPT refused": (TO + NO, (), 65),
    "DATA refused": (DATA + NO, (), 65),
    "the mail refused": (DOT + NO, (), 69),
    "no STARTTLS": (PLAIN, TLS, 69),
    "no AUTH": (PLAIN, LOGIN, 69),
    "no such mechanism": (HELLO + ["S: 250-mail.test", "S: 250 AUTH LOGIN"],
                          LOGIN, 69),
    "no DSN": (PLAIN, ("dsn_notify never",), 69),
    "the greeting is no greeting": (["S: 554 5.7.1 no"], (), 76),
    "the greeting is nonsense": (["S: hello"], (), 76),
    "nothing but an end": (["FIN"], (), 75),
    "a reply of nonsense": (FROM + ["S: ok"], (), 76),
    "a reply without end": (HELLO + ["S: 250-%d" % i for i in range(2000)],
                            (), 76),
    "EHLO and HELO refused": (HELLO + NO + ["C: HELO *"] + NO, (), 69),
    "STARTTLS refused": (HELLO + ["S: 250-mail.test", "S: 250 STARTTLS",
                                  "C: STARTTLS"] + NO, TLS, 69),
    "no TLS behind STARTTLS": (HELLO + [
        "S: 250-mail.test", "S: 250 STARTTLS", "C: STARTTLS", "S: 220 go",
        "S: this is no TLS"], TLS, 76),
    "a wrong password": (AUTH + ["S: 535 5.7.8 no"], LOGIN, 77),
}


@pytest.mark.parametrize("name", CODES)
def test_code(home, run, rcpt, name):
    dialogue, lines, code = CODES[name]
    end = [] if dialogue[-1] == "FIN" else ["C$"]
    with Scripted([dialogue + end]) as server:
        home.rc(*local(server.port, *lines))
        done = run(["--", rcpt], message(rcpt))
    assert done.code == code, (done, server.failure)
    assert bool(done.err) == bool(code)


@pytest.mark.parametrize("lines, code", (
    # 75 where there is no DNS that could say so
    (("host nosuch.invalid",), (68, 75)),
    (("port 1",), (75,)),
    (("tls on", "tls_trust_file /nonexistent/ca"), (78,)),
    (("tls on", "tls_key_file /nonexistent/k",
      "tls_cert_file /nonexistent/c"), (78,)),
    (("source_ip 192.0.2.1",), (75,)),
), ids=lambda v: v[-1] if isinstance(v[0], str) else None)
def test_code_without_a_word(home, run, rcpt, lines, code):
    home.rc(*local(1, *lines))
    done = run(["--", rcpt], message(rcpt))
    assert done.code in code, done
