# SPDX-License-Identifier: ISC
"""--configure: SRV records, a look at the servers, an account."""
import re

import pytest

EX_USAGE, EX_DATAERR, EX_NOHOST = 64, 65, 68
EX_UNAVAILABLE, EX_TEMPFAIL = 69, 75
ADDRESS = "joe@mail.example.test"  # the certificate is for mail.example.test
SUBMISSIONS = "_submissions._tcp.mail.example.test"
SUBMISSION = "_submission._tcp.mail.example.test"
HERE = {"A": ["127.0.0.1"]}
OFFER = ["S: 250-x", "S: 250-AUTH PLAIN LOGIN", "S: 250 8BITMIME"]


def implicit(pki, port=465):
    return {"at": "127.0.0.1", "port": port, "tls": True, "cert": pki.cert,
            "key": pki.key, "dialogue": ["S: 220 x", "C: EHLO *", *OFFER, "C$"]}


def starttls(pki, port=587):
    return {"at": "127.0.0.1", "port": port, "cert": pki.cert, "key": pki.key,
            "dialogue": ["S: 220 x", "C: EHLO *", "S: 250-x",
                         "S: 250 STARTTLS", "C: STARTTLS", "S: 220 go", "TLS",
                         "C: EHLO *", *OFFER, "C$"]}


def srv(*records):
    return {"SRV": [[prio, weight, port, host]
                    for prio, weight, port, host in records]}


@pytest.fixture
def configure(on_island, pki):
    def configure(dns, servers=(), args=(), address=ADDRESS, trust=True):
        trusted = ["--tls-trust-file=" + pki.ca] if trust else []
        return on_island(
            dns, servers, ["--configure=" + address, *trusted, *args], (), ())
    return configure


def block(answer):
    return dict(line.split(" ", 1) for line in answer["out"].splitlines()
                if not line.startswith("#"))


def test_submissions_first(configure, pki):
    answer = configure(
        {SUBMISSION: srv((0, 1, 587, "mail.example.test")),
         SUBMISSIONS: srv((0, 1, 465, "mail.example.test")),
         "mail.example.test": HERE}, [implicit(pki)])
    assert answer["code"] == 0 and not answer["err"], answer
    told = block(answer)
    assert told.pop("tls_trust_file") == pki.ca
    assert told == {
        "account": ADDRESS, "host": "mail.example.test", "port": "465",
        "tls": "on", "tls_starttls": "off", "auth": "on", "user": ADDRESS,
        "from": ADDRESS, "queue": "on-failure"}
    assert "#   the certificate is verified\n#   PLAIN: would be used\n" in \
        answer["out"]
    assert "warning" not in answer["out"]
    # nothing but a look
    assert "AUTH" not in answer["received"][0]


def test_block_is_what_the_file_takes(configure, pki, home, run):
    answer = configure({SUBMISSIONS: srv((0, 1, 465, "mail.example.test")),
                        "mail.example.test": HERE}, [implicit(pki)],
                       ["--set-from-header=on", "--source-ip=127.0.0.1",
                        "--auth=login", "--user=jo", "--port=1"],
                       "jo#e@mail.example.test")
    assert answer["code"] == 0, answer
    home.file(".msmtprc", answer["out"])
    done = run(["-P", "-a", "mail.example.test"])
    assert done.code == 0, (done, answer["out"])
    for line in ("host = mail.example.test", "port = 465",
                 "set_from_header = on", "source ip = 127.0.0.1",
                 "user = jo", "auth = LOGIN",
                 "from = jo#e@mail.example.test"):
        assert line + "\n" in done.out, done


def test_starttls_where_there_is_no_other(configure, pki):
    answer = configure(
        {SUBMISSIONS: srv((0, 0, 0, ".")),
         SUBMISSION: srv((0, 1, 587, "mail.example.test")),
         "mail.example.test": HERE}, [starttls(pki)])
    assert answer["code"] == 0 and not answer["failures"][0], answer
    assert block(answer)["port"] == "587"
    assert block(answer)["tls_starttls"] == "on"


def test_next_server(configure, pki):
    """By priority; one that is down and one of somebody else are passed."""
    answer = configure(
        {SUBMISSIONS: srv((3, 1, 465, "mail.example.test"),
                          (1, 1, 466, "mail.example.test"),
                          (2, 1, 467, "other.mail.example.test")),
         "mail.example.test": HERE, "other.mail.example.test": HERE},
        [implicit(pki), implicit(pki, 467)])
    assert answer["code"] == 0, answer
    assert block(answer)["port"] == "465"
    assert re.findall(r"(?m)^# [\w.]+, port (\d+): ", answer["out"]) == [
        "466", "467", "465"]
    assert "is for another host" in answer["out"]


@pytest.mark.parametrize("host, is_within", (
    ("mail.example.test", True), ("a.mail.example.test", True),
    ("MAIL.EXAMPLE.TEST", True), ("example.test", False),
    ("xmail.example.test", False), ("other.test", False)))
def test_other_domain_is_warned_of(configure, host, is_within):
    answer = configure({SUBMISSIONS: srv((0, 1, 465, host)),
                        host.lower(): HERE})
    assert ("does not match the mail domain" in answer["out"]) != is_within
    # nobody is there: the account is printed, the exit code tells
    assert answer["code"] == EX_TEMPFAIL and "refused" in answer["err"], answer
    assert block(answer)["host"].lower() == host.lower()


def test_certificate_that_is_not_verified(configure, pki):
    answer = configure(
        {SUBMISSIONS: srv((0, 1, 465, "mail.example.test")),
         "mail.example.test": HERE}, [implicit(pki)],
        ["--tls-trust-file=" + pki.other_ca], trust=False)
    assert answer["code"] == EX_UNAVAILABLE, answer
    assert "nobody you trust" in answer["err"]
    assert "certificate is verified" not in answer["out"]


@pytest.mark.parametrize("dns, code, word", (
    ({}, EX_NOHOST, "no SRV records for %s or %s" % (SUBMISSIONS, SUBMISSION)),
    ({SUBMISSIONS: srv((0, 0, 0, "."))}, EX_NOHOST, "no SRV records"),
    ({SUBMISSIONS: {}, SUBMISSION: {}}, EX_NOHOST, "--serverinfo"),
    ({SUBMISSIONS: "servfail"}, EX_TEMPFAIL, "cannot look up"),
))
def test_no_records(configure, dns, code, word):
    answer = configure(dns)
    assert answer["code"] == code and word in answer["err"], answer
    assert not answer["out"]


def test_one_question_may_fail(configure, pki):
    answer = configure({SUBMISSIONS: "servfail",
                        SUBMISSION: srv((0, 1, 587, "mail.example.test")),
                        "mail.example.test": HERE}, [starttls(pki)])
    assert answer["code"] == 0, answer


def test_idn(configure):
    answer = configure({}, address="jo@müller.test")
    assert answer["code"] == EX_NOHOST
    assert "_submissions._tcp.xn--mller-kva.test" in answer["asked"]


@pytest.mark.parametrize("address", (
    "joe", "joe@", "@x.test", "joe@[192.0.2.1]", "a b@x.test", "joe@x..test",
    '"j d"@x.test', "joe@x.test\nhost evil.test"))
def test_no_address(run, address):
    done = run(["--configure=" + address])
    assert done.code == EX_DATAERR and not done.out, done


def test_no_file_is_read(configure, home):
    home.rc("nonsense")
    assert configure({})["code"] == EX_NOHOST


def test_command_line(run):
    assert run(["--configure=a@b.test", "operand"]).code == EX_USAGE
    assert run(["--configure"]).code == EX_USAGE
    done = run(["--configure=a@b.test"], b"", "sendmail")
    assert done.code == EX_USAGE and not done.out, done
