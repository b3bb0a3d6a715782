# SPDX-License-Identifier: ISC
"""Files and proxies that are not what they should be, row by row (PX)."""
import pytest

from servers.catch import Catch
from servers.relay import Socks
from support import local, message

BOB = "bob@example.test"
HELLO = ["AUTH PLAIN LOGIN"]


@pytest.fixture
def netrc(home, run):
    """netrc(octets): how the program ends when that is its ~/.netrc, and what
    the server heard."""
    def netrc(octets):
        home.file(".netrc", octets)
        with Catch(HELLO, answers={"AUTH": "235 ok"}) as server:
            home.rc("account default", "host 127.0.0.1", "tls off",
                    "port %d" % server.port, "from alice@example.test",
                    "auth plain", "user joe")
            done = run(["--", BOB], message(BOB))
        return done, b"".join(server.commands)
    return netrc


GOOD = b"machine 127.0.0.1 login joe password sesame\n"


@pytest.mark.parametrize("octets", (
    GOOD, GOOD.rstrip(), GOOD.replace(b" ", b"\n\t"),
    b"macdef x\necho y\n\n" + GOOD, GOOD + GOOD,
    b"machine other login joe password other\n" + GOOD,
    GOOD.replace(b"\n", b"\r\n"),
    b'machine 127.0.0.1 login "joe" password "sesame"\n'), ids=range(8))
def test_px_05_netrc(netrc, octets):
    import base64
    done, heard = netrc(octets)
    assert done.code == 0, done
    assert base64.b64encode(b"\0joe\0sesame") in heard


@pytest.mark.parametrize("octets", (
    b"", b"machine", b"machine 127.0.0.1", b"machine 127.0.0.1 login joe",
    b"machine 127.0.0.1 login other password sesame\n",
    b"machine 127.0.0.10 login joe password sesame\n",
    b"default login joe password sesame\n",
    b'machine 127.0.0.1 login joe password "sesame\n',
    b"macdef x\n" + GOOD, b"machine 127.0.0.1 login joe password\n",
    b"machine 127.0.0.1 login joe password se\0same\n",
    b"machine " + b"x" * 10240 + b" login joe password sesame\n",
    b"x" * (2 << 20)), ids=range(13))
def test_px_05_netrc_that_does_not_know(netrc, octets):
    """Never another's password, never half of one, never a crash."""
    done, heard = netrc(octets)
    assert done.code in (69, 78), done
    assert b"AUTH" not in heard
    assert "sesame" not in done.err


@pytest.mark.parametrize("octets, words", (
    (b"host 127.0.0.1\nport 65536\n", "line 2"),
    (b"host 127.0.0.1\ntimeout -1\n", "line 2"),
    (b"host 127.0.0.1\ntimeout 99999999999999999999\n", "line 2"),
    (b"host 127.0.0.1\nport 2\0 5\n", ""),
    (b"host 127.0.0.1\ntls_fingerprint 00:11\n", "tls_fingerprint"),
    (b"account a\nhost x\naccount a\nhost y\n", "line 3"),
    (b"host 127.0.0.1\naccount default : nosuch\n", "line 2"),
    (b"host 127.0.0.1\nfrom " + b"x" * (2 << 20) + b"\n", ".msmtprc"),
    (b"tls_certchek off\nhost 127.0.0.1\n", "line 1")), ids=range(9))
def test_px_06_configuration(home, run, octets, words):
    """A mistake is named by its line; nothing is passed over."""
    home.file(".msmtprc", b"from alice@example.test\n" + octets)
    done = run(["--", BOB], message(BOB))
    assert done.code == 78, done
    if words.startswith("line"):
        words = "line %d" % (int(words[5:]) + 1)
    assert words in done.err, done


@pytest.mark.parametrize("octets", (
    b"\xef\xbb\xbf%s", b"%s", b"# comment\n\n%s\n  \n"))
def test_px_06_forms_that_are_fine(home, run, octets):
    with Catch() as server:
        text = "\n".join(local(server.port)).encode()
        home.file(".msmtprc", (octets % text).replace(b"\n", b"\r\n"))
        done = run(["--", BOB], message(BOB))
        assert done.code == 0, done
        home.file(".msmtprc", octets % text)
        assert run(["--", BOB], message(BOB)).code == 0
    assert len(server.mails) == 2


@pytest.mark.parametrize("length, code", ((63, 0), (250, 0), (255, 78),
                                          (256, 78), (1000, 78), (70000, 78)))
def test_px_01_long_names(home, run, length, code):
    """A name goes to the proxy whole, or not at all (CVE-2023-38545)."""
    name = ".".join(["a" * 49] * 30)[:length]
    if length == 63:
        name = "a" * 63
    if length == 70000:
        name = "a." * 35000
    with Catch() as server, Socks("127.0.0.1", server.port) as proxy:
        home.rc(*local(25, "host " + name.rstrip("."),
                       "proxy_host 127.0.0.1",
                       "proxy_port %d" % proxy.port))
        done = run(["--", BOB], message(BOB))
    assert done.code == code, done
    assert [n for n, _ in proxy.asked] == ([name.rstrip(".")]
                                           if code == 0 else [])


@pytest.mark.parametrize("user, password, code", (
    ("u" * 255, "p" * 255, 0), ("u" * 256, "p", 78), ("u", "p" * 256, 78)))
def test_px_01_long_user_and_password(home, run, user, password, code):
    with Catch() as server, Socks("127.0.0.1", server.port, user=user,
                                  password=password) as proxy:
        home.rc(*local(25, "host mail.test", "proxy_host 127.0.0.1",
                       "proxy_port %d" % proxy.port, "proxy_user " + user,
                       "proxy_password " + password))
        done = run(["--", BOB], message(BOB))
    assert done.code == code, done
    assert "ppp" not in done.err


ANSWER = b"\5\0\0\3\x0aabcdefghij\0\x19"


@pytest.mark.parametrize("octets", (
    *(ANSWER[:n] for n in range(len(ANSWER))),
    *(b"\5" + bytes([code]) + b"\0\1\0\0\0\0\0\0"
      for code in (1, 2, 3, 4, 5, 6, 7, 8, 9, 255)),
    b"\4\0\0\1\0\0\0\0\0\0", b"\5\0\0\0\0\0\0\0\0\0", b"\5\0\0\7\0\0\0\0\0\0",
), ids=range(len(ANSWER) + 13))
def test_px_01_px_03_answers(home, run, octets):
    """Cut at each octet, each code, what is no version and no address: a
    failure of the proxy, for now."""
    with Socks("127.0.0.1", 1, answer=octets) as proxy:
        home.rc(*local(25, "host mail.test", "proxy_host 127.0.0.1",
                       "proxy_port %d" % proxy.port))
        done = run(["--", BOB], message(BOB))
    assert done.code == 75, done


@pytest.mark.parametrize("answer", (
    b"\5\0\0\1\0\0\0\0\0\0", b"\5\0\0\3\0\0\0", b"\5\0\0\3\xff" +
    b"a" * 255 + b"\0\0", b"\5\0\0\4" + b"\0" * 18))
def test_px_01_addresses_in_answers(home, run, answer):
    """IPv4, no name, the longest name, IPv6: all mean yes."""
    with Catch() as server:
        class Yes(Socks):
            def _greet(self, client):
                if not super()._greet(client):
                    client.sendall(answer)
                return True
        with Yes("127.0.0.1", server.port, answer=b"") as proxy:
            home.rc(*local(25, "host mail.test", "proxy_host 127.0.0.1",
                           "proxy_port %d" % proxy.port))
            done = run(["--", BOB], message(BOB))
    assert done.code == 0 and len(server.mails) == 1, done
