# SPDX-License-Identifier: ISC
"""Each way to log in, at a real Dovecot; and what refusals are said to mean."""
import base64
import hashlib
import hmac
import json
import os
import subprocess
import time

import pytest

from servers import LabError
from servers.dovecot import SIGNING_KEY
from servers.login import REALM, kerberos
from servers.scripted import Scripted
from support import account, local, message

CLIENT = """\
cn = "alice@example.test"
tls_www_client
signing_key
expiration_days = 30
"""


def token(user="alice@example.test", expires=600, filler=0, key=SIGNING_KEY):
    def coded(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")
    head = {"alg": "HS256", "typ": "JWT", "kid": "default"}
    body = {"sub": user, "exp": int(time.time()) + expires,
            "iat": int(time.time()), "filler": "x" * filler}
    text = b".".join(coded(json.dumps(x).encode()) for x in (head, body))
    return (text + b"." + coded(hmac.new(key, text, hashlib.sha256).digest())
            ).decode()


@pytest.fixture
def enter(login, lab, home, run, rcpt):
    """enter(mechanism, lines...): logs in and sends."""
    def enter(auth, *lines, door="submission", expect=0, env=None, **words):
        home.rc(*account(login, "login", door, *lines, auth=auth, **words))
        done = run(["--debug", "--", rcpt], message(rcpt), env=env)
        assert done.code == expect, done
        if expect == 0:
            assert "235 " in done.err
            lab.wait("dovecot", rcpt)
        else:
            assert lab.arrived("dovecot", rcpt) == 0
        return done
    return enter


@pytest.mark.parametrize("door", ("submission", "submissions"))
@pytest.mark.parametrize("auth", (
    "plain", "login", "cram-md5", "digest-md5", "scram-sha-1",
    "scram-sha-256", "scram"))
def test_password(enter, auth, door):
    done = enter(auth, door=door)
    wanted = "SCRAM-SHA-256" if auth == "scram" else auth.upper()
    assert "*** %s\n" % wanted in done.err
    assert "wonderland" not in done.err


@pytest.mark.parametrize("auth", (
    "plain", "login", "cram-md5", "digest-md5", "scram-sha-1", "scram-sha-256",
    "oauthbearer", "xoauth2"))
def test_at_postfix(postfix, home, run, rcpt, auth):
    """Which asks Dovecot."""
    home.file("secret", token() if "auth" in auth else "wonderland")
    for door in ("submission", "submissions"):
        home.rc(*account(postfix, "postfix", door, "password_file ~/secret",
                         auth=auth, password=""))
        done = run(["--", rcpt], message(rcpt))
        assert done.code == 0, done
        postfix.wait("postfix", rcpt)
    home.file("secret", "wrong")
    assert run(["--", rcpt], message(rcpt)).code == 77
    assert postfix.arrived("postfix", rcpt) == 0


def test_ntlm(exim, home, run, rcpt):
    """Dovecot has given it up."""
    for door in ("submission", "submissions"):
        home.rc(*account(exim, "exim", door, auth="ntlm"))
        assert run(["--", rcpt], message(rcpt)).code == 0
        exim.wait("exim", rcpt)
    home.rc(*account(exim, "exim", "submission", auth="ntlm",
                     password="wrong"))
    assert run(["--", rcpt], message(rcpt)).code == 77


@pytest.mark.parametrize("auth", (
    "plain", "login", "cram-md5", "digest-md5", "scram-sha-256"))
def test_wrong_password(enter, auth):
    enter(auth, password="wunderland", expect=77)


@pytest.mark.parametrize("door", ("submission", "submissions"))
@pytest.mark.parametrize("auth", ("oauthbearer", "xoauth2"))
@pytest.mark.parametrize("filler", (0, 1000, 4000))
def test_token(enter, home, auth, door, filler):
    """A long one does not stand on the AUTH line."""
    text = token(filler=filler)
    home.file("token", text)
    done = enter(auth, "password_file ~/token", door=door, password="")
    assert text[:60] not in done.err
    if filler:
        assert "\n--> AUTH %s\n" % auth.upper() in done.err


@pytest.mark.parametrize("auth", ("oauthbearer", "xoauth2"))
@pytest.mark.parametrize("wrong", ("expired", "foreign", "nonsense"))
def test_sa_15_token_refused(enter, home, auth, wrong):
    """SA-15: the server's reason is answered, decoded and shown."""
    home.file("token", {"expired": token(expires=-60),
                        "foreign": token(key=b"another key" * 4),
                        "nonsense": "nonsense"}[wrong])
    done = enter(auth, "password_file ~/token", password="", expect=77)
    assert '"status":"' in done.err, done
    assert "get a fresh one" in done.err


@pytest.mark.parametrize("text", ("a b", "a\x01b", "gr\u00fcn"))
def test_sa_15_no_token(enter, home, text):
    home.file("token", text)
    done = enter("xoauth2", "password_file ~/token", password="", expect=78)
    assert "no OAuth access token" in done.err


def test_external(enter, login):
    cert, key = login.pki.issue("client", CLIENT)
    lines = ["tls_cert_file " + cert, "tls_key_file " + key]
    for user in ("user alice@example.test", "user"):
        enter("external", *lines, user, password="")


def test_sa_16_external_without_certificate(enter):
    """SA-16."""
    done = enter("external", password="", expect=78)
    assert "needs a client certificate" in done.err and ".msmtprc" in done.err


def test_sa_03_named_only(enter):
    """What is weak is not chosen by itself."""
    done = enter("on")
    assert "*** SCRAM-SHA-256\n" in done.err


# --- a token -----------------------------------------------------------------------

PIN = "4711-pin"


@pytest.fixture(scope="module")
def token_key(pki_of_login, tmp_path_factory):
    """A SoftHSM token that holds alice's key and certificate: what the
    environment must say, and their URLs."""
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    conf = folder / "softhsm2.conf"
    conf.write_text("directories.tokendir = %s/tokens\n"
                    "objectstore.backend = file\nlog.level = ERROR\n" % folder)
    env = dict(os.environ, SOFTHSM2_CONF=str(conf))
    cert, key = pki_of_login.issue("token", CLIENT)

    def tool(*command):
        subprocess.run(command, env=env, check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    tool("softhsm2-util", "--init-token", "--free", "--label", "work",
         "--pin", PIN, "--so-pin", "so-" + PIN)
    common = ["p11tool", "--batch", "--login", "--set-pin=" + PIN, "--write",
              "--label=mail", "--id=01"]
    tool(*common, "--load-privkey", key, "--mark-private", "pkcs11:token=work")
    tool(*common, "--load-certificate", cert, "--no-mark-private",
         "pkcs11:token=work")
    return ({"SOFTHSM2_CONF": str(conf)}, "pkcs11:token=work;object=mail",
            cert, str(folder))


@pytest.fixture(scope="module")
def pki_of_login(started_login):
    if isinstance(started_login, LabError):
        pytest.fail("the servers do not start: %s" % started_login)
    return started_login.pki


def in_token(url):
    return ["tls_cert_file %s;type=cert" % url,
            "tls_key_file %s;type=private" % url]


@pytest.mark.parametrize("door", ("submission", "submissions"))
def test_token_key(enter, token_key, home, door):
    """EXTERNAL with a key that never leaves its token."""
    env, url, cert, _ = token_key
    home.file("pin", PIN + "\n")
    done = enter("external", *in_token(url), "user", "password_file ~/pin",
                 password="", env=env, door=door)
    assert PIN not in done.err
    # the certificate may lie in a file
    enter("external", "tls_cert_file " + cert, in_token(url)[1], "user",
          "password_file ~/pin", password="", env=env, door=door)


def test_token_pin_beside_a_password(enter, token_key):
    """The URL says where the PIN is, for the sources say the password."""
    env, url, _, folder = token_key
    with open(folder + "/pin", "w") as f:
        f.write(PIN)
    cert, key = in_token(url)
    enter("plain", cert, key + "?pin-source=%s/pin" % folder, env=env)


def test_token_refusals(enter, token_key, home):
    env, url, cert, _ = token_key
    home.file("pin", "0000\n")
    lines = [*in_token(url), "user", "password_file ~/pin"]
    done = enter("external", *lines, password="", env=env, expect=78)
    assert "PIN is wrong" in done.err
    done = enter("external", *in_token(url), "user", password="", env=env,
                 expect=69)
    assert "no password" in done.err or "no PIN" in done.err
    home.file("pin", PIN + "\n")
    done = enter("external", *in_token("pkcs11:token=none;object=mail"),
                 "user", "password_file ~/pin", password="", env=env,
                 expect=78)
    assert "p11tool" in done.err
    done = enter("external", in_token(url)[0], "tls_key_file " + cert, "user",
                 password="", env=env, expect=78)
    assert "tls_cert_file" in done.err


# --- Kerberos -----------------------------------------------------------------------

@pytest.fixture
def ticket(login, home):
    """The environment of somebody with a ticket."""
    from servers.common import Place
    folder = login.path()
    inner = folder[folder.rindex("/lab/"):]
    root = folder[:folder.rindex("/lab/")]
    place = Place(root, folder, inner, ["chroot", root])
    done = subprocess.run(
        [*place.enter, *kerberos(place), "/usr/bin/kinit", "-k", "-t",
         place.into("krb5", "alice.keytab"), "-c", place.into("cc"),
         "alice@" + REALM], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    return {"KRB5_CONFIG": place.out("krb5", "krb5.conf"),
            "KRB5CCNAME": place.out("cc")}


def test_gssapi(enter, ticket):
    enter("gssapi", "user", password="", env=ticket)
    enter("gssapi", user="alice", password="", env=ticket)


def test_gssapi_without_ticket(enter, ticket, home):
    done = enter("gssapi", "user", password="", expect=75,
                 env=dict(ticket, KRB5CCNAME=home.path + "/none"))
    assert "kinit" in done.err


# --- what a server may say -----------------------------------------------------------

def refused(home, run, reply, *lines):
    with Scripted(["S: 220 x", "C: EHLO *", "S: 250-x", "S: 250 AUTH PLAIN",
                   "C: AUTH PLAIN *", *["S: " + line for line in reply],
                   "C$"]) as server:
        home.rc(*local(server.port, "auth plain", "user alice",
                       "password secret", *lines))
        return run(["--", "bob@example.test"], message("bob@example.test"))


@pytest.mark.parametrize("reply,code,hint", (
    (["535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is "
      "disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled"],
     77, "Set-CASMailbox"),
    (["535 5.7.139 Authentication unsuccessful, basic authentication is "
      "disabled."], 77, "xoauth2"),
    (["535 5.7.139 Authentication unsuccessful, user is locked by your "
      "organization's security defaults policy."], 77, "security defaults"),
    (["534-5.7.9 Application-specific password required. Learn more at",
      "534 5.7.9 https://support.google.com/mail/?p=InvalidSecondFactor"],
     77, "application password"),
    (["535-5.7.8 Username and Password not accepted. For more information, go "
      "to", "535 5.7.8 https://support.google.com/mail/?p=BadCredentials"],
     77, "application password"),
    (["534-5.7.14 <https://accounts.google.com/signin/continue?x> Please log",
      "534 5.7.14 in via your web browser and then try again."], 77,
     "browser"),
    (["454 4.7.0 Too many login attempts, please try again later."], 75,
     "Wait an hour"),
    (["535 5.7.0 (#MBR1212) Incorrect username or password"], 77,
     "application password"),
    (["535 5.7.0 (#AUTH005) Too many bad auth attempts"], 77, "hours"),
    (["535 Authentication Credentials Invalid"], 77, "SES"),
    (["535 Login fail. Please enter your authorization code to login."], 77,
     "authorization code"),
))
def test_well_known_answers(home, run, reply, code, hint):
    done = refused(home, run, reply)
    assert done.code == code, done
    assert hint in done.err, done


def test_454_is_temporary(home, run):
    assert refused(home, run, ["454 4.7.0 not now"]).code == 75


@pytest.mark.parametrize("challenge", ("", "no brackets", "<no-at>", "=",
                                       "<" + "x" * 20000 + "@x>"))
def test_sa_13_cram_challenge(home, run, challenge):
    """SA-13."""
    coded = base64.b64encode(challenge.encode()).decode() \
        if challenge != "=" else "!!"
    with Scripted(["S: 220 x", "C: EHLO *", "S: 250-x", "S: 250 AUTH CRAM-MD5",
                   "C: AUTH CRAM-MD5", "S: 334 " + coded, "C: *",
                   "S: 501 cancelled", "C$"]) as server:
        home.rc(*local(server.port, "auth cram-md5", "user alice",
                       "password secret"))
        done = run(["--debug", "--", "bob@example.test"],
                   message("bob@example.test"))
    assert done.code in (76, 77), done


def test_sa_02_scram_pin(home, run):
    """SA-02: `auth scram` does not fall back to PLAIN."""
    with Scripted(["S: 220 x", "C: EHLO *", "S: 250-x",
                   "S: 250 AUTH PLAIN LOGIN", "C$"]) as server:
        home.rc(*local(server.port, "auth scram", "user alice",
                       "password secret"))
        done = run(["--", "bob@example.test"], message("bob@example.test"))
    assert done.code == 69 and "offered: PLAIN LOGIN" in done.err, done


TURNS = {
    "plain": ["C: AUTH PLAIN *"],
    "login": ["C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6", "C: *",
              "S: 334 UGFzc3dvcmQ6", "C: *"],
    "cram-md5": ["C: AUTH CRAM-MD5", "S: 334 PDEuMkB4Pg==", "C: *"],
    "digest-md5": ["C: AUTH DIGEST-MD5", "S: 334 " + base64.b64encode(
        b'realm="x",nonce="n",qop="auth",algorithm=md5-sess,charset=utf-8'
    ).decode(), "C: *"],
    "ntlm": ["C: AUTH NTLM *", "S: 334 TlRMTVNTUAACAAAAAAAAADgAAAABggAAASNFZ4m"
             "rze8AAAAAAAAAAAAAAAAAAAAA", "C: *"],
    "scram-sha-1": ["C: AUTH SCRAM-SHA-1 *"],
    "scram-sha-256": ["C: AUTH SCRAM-SHA-256 *"],
    "xoauth2": ["C: AUTH XOAUTH2 *", "S: 334 eyJhIjoiYiJ9", "C: *"],
    "oauthbearer": ["C: AUTH OAUTHBEARER *", "S: 334 eyJhIjoiYiJ9", "C: *"],
}
WRONG = {
    "refused": ["S: 535 no"], "later": ["S: 454 not now"],
    "closing": ["S: 421 bye"], "another": ["S: 250 what"], "gone": ["FIN"],
    "reset": ["RST"], "empty": ["S: 334", "C: *", "S: 501 no"],
    "no-base64": ["S: 334 !!!", "C: *", "S: 501 no"],
    "junk": ["S: 334 AAECAwQFBgcICQ==", "C: *", "S: 501 no"],
    "long": ["S: 334 " + "QUFB" * 3000, "C: *", "S: 501 no"],
    "nul": ["S: 334 cj0AcwA=", "C: *", "S: 501 no"],
    "cut": ["S> 334 QUJD", "FIN"],
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("auth", TURNS)
def test_sa_21_every_wrong_turn(home, run, auth, wrong):
    """At each step of each exchange: an error, no mail, and (with the
    sanitizers' build) nothing is released twice or not at all."""
    turns = TURNS[auth]
    end = [] if WRONG[wrong][-1] in ("FIN", "RST") else ["C$"]
    for at in range(1, len(turns) + 1, 2):
        with Scripted(["S: 220 x", "C: EHLO *", "S: 250-x",
                       "S: 250 AUTH " + auth.upper(), *turns[:at],
                       *WRONG[wrong], *end]) as server:
            home.rc(*local(server.port, "auth " + auth, "user alice",
                           "passwordeval echo x >> ran; echo secret"))
            done = run(["--", "bob@example.test"],
                       message("bob@example.test"))
        assert done.code in (75, 76, 77), done
        assert b"MAIL" not in server.received
        assert home.read("ran") == "x\n"
        os.unlink(home.path + "/ran")
