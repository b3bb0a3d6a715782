# SPDX-License-Identifier: ISC
"""An account that says nothing about TLS: where it is required, where it is
used when offered, and where a password may go in clear (ST-05, SA-01).

192.0.2.1 is an address of the test's own network that is not loopback."""
import pytest

AWAY, HERE = "192.0.2.1", "127.0.0.1"
PORT = 2525
EX_UNAVAILABLE = 69

TAKE = ["C: MAIL FROM:<alice@example.test>*", "S: 250 ok", "C: RCPT TO:*",
        "S: 250 ok", "C: DATA", "S: 354 go", "C.", "S: 250 taken", "C$"]
AUTH = ["C: AUTH PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=", "S: 235 welcome"]


def clear(offer):
    return ["S: 220 x", "C: EHLO *", "S> 250-x\\r\\n250 %s\\r\\n" % offer]


START = clear("STARTTLS") + ["C: STARTTLS", "S: 220 go", "TLS", "C: EHLO *"]
PLAIN, NONE = ["S> 250-x\\r\\n250 AUTH PLAIN\\r\\n"], ["S: 250 x"]


@pytest.fixture
def send(home, on_island, pki, tmp_path):
    """send(where, dialogue, *lines) -> (result, what the server got, whether
    the password was asked for)"""
    asked = tmp_path / "asked"

    def send(where, dialogue, *lines):
        home.rc("account default", "host " + where, "port %d" % PORT,
                "from alice@example.test", "logfile ~/log",
                "tls_host_override localhost", "user alice",
                "passwordeval touch %s; echo wonderland" % asked, *lines)
        done = on_island(
            {}, [{"at": where, "port": PORT, "dialogue": dialogue,
                  "cert": pki.cert, "key": pki.key}], addresses=[AWAY])
        return done, done["received"][0], asked.exists()
    return send


def test_st_05_no_password_in_clear_to_another_machine(send):
    done, got, asked = send(AWAY, clear("AUTH PLAIN") + ["C$"], "auth on")
    assert done["code"] == EX_UNAVAILABLE, done
    assert "STARTTLS" in done["err"]
    assert "AUTH" not in got and "MAIL" not in got and not asked


def test_password_in_clear_where_the_account_says_tls_off(send):
    done, got, asked = send(AWAY, clear("AUTH PLAIN") + AUTH + TAKE,
                            "auth plain", "tls off")
    assert done["code"] == 0 and asked, done


def test_tv_40_no_password_to_whoever_it_is(send):
    """Nor to a server that nobody checked, however encrypted."""
    tls = clear("STARTTLS") + ["C: STARTTLS", "S: 220 go", "TLS", "C: EHLO *",
                               "S> 250-x\\r\\n250 AUTH PLAIN LOGIN\\r\\n"]
    done, got, asked = send(AWAY, tls + ["C$"], "auth on", "tls on",
                            "tls_certcheck off")
    assert done["code"] == 69 and not asked, done
    assert "name the method" in done["err"]
    done, got, asked = send(AWAY, tls + AUTH + TAKE, "auth plain", "tls on",
                            "tls_certcheck off")
    assert done["code"] == 0 and asked, done


def test_sa_01_no_password_in_clear_by_a_method_that_nobody_named(send):
    """Section 6, row 50: auth on asks for a safe one."""
    done, got, asked = send(AWAY, clear("AUTH PLAIN LOGIN") + ["C$"],
                            "auth on", "tls off")
    assert done["code"] == 78 and not asked, done
    assert ".msmtprc: line 10: " in done["err"]
    assert "AUTH" not in got and "MAIL" not in got


def test_password_in_clear_on_loopback(send):
    done, got, asked = send(HERE, clear("AUTH PLAIN") + AUTH + TAKE, "auth on")
    assert done["code"] == 0 and asked, done


def test_password_behind_a_verified_certificate(send, pki):
    done, got, asked = send(AWAY, START + PLAIN + AUTH + TAKE, "auth on",
                            "tls_trust_file " + pki.ca)
    assert done["code"] == 0 and asked, done
    assert done["failures"] == [None]


def test_no_password_behind_an_unknown_certificate(send):
    done, got, asked = send(AWAY, START + PLAIN + ["C$"], "auth on")
    assert done["code"] == EX_UNAVAILABLE and not asked, done
    assert "certificate" in done["err"]
    assert "AUTH" not in got and "MAIL" not in got


def test_mail_in_clear_where_nothing_is_secret(send):
    done, got, asked = send(AWAY, clear("SIZE") + TAKE, "auth off")
    assert done["code"] == 0 and not asked, done


def test_mail_over_tls_where_it_is_offered(send, home):
    """A certificate that does not verify is logged, not fatal."""
    done, got, asked = send(AWAY, START + NONE + TAKE, "auth off")
    assert done["code"] == 0 and done["err"] == "", done
    assert done["failures"] == [None]
    log = home.read("log")
    assert "tls=on" in log and "exitcode=EX_OK" in log
    assert "warning" in log and "certificate" in log


def test_tls_on_means_verified_without_a_password_too(send):
    done, got, asked = send(AWAY, START + NONE + ["C$"], "auth off", "tls on")
    assert done["code"] == EX_UNAVAILABLE, done
    assert "MAIL" not in got
