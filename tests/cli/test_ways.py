# SPDX-License-Identifier: ISC
"""Ways to the server: Unix sockets, SOCKS proxies, source addresses, IPv6,
several hosts, services in the DNS, the limit over the whole delivery."""
import re
import socket
import subprocess
import time

import pytest

from servers import fetch
from servers.common import free_ports
from servers.pki import Pki
from servers.relay import Relay, Socks
from servers.scripted import Scripted
from support import account, local, log_fields, message
from tracing import traced  # noqa: F401

EX_UNAVAILABLE, EX_NOHOST, EX_TEMPFAIL, EX_CONFIG = 69, 68, 75, 78

SESSION = ["S: 220 mail.test ESMTP", "C: EHLO *", "S: 250 mail.test",
           "C: MAIL FROM:*", "S: 250 ok", "C: RCPT TO:*", "S: 250 ok",
           "C: DATA", "S: 354 go", "C.", "S: 250 done", "C$"]


def plain(lab):
    return lab.port("postfix", "plain")


def free_port():
    """Nobody's while the tests run, but for who binds it."""
    return free_ports(1)[0]


@pytest.fixture
def path(tmp_path_factory):
    """Of a socket: short enough, whatever the test is called."""
    return str(tmp_path_factory.mktemp("s") / "socket")


# --- Unix sockets -------------------------------------------------------------

def test_socket_to_postfix(postfix, home, run, rcpt, path):
    """It overrides host, port and proxy, and stands in the log."""
    home.rc("host nosuch.invalid", "port 1", "proxy_host nosuch.invalid",
            "socket %s" % path, "auth off", "from alice@example.test",
            "logfile ~/log")
    with Relay("127.0.0.1", plain(postfix), at=path):
        done = run(["--", rcpt], message(rcpt))
    assert done.code == 0, done
    assert postfix.wait("postfix", rcpt).original == message(rcpt)
    fields = log_fields(home.read("log"))
    assert fields["socket"] == path
    assert "host" not in fields


def test_socket_with_starttls_and_auth(postfix, home, run, rcpt, path):
    """The certificate must prove the name in host."""
    lines = account(postfix, "postfix", "submission", "socket %s" % path)
    with Relay("127.0.0.1", postfix.port("postfix", "submission"), at=path):
        home.rc(*lines)
        done = run(["--", rcpt], message(rcpt))
        assert done.code == 0, done
        home.rc(*lines, "host other.test")
        done = run(["--", rcpt], message(rcpt))
        assert done.code == EX_UNAVAILABLE, done
        home.rc(*[line for line in lines if not line.startswith("host ")])
        done = run(["--", rcpt], message(rcpt))
        assert done.code == EX_CONFIG and "name" in done.err, done
    postfix.wait("postfix", rcpt)


def test_socket_is_loopback_for_a_password(home, run, rcpt, path):
    home.rc("socket %s" % path, "auth on", "user joe",
            "passwordeval echo sesame", "from alice@example.test")
    with Scripted(["S: 220 x", "C: EHLO *", "S: 250-x", "S: 250 AUTH PLAIN",
                   "C: AUTH PLAIN *", "S: 235 ok", *SESSION[3:]],
                  at=path) as server:
        done = run(["--", rcpt], message(rcpt))
    assert done.code == 0 and not server.failure, (done, server.failure)


def test_socket_without_a_name_to_prove(home, run, rcpt, path):
    """STARTTLS is offered, but there is nothing that TLS could prove."""
    home.rc("socket %s" % path, "from alice@example.test")
    with Scripted(["S: 220 x", "C: EHLO *", "S: 250-x", "S: 250 STARTTLS",
                   *SESSION[3:]], at=path) as server:
        done = run(["--", rcpt], message(rcpt))
    assert done.code == 0 and not server.failure, (done, server.failure)


def test_socket_that_is_not_there(home, run, rcpt, path):
    home.rc("socket %s" % path, "from alice@example.test", "logfile ~/log")
    done = run(["--", rcpt], message(rcpt))
    assert done.code == EX_TEMPFAIL and path in done.err, done
    assert log_fields(home.read("log"))["socket"] == path
    done = run(["--socket=/" + 200 * "a", "--", rcpt], message(rcpt))
    assert done.code == EX_CONFIG, done


# --- source address, family, several hosts -----------------------------------

def test_source_ip_is_seen(postfix, home, run, rcpt):
    home.rc(*local(plain(postfix), "source_ip 127.0.0.2"))
    done = run(["--", rcpt], message(rcpt))
    assert done.code == 0, done
    assert b"[127.0.0.2]" in postfix.wait("postfix", rcpt).trace


@pytest.mark.parametrize("source, host, code, word", (
    ("::1", "127.0.0.1", EX_CONFIG, "127.0.0.1 is no IPv6 address"),
    ("192.0.2.1", "127.0.0.1", EX_TEMPFAIL, "192.0.2.1"),
    ("localhost", "127.0.0.1", EX_CONFIG, "source_ip"),
))
def test_source_ip_that_cannot_be_used(home, run, rcpt, source, host, code,
                                       word):
    home.rc(*local(free_port(), "source_ip " + source, "host " + host))
    done = run(["--", rcpt], message(rcpt))
    assert done.code == code and word in done.err, done


@pytest.mark.parametrize("host", ("::1", "::1%lo", "localhost"))
def test_ipv6(postfix, home, run, rcpt, host):
    with Relay("127.0.0.1", plain(postfix), at="::1") as relay:
        home.rc(*local(relay.port, "host " + host, "logfile ~/log"))
        done = run(["--", rcpt], message(rcpt))
    assert done.code == 0, done
    postfix.wait("postfix", rcpt)
    assert log_fields(home.read("log"))["host"] == host


def test_scope_that_is_no_interface(home, run, rcpt):
    home.rc(*local(25, "host fe80::1%nosuchif"))
    done = run(["--", rcpt], message(rcpt))
    assert done.code == EX_CONFIG and "interface" in done.err, done


@pytest.mark.parametrize("argv0, args, row, code", (
    ("postrider", [], "any", 0),
    ("postrider", ["-4"], "any", 0),
    ("postrider", ["-6"], "any", EX_TEMPFAIL),
    ("postrider", ["--ipv6"], "any", EX_TEMPFAIL),
    ("postrider", ["--family=ipv6"], "any", EX_TEMPFAIL),
    ("postrider", [], "ipv6", EX_TEMPFAIL),
    ("postrider", ["-4"], "ipv6", 0),
    ("sendmail", ["-4"], "ipv6", 0),
    ("sendmail", ["-6"], "any", EX_TEMPFAIL),
))
def test_family(postfix, home, run, rcpt, argv0, args, row, code):
    """Postfix listens on 127.0.0.1 alone."""
    home.rc(*local(plain(postfix), "host localhost", "queue off",
                   "family " + row))
    done = run([*args, "--", rcpt], message(rcpt), argv0=argv0)
    assert done.code == code, done
    if code == 0:
        postfix.wait("postfix", rcpt)


def test_first_of_several_hosts_refuses(postfix, home, run, rcpt):
    """The certificate must prove the one that answered, the log names it."""
    home.rc(*account(postfix, "postfix", "submission", "logfile ~/log",
                     "host 127.0.0.3, localhost"))
    done = run(["--", rcpt], message(rcpt))
    assert done.code == 0, done
    postfix.wait("postfix", rcpt)
    assert log_fields(home.read("log"))["host"] == "localhost"


def test_hosts_in_their_order(home, run, rcpt):
    with Scripted(SESSION) as first:
        with Scripted(SESSION, at="127.0.0.3", port=first.port) as second:
            home.rc(*local(first.port, "host 127.0.0.1, 127.0.0.3"))
            done = run(["--", rcpt], message(rcpt))
    assert done.code == 0 and first.received and not second.received, done


def test_all_of_several_hosts_refuse(home, run, rcpt):
    home.rc(*local(free_port(), "host 127.0.0.3, 127.0.0.4", "logfile ~/log"))
    done = run(["--", rcpt], message(rcpt))
    assert done.code == EX_TEMPFAIL, done
    assert log_fields(home.read("log"))["host"] == "127.0.0.3,127.0.0.4"
    assert "127.0.0.3, port" in done.err and "127.0.0.4, port" in done.err


GOOD = ["S: 220 second ESMTP", *SESSION[1:]]


@pytest.fixture
def pair(home, run, rcpt):
    """pair(first dialogue, second dialogue, setting..., **more of Scripted):
    how the program ends with them behind one host name, the servers, and what
    the log says."""
    def pair(first, second, *lines, first_tls=None, **tls):
        with Scripted(first, **(first_tls or tls)) as one:
            with Scripted(second, at="127.0.0.3", port=one.port,
                          **tls) as two:
                home.rc(*local(one.port, "host 127.0.0.1, 127.0.0.3",
                               "logfile ~/log", *lines))
                done = run(["-d", "--", rcpt], message(rcpt))
        return done, one, two, home.read("log")
    return pair


@pytest.mark.parametrize("first", (
    ["FIN"], ["S: 220 hello", "C: EHLO *", "RST"], ["S: 421 4.3.2 shutting down", "C$"],
    ["S: 450 later", "C$"], ["S: 554 no mail here", "C$"],
    ["S: HTTP/1.0 400", "C$"], ["S: 220 hello", "C: EHLO *", "FIN"],
    ["S: 220 hello", "C: EHLO *", "S: 421 no", "C$"],
    ["S> 220-hel", "FIN"],
))
def test_next_host_after_a_bad_begin(pair, first):
    """The log names the one that took it, and says why not the other."""
    done, one, two, log = pair(first, GOOD)
    assert done.code == 0, done
    assert b"MAIL" not in one.received and b"MAIL" in two.received
    assert "127.0.0.1, port %d, is of no use" % one.port in done.err
    assert "127.0.0.1, port %d, is of no use" % one.port in log
    assert log_fields(log.splitlines()[0])["host"] == "127.0.0.3"


def test_next_host_after_a_silent_one(pair):
    """It has its share of the time and no more."""
    begin = time.monotonic()
    done, one, two, _ = pair(["HANG"], GOOD, "total_timeout 12")
    assert done.code == 0 and two.received, done
    assert 5 < time.monotonic() - begin < 12


def test_next_host_after_a_dripping_one(pair):
    drip = ["S> 220-x\\r\\n", "~0.2"] * 60
    done, one, two, _ = pair(drip, GOOD, "timeout 4")
    assert done.code == 0 and two.received, done


@pytest.mark.parametrize("refusal, code", (
    ("535 5.7.8 no", 77), ("454 4.7.0 later", 75), ("421 4.7.0 bye", 75)))
def test_no_next_host_after_auth(pair, refusal, code):
    """Who refuses the password has the last word: the next one would be
    another place to lock the account at."""
    done, _, two, _ = pair(
        ["S: 220 x", "C: EHLO *", "S: 250-x", "S: 250 AUTH PLAIN",
         "C: AUTH PLAIN *", "S: " + refusal, "C$"], GOOD, "auth plain",
        "user joe", "passwordeval echo sesame")
    assert done.code == code, done
    assert not two.received


@pytest.mark.parametrize("tail, code", (
    (["S: 451 4.7.1 later", "C$"], 75), (["FIN"], 75),
    (["S: 550 no", "C$"], 65)))
def test_no_next_host_after_mail(pair, tail, code):
    done, _, two, _ = pair(
        ["S: 220 x", "C: EHLO *", "S: 250 x", "C: MAIL FROM:*", *tail], GOOD)
    assert done.code == code, done
    assert not two.received


def test_no_next_host_in_doubt(pair):
    done, _, two, _ = pair([*SESSION[:-2], "FIN"], GOOD)
    assert done.code == 75 and "may have taken" in done.err, done
    assert not two.received


def test_all_hosts_begin_badly(pair):
    """The same from all is theirs; else it is one for a later try."""
    done, *_ = pair(["S: 554 one", "C$"], ["S: 554 two", "C$"])
    assert done.code == 69 or done.code == 76, done
    assert "554" in done.err and "127.0.0.1" not in done.out
    done, *_ = pair(["S: 554 one", "C$"], ["FIN"])
    assert done.code == EX_TEMPFAIL, done
    assert "no server of" in done.err


def test_next_host_after_a_failed_handshake(pair, pki):
    """TLS is as mandatory there as it was here."""
    tls = ["tls on", "tls_starttls off", "tls_trust_file " + pki.ca]
    done, one, two, _ = pair(["FIN"], GOOD[:1] + ["C: EHLO *", "FIN"], *tls,
                             "tls_host_override mail.example.test", pki=pki,
                             tls=True, first_tls={})
    assert b"EHLO" in two.received, done
    done, one, two, _ = pair(["FIN"], ["S: 220 in the clear", "C$"], *tls,
                             first_tls={})
    assert done.code == EX_TEMPFAIL or done.code == EX_UNAVAILABLE or \
        done.code == 76, done
    assert b"EHLO" not in two.received


def test_next_host_after_a_certificate_of_another(pair, pki, tmp_path):
    """The next one must prove itself, too."""
    other = Pki(str(tmp_path / "pki"))
    tls = ["tls on", "tls_starttls off", "tls_trust_file " + pki.ca,
           "tls_host_override mail.example.test"]
    done, one, two, _ = pair(["C$"], GOOD, *tls, pki=pki, tls=True,
                             first_tls={"pki": other, "tls": True})
    assert done.code == 0, done
    assert not one.received and b"MAIL" in two.received
    done, one, two, _ = pair(["C$"], ["C$"], *tls, pki=other, tls=True)
    assert done.code == EX_UNAVAILABLE, done
    assert not one.received and not two.received


def test_next_address_after_a_bad_begin(home, run, rcpt):
    """localhost is ::1 and 127.0.0.1."""
    with Scripted(["S: 421 not now", "C$"], at="::1",
                  port=free_port()) as one:
        with Scripted(GOOD, port=one.port) as two:
            home.rc(*local(one.port, "host localhost"))
            done = run(["--", rcpt], message(rcpt))
    assert done.code == 0 and b"MAIL" in two.received, done


# --- SOCKS --------------------------------------------------------------------

@pytest.fixture
def microsocks(in_one_piece):
    """microsocks(args...): Debian's, started; its port."""
    try:
        program = fetch.package("microsocks") + "/usr/bin/microsocks"
    except fetch.FetchError as e:
        pytest.fail(str(e))
    running = []

    def start(*args):
        port = free_port()
        running.append(subprocess.Popen(
            [program, "-i", "127.0.0.1", "-p", str(port), *args],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return port
            except ConnectionRefusedError:
                time.sleep(0.02)
        pytest.fail("microsocks does not start")
    yield start
    for process in running:
        process.kill()
        process.wait()


@pytest.mark.parametrize("door", ("submission", "submissions"))
def test_microsocks_to_postfix(postfix, home, run, rcpt, microsocks, door):
    port = microsocks()
    # an address: the proxy's machine need not know what localhost is
    home.rc(*account(postfix, "postfix", door, "logfile ~/log",
                     "host 127.0.0.1", "proxy_host 127.0.0.1", "proxy_port %d" % port))
    done = run(["--", rcpt], message(rcpt))
    assert done.code == 0, done
    assert postfix.wait("postfix", rcpt).original == message(rcpt)
    assert log_fields(home.read("log"))["host"] == "127.0.0.1"


def test_microsocks_with_a_password(postfix, home, run, rcpt, microsocks):
    port = microsocks("-u", "joe", "-P", "open sesame")
    lines = account(postfix, "postfix", "submission", "proxy_user joe",
                    "host 127.0.0.1", "proxy_host localhost", "proxy_port %d" % port)
    home.rc(*lines, "proxy_password open sesame")
    done = run(["-d", "--", rcpt], message(rcpt))
    assert done.code == 0, done
    assert "sesame" not in done.err + done.out
    postfix.wait("postfix", rcpt)
    home.rc(*lines, "proxy_password closed")
    done = run(["--", rcpt], message(rcpt))
    assert done.code == EX_TEMPFAIL and "closed" not in done.err, done
    assert "does not accept user name and password" in done.err
    home.rc(*[x for x in lines if not x.startswith("proxy_user")])
    done = run(["--", rcpt], message(rcpt))
    assert done.code == EX_TEMPFAIL and "proxy_user" in done.err, done
    home.rc(*lines)
    done = run(["--", rcpt], message(rcpt))
    assert done.code == EX_CONFIG and "proxy_password" in done.err, done
    assert postfix.arrived("postfix", rcpt) == 0


@pytest.mark.parametrize("host, lines", (("127.0.0.1", 1), ("localhost", 2)))
def test_nobody_is_there(home, run, rcpt, host, lines):
    """Said once; of a name, which of its addresses was tried."""
    home.rc(*local(free_port(), "host " + host))
    done = run(["--", rcpt], message(rcpt))
    assert done.code == EX_TEMPFAIL
    assert len(done.err.splitlines()) == lines, done
    assert done.err.count("127.0.0.1") == 1


def test_px_03_proxy_cannot_connect(home, run, rcpt, microsocks):
    """In the words that the proxy's code stands for, and for now only."""
    home.rc(*local(free_port(), "proxy_host 127.0.0.1",
                   "proxy_port %d" % microsocks()))
    done = run(["--", rcpt], message(rcpt))
    assert done.code == EX_TEMPFAIL, done
    assert "connection refused" in done.err.lower(), done


@pytest.mark.parametrize("answer, words", (
    (b"\5\2\0\1\0\0\0\0\0\0", "proxy's rules"),
    (b"\5\x63", "code 99"),
    (b"\5\0\0\3\xff", "closed the connection"),
    (b"\5\0\0\7\0\0\0\0\0\0", "SOCKS version 5"),
    (b"", "closed the connection"),
))
def test_px_01_px_03_proxy_answers(home, run, rcpt, answer, words):
    with Socks("127.0.0.1", 1, answer=answer) as proxy:
        home.rc(*local(25, "host mail.test", "proxy_host 127.0.0.1",
                       "proxy_port %d" % proxy.port))
        done = run(["--", rcpt], message(rcpt))
    assert done.code == EX_TEMPFAIL and words in done.err, done
    assert "mail.test" in done.err


@pytest.mark.parametrize("answer, words", (
    (r"\x05\xff", "wants a user name"),
    (r"HTTP/1.1 400 Bad Request\r\n\r\n", "SOCKS version 5"),
))
def test_px_01_px_03_no_socks_proxy(home, run, rcpt, answer, words):
    with Scripted(["S> " + answer, "C$"]) as proxy:
        home.rc(*local(25, "host mail.test", "proxy_host 127.0.0.1",
                       "proxy_port %d" % proxy.port))
        done = run(["--", rcpt], message(rcpt))
    assert done.code == EX_TEMPFAIL and words in done.err, done


def test_px_03_no_such_proxy(home, run, rcpt):
    home.rc(*local(25, "host mail.test", "proxy_host 127.0.0.1",
                   "proxy_port %d" % free_port()))
    done = run(["--", rcpt], message(rcpt))
    assert done.code == EX_TEMPFAIL and "proxy" in done.err, done


def test_px_01_dripping_proxy(home, run, rcpt):
    """Each octet is progress; the deadline holds all the same."""
    drip = []
    for octet in (5, 0, 5, 0, 0, 3, 255, *([97] * 255)):
        drip += ["S> \\x%02x" % octet, "~0.1"]
    with Scripted([drip]) as proxy:
        home.rc(*local(25, "host mail.test", "proxy_host 127.0.0.1",
                       "proxy_port %d" % proxy.port, "timeout 2"))
        begin = time.monotonic()
        done = run(["--", rcpt], message(rcpt))
        assert 1.9 < time.monotonic() - begin < 20, done
    assert done.code == EX_TEMPFAIL and "timed out" in done.err, done


def test_px_01_early_octets_are_the_servers(home, run, rcpt):
    """What comes in one piece with the proxy's answer is the greeting, and
    must be one."""
    for early, code in ((b"220 mail.test ESMTP\r\n", 0),
                        (b"250 ok\r\n", 76)):
        with Scripted(SESSION[1:]) as server, \
                Socks("127.0.0.1", server.port, early=early) as proxy:
            home.rc(*local(25, "host mail.test", "proxy_host 127.0.0.1",
                           "proxy_port %d" % proxy.port))
            done = run(["--", rcpt], message(rcpt))
        assert done.code == code, done
        assert proxy.asked == [("mail.test", 25)]


def test_px_01_early_octets_before_tls(home, run, rcpt, pki):
    """A greeting in the clear is no begin of TLS."""
    with Scripted(["C$"]) as server, Socks(
            "127.0.0.1", server.port, early=b"220 x ESMTP\r\n") as proxy:
        home.rc(*local(465, "host mail.example.test", "tls on",
                       "proxy_host 127.0.0.1", "proxy_port %d" % proxy.port,
                       "tls_trust_file " + pki.ca))
        done = run(["--", rcpt], message(rcpt))
    assert done.code == 76, done
    assert b"EHLO" not in server.received


def test_behind_a_proxy_is_not_loopback(home, run, rcpt):
    """No password in the clear, whatever the host is called."""
    with Scripted(["S: 220 x", "C: EHLO *", "S: 250-x", "S: 250 AUTH PLAIN",
                   "C$"]) as server, \
            Socks("127.0.0.1", server.port) as proxy:
        home.rc("host 127.0.0.1", "port 25", "auth on", "user joe",
                "proxy_host 127.0.0.1", "proxy_port %d" % proxy.port,
                "passwordeval echo sesame", "from alice@example.test")
        done = run(["--", rcpt], message(rcpt))
    assert done.code == EX_UNAVAILABLE and "TLS" in done.err, done
    assert b"AUTH" not in server.received
    assert proxy.asked == [("127.0.0.1", 25)]


@pytest.mark.parametrize("args, word", (
    (["--proxy-password=sesame"], "proxy_password"),
    (["--family=ipv5"], "family"),
    (["--source-ip=localhost"], "source_ip"),
    (["--proxy-port=0"], "proxy_port"),
    (["--total-timeout=0"], "total_timeout"),
))
def test_mistakes_on_the_command_line(run, rcpt, args, word):
    done = run(["--host=127.0.0.1", *args, "--", rcpt], message(rcpt))
    assert done.code == 64 and word in done.err, done
    assert "sesame" not in done.err


@pytest.mark.parametrize("option", (
    "--socket=/nosuch", "--proxy-host=127.0.0.1", "--source-ip=127.0.0.1",
    "--proxy-user=x", "--proxy-port=1"))
def test_in_20_sendmail_cannot_choose_the_way(home, run, rcpt, option):
    home.rc(*local(25))
    done = run([option, "--", rcpt], message(rcpt), argv0="sendmail")
    assert done.code == 64 and option.split("=")[0] in done.err, done


def test_empty_values_unset(home, run, rcpt):
    with Scripted(SESSION) as server:
        home.rc(*local(server.port, "socket /nosuch", "proxy_host nosuch",
                       "proxy_port 1", "proxy_user x", "source_ip ::1",
                       "family ipv6"))
        done = run(["--socket=", "--proxy-host=", "--proxy-port=",
                    "--proxy-user=", "--source-ip=", "--family=", "--", rcpt],
                   message(rcpt))
    assert done.code == 0, done


def test_cr_01_proxy_password_for_all_to_read(home, run, rcpt):
    home.file(".msmtprc", "host h\nproxy_password sesame\n", 0o644)
    done = run(["--", rcpt], message(rcpt))
    assert done.code == EX_CONFIG and "chmod 600" in done.err, done
    assert "sesame" not in done.err


# --- PX-02: nothing is looked up here ----------------------------------------

ASKS = re.compile(r"sin_port=htons\(53\)|/etc/(?:resolv\.conf|hosts|"
                  r"nsswitch\.conf|host\.conf)|libnss_|nscd")


def test_px_02_name_goes_to_the_proxy(home, traced, rcpt):
    """A name that exists nowhere arrives; the trace has no question."""
    with Scripted(SESSION) as server, \
            Socks("127.0.0.1", server.port) as proxy:
        home.rc(*local(25, "host B\u00fccher.nosuch.test",
                       "proxy_host 127.0.0.1", "proxy_port %d" % proxy.port))
        code, calls = traced(["--", rcpt], message(rcpt))
    assert code == 0 and proxy.asked == [("xn--bcher-kva.nosuch.test", 25)]
    ports = set(re.findall(r"connect\(.*sin6?_port=htons\((\d+)\)", calls))
    assert ports == {str(proxy.port)}
    assert not ASKS.search(calls), ASKS.search(calls)


def test_px_02_the_trace_would_show_it(home, traced, rcpt):
    """Without a proxy there is something to be seen."""
    home.rc(*local(25, "host nosuch.invalid"))
    code, calls = traced(["--", rcpt], message(rcpt))
    assert code in (EX_NOHOST, EX_TEMPFAIL)
    assert ASKS.search(calls)


# --- the limit over the whole ------------------------------------------------

def test_total_timeout(home, run, rcpt):
    """Each step is in time, all together are not."""
    slow = [x for line in SESSION[:-3] for x in (
        ("~0.7", line) if line.startswith("S") else (line,))]
    with Scripted(slow) as server:
        home.rc(*local(server.port, "timeout 60", "total_timeout 2"))
        begin = time.monotonic()
        done = run(["--", rcpt], message(rcpt))
        assert 1.9 < time.monotonic() - begin < 50, done
    assert done.code == EX_TEMPFAIL and "timed out" in done.err, done
    assert b"DATA" not in server.received


def test_total_timeout_over_several_sessions(home, run):
    """Each session is in time, the two of them are not."""
    def dialogue(greets_after):
        return ["~%s" % greets_after, "S: 220 x", "C: EHLO *", "S: 250-x",
                "S: 250 LIMITS RCPTMAX=1 MAILMAX=1", "C: MAIL *", "S: 250 ok",
                "C: RCPT *", "S: 250 ok", "C: DATA", "S: 354 go", "C.",
                "S: 250 taken", "C: QUIT"]
    with Scripted([dialogue(2), dialogue(3)]) as server:
        home.rc(*local(server.port, "timeout 60", "total_timeout 4"))
        done = run(["--json", "--", "a@b.test", "c@b.test"],
                   message("a@b.test"))
    assert done.code == EX_TEMPFAIL and "timed out" in done.out, done
    assert server.received.count(b"DATA") == 1


def test_total_timeout_of_the_password(home, run, rcpt):
    """The command counts, too; and a password too late is none at all."""
    with Scripted(["S: 220 x", "C: EHLO *", "S: 250-x", "S: 250 AUTH PLAIN",
                   "C$"]) as server:
        home.rc("host 127.0.0.1", "port %d" % server.port, "tls off",
                "auth on", "user joe", "passwordeval sleep 90; echo sesame",
                "from alice@example.test", "total_timeout 2")
        begin = time.monotonic()
        done = run(["--", rcpt], message(rcpt))
        assert 1.9 < time.monotonic() - begin < 60, done
    assert done.code == EX_TEMPFAIL, done
    assert b"AUTH" not in server.received


def test_total_timeout_after_the_dot(home, run, rcpt):
    """Then nobody knows, and that is what is said."""
    with Scripted(SESSION[:-2] + ["HANG"]) as server:
        home.rc(*local(server.port, "total_timeout 5"))
        done = run(["--", rcpt], message(rcpt))
    assert done.code == EX_TEMPFAIL and "may have taken" in done.err, done


# --- services ----------------------------------------------------------------

SERVICE = "_submissions._tcp.mail.example.test"


def server(pki, port, dialogue=SESSION, at="127.0.0.1", cert=None):
    cert = cert or (pki.cert, pki.key)
    return {"at": at, "port": port, "dialogue": dialogue, "tls": True,
            "cert": cert[0], "key": cert[1]}


def service(pki, *more):
    return ["host " + SERVICE, "auth off", "tls on",
            "tls_trust_file " + pki.ca, "from alice@example.test", *more]


def test_srv_by_priority(on_island, home, pki):
    """The first one refuses; the port comes from the DNS, TLS from the
    service's name."""
    home.rc(*service(pki, "port 1", "logfile ~/log"))
    done = on_island(
        {SERVICE: {"SRV": [[20, 1, 4650, "b.test"], [10, 1, 4651, "a.test"],
                           [30, 1, 4652, "c.test"]]},
         "a.test": {"A": ["127.0.0.1"]}, "b.test": {"A": ["127.0.0.2"]},
         "c.test": {"A": ["127.0.0.3"]}},
        [server(pki, 4650, at="127.0.0.2"), server(pki, 4652,
                                                   at="127.0.0.3")])
    assert done["code"] == 0, done
    assert done["received"][0] and not done["received"][1]
    assert done["asked"].index("a.test") < done["asked"].index("b.test")
    assert "c.test" not in done["asked"]
    assert log_fields(home.read("log"))["host"] == SERVICE


@pytest.fixture(scope="session")
def target_cert(pki):
    """One that proves the server's name, but not the domain of the service."""
    return pki.issue("target", "\n".join((
        'cn = "a.test"', 'dns_name = "a.test"', "tls_www_server",
        "signing_key", "expiration_days = 30")) + "\n")


@pytest.mark.parametrize("override, of_target, code", (
    ([], False, 0),
    ([], True, EX_UNAVAILABLE),
    (["tls_host_override a.test"], True, 0),
    (["tls_host_override a.test"], False, EX_UNAVAILABLE),
))
def test_tv_22_srv_target_is_no_identity(on_island, home, pki, target_cert,
                                         override, of_target, code):
    home.rc(*service(pki, *override))
    done = on_island(
        {SERVICE: {"SRV": [[0, 0, 465, "a.test"]]},
         "a.test": {"A": ["127.0.0.1"]}},
        [server(pki, 465, cert=target_cert if of_target else None)])
    assert done["code"] == code, done
    assert ("MAIL FROM" in done["received"][0]) == (code == 0)


def test_srv_submission_starts_tls_inside(on_island, home, pki):
    home.rc(*service(pki, "host _submission._tcp.mail.example.test"))
    starttls = ["S: 220 x", "C: EHLO *", "S: 250-x", "S: 250 STARTTLS",
                "C: STARTTLS", "S: 220 go", "TLS", *SESSION[1:]]
    done = on_island(
        {"_submission._tcp.mail.example.test":
         {"SRV": [[0, 0, 587, "a.test"]]}, "a.test": {"A": ["127.0.0.1"]}},
        [dict(server(pki, 587, starttls), tls=False)])
    assert done["code"] == 0 and done["failures"] == [None], done


def test_srv_one_service_after_the_other(on_island, home, pki):
    """RFC 6186 3.1: submission, where there is no submissions."""
    home.rc(*service(
        pki, "host %s, _submission._tcp.mail.example.test" % SERVICE))
    starttls = ["S: 220 x", "C: EHLO *", "S: 250-x", "S: 250 STARTTLS",
                "C: STARTTLS", "S: 220 go", "TLS", *SESSION[1:]]
    done = on_island(
        {SERVICE: {"SRV": [[0, 0, 0, "."]]},
         "_submission._tcp.mail.example.test":
         {"SRV": [[0, 0, 587, "a.test"]]}, "a.test": {"A": ["127.0.0.1"]}},
        [dict(server(pki, 587, starttls), tls=False)])
    assert done["code"] == 0 and done["failures"] == [None], done


@pytest.mark.parametrize("dns, code, word", (
    ({}, EX_NOHOST, SERVICE),
    ({SERVICE: {"A": ["127.0.0.1"]}}, EX_NOHOST, SERVICE),
    ({SERVICE: {"SRV": [[0, 0, 0, "."]]}}, EX_NOHOST, "not offered"),
    ({SERVICE: "servfail"}, EX_TEMPFAIL, SERVICE),
    ({SERVICE: "silent"}, EX_TEMPFAIL, "timed out"),
    ({SERVICE: {"SRV": [[0, 0, 465, "a.test"]]}}, EX_NOHOST, "a.test"),
    ({SERVICE: {"SRV": [[0, 0, 465, "a.test"]]}, "a.test": "silent"},
     EX_TEMPFAIL, "timed out"),
    ({SERVICE: {"SRV": [[0, 0, 465, "127.0.0.1"]]}}, EX_NOHOST, SERVICE),
))
def test_px_04_srv_that_leads_nowhere(on_island, home, pki, dns, code, word):
    home.rc(*service(pki, "timeout %d" % (3 if "silent" in str(dns) else 30)))
    begin = time.monotonic()
    done = on_island(dns)
    assert done["code"] == code and word in done["err"], done
    assert time.monotonic() - begin < 90


def test_px_02_srv_is_not_looked_up_for_a_proxy(on_island, home, pki):
    home.rc(*service(pki, "proxy_host 127.0.0.1"))
    done = on_island({SERVICE: {"SRV": [[0, 0, 465, "a.test"]]}})
    assert done["code"] == EX_CONFIG and "proxy" in done["err"], done
    assert done["asked"] == []


@pytest.mark.parametrize("proxy, code", (
    ("gone.test", EX_TEMPFAIL), ("broken.test", EX_TEMPFAIL),
    ("silent.test", EX_TEMPFAIL), ("no name", EX_CONFIG)))
def test_px_03_proxy_is_not_in_the_dns(on_island, home, pki, proxy, code):
    """That there is no proxy does not mean that there is no server."""
    home.rc(*service(pki, "host mail.example.test", "proxy_host " + proxy,
                     "timeout 2"))
    done = on_island({"broken.test": "servfail", "silent.test": "silent",
                      "mail.example.test": {"A": ["127.0.0.1"]}})
    assert done["code"] == code and proxy in done["err"], done
    assert "mail.example.test" not in done["asked"]


def test_several_hosts_in_the_dns(on_island, home, pki):
    """One that does not exist, one that nobody can look up, one that is
    there: each gets its share of the time."""
    home.rc(*service(pki, "host gone.test, slow.test, mail.example.test",
                     "port 465", "timeout 10"))
    done = on_island(
        {"slow.test": "silent", "mail.example.test": {"A": ["127.0.0.1"]}},
        [server(pki, 465)])
    assert done["code"] == 0, done


@pytest.mark.parametrize("scope,more,code", (
    ("%lo", [], 0), ("%1", [], 0), ("", [], EX_TEMPFAIL),
    ("%lo", ["source_ip fe80::5%lo"], 0), ("", ["source_ip fe80::5%lo"], 0)))
def test_scoped_address(on_island, home, scope, more, code):
    """What is of one link alone is found where the link is named, here or by
    the address we come from."""
    home.rc(*local(25, "host fe80::5" + scope, *more))
    done = on_island({}, [{"at": "::", "port": 25, "dialogue": SESSION}],
                     addresses=["fe80::5"])
    assert done["code"] == code, done
    assert (b"DATA" in bytes(done["received"][0], "latin-1")) == (not code)
    assert ("fe80::5%eth0" in done["err"]) == bool(code), done


def test_addresses_of_both_families(on_island, home, pki):
    home.rc(*service(pki, "host mail.example.test", "port 465"))
    dns = {"mail.example.test": {"A": ["127.0.0.1"], "AAAA": ["::1"]}}
    done = on_island(dns, [server(pki, 465, at="::1"), server(pki, 465)])
    assert done["code"] == 0, done
    done = on_island(dns, [server(pki, 465, at="::1"), server(pki, 465)],
                     ["-4"])
    assert done["code"] == 0 and not done["received"][0], done
    assert done["received"][1]
