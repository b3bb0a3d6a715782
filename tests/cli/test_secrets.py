# SPDX-License-Identifier: ISC
"""The password is nowhere but on the wire to the server (CR-05, CR-06,
CR-20)."""
import base64
import contextlib
import os
import shutil
import subprocess
import tempfile
import time

import pytest

from servers.scripted import Scripted
from support import account, local, message

USER, CANARY = "alice@example.test", "wonderland"


def disguises():
    """The password as it may stand in a transcript."""
    for text in (CANARY, "\0%s\0%s" % (USER, CANARY)):
        yield text.encode()
        for shift in range(3):
            coded = base64.b64encode(b"x" * shift + text.encode())
            yield coded[4 if shift else 0:-4]


def check(text):
    for secret in disguises():
        assert secret.decode() not in text, text


@pytest.mark.parametrize("auth", ("plain", "login", "scram-sha-1",
                                  "scram-sha-256"))
@pytest.mark.parametrize("kept", ("password", "passwordeval"))
def test_debug_and_log(postfix, home, run, rcpt, auth, kept):
    lines = account(postfix, "postfix", "submission", "logfile ~/log",
                    auth=auth, password="")
    home.rc(*lines, "password " + CANARY if kept == "password"
            else "passwordeval echo won'der'land")
    done = run(["--debug", "--json", "--", rcpt], message(rcpt))
    assert done.code == 0, done
    assert "235 " in done.err and "octets not shown" in done.err
    check(done.err + done.out + home.read("log"))


def test_a_server_that_says_it_back(home, run):
    """Plain and coded, in a refusal."""
    coded = base64.b64encode(b"\0alice\0" + CANARY.encode()).decode()
    with Scripted(["S: 220 x", "C: EHLO *", "S: 250-x", "S: 250 AUTH PLAIN",
                   "C: AUTH PLAIN *",
                   "S: 535 5.7.8 bad: AUTH PLAIN %s (%s)" % (coded, CANARY),
                   "C$"]) as server:
        home.rc(*local(server.port, "auth plain", "user alice",
                       "password " + CANARY, "logfile ~/log"))
        done = run(["--debug", "--json", "--", "bob@example.test"],
                   message("bob@example.test"))
    assert done.code == 77, done
    said = done.err.replace(" ".join(done.argv), "") + done.out
    for text in (said, home.read("log")):
        assert CANARY not in text and coded not in text
    assert "5.7.8" in home.read("log")


@contextlib.contextmanager
def said(argv, environment, server, word, **how):
    """The program, while it waits for the answer to what begins with word."""
    child = subprocess.Popen(
        [*argv, "bob@example.test"], stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment,
        **how)
    try:
        child.stdin.write(message("bob@example.test"))
        child.stdin.close()
        end = time.monotonic() + 20
        while word not in server.received:
            assert time.monotonic() < end
            time.sleep(0.01)
        yield child
    finally:
        child.kill()
        child.wait()


def test_no_core_file(program, home, environment):
    """While the password is in memory, nobody may have the memory."""
    with Scripted(["S: 220 x", "C: EHLO *", "S: 250-x", "S: 250 AUTH PLAIN",
                   "C: AUTH PLAIN *", "HANG"]) as server:
        home.rc(*local(server.port, "auth plain", "user alice",
                       "password " + CANARY))
        with said([program], environment, server, b"AUTH") as child:
            with open("/proc/%d/limits" % child.pid) as f:
                limits = f.read()
            with open("/proc/%d/cmdline" % child.pid) as f:
                check(f.read())
    core = [x for x in limits.splitlines() if "core file size" in x][0]
    assert core.split()[4:6] == ["0", "0"]


def test_cr_06_nobody_looks_in(program, environment):
    """Another process of the user's may neither read its memory nor trace it,
    nor see with what environment it was begun."""
    with open(program, "rb") as f:
        if b"__asan_init" in f.read():
            pytest.skip("the sanitizers look into it from outside")
    user = {"user": 65534, "group": 65534} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory() as folder, Scripted(
            ["S: 220 x", "C: EHLO *", "S: 250-x", "S: 250 AUTH PLAIN",
             "C: AUTH PLAIN *", "HANG"]) as server:
        own = shutil.copy(program, folder)
        rc = os.path.join(folder, "rc")
        with open(rc, "w") as f:
            f.write("\n".join(local(server.port, "auth plain", "user alice",
                                    "password " + CANARY)) + "\n")
        os.chmod(rc, 0o600)
        for path in (folder, own, rc):
            os.chown(path, user.get("user", -1), user.get("group", -1))
        with said([own, "-C", rc], dict(environment, HOME=folder), server,
                  b"AUTH", cwd=folder, **user) as child:
            for name in ("mem", "environ", "maps", "auxv"):
                done = subprocess.run(
                    ["head", "-c1", "/proc/%d/%s" % (child.pid, name)],
                    cwd="/", capture_output=True, **user)
                assert done.returncode != 0 and done.stdout == b"", done
                assert b"Permission denied" in done.stderr, done
            with open("/proc/%d/cmdline" % child.pid) as f:
                check(f.read())


# --- a PIN in the URL of a token (RFC 7512) ------------------------------------------

PIN_URL = "pkcs11:token=work;object=x?module-name=y&pin-value=%s&x=z" % CANARY


@pytest.fixture
def pin(home):
    def pin(mode):
        text = "\n".join([
            "account default", "host localhost", "auth external", "tls on",
            "from alice@example.test", "logfile ~/log",
            "tls_cert_file " + PIN_URL, "tls_key_file " + PIN_URL])
        home.file(".msmtprc", text + "\n", mode)
    return pin


@pytest.mark.parametrize("mode", (["-P"], ["--explain"], ["--check"],
                                  ["--debug", "--json", "--", "b@x.test"]))
def test_cr_20_pin_in_a_url(pin, home, run, mode):
    pin(0o600)
    done = run(mode, message("b@x.test"))
    assert CANARY not in done.out + done.err + home.read("log"), done
    if "P" in mode[0]:
        assert "?module-name=y&pin-value=*&x=z\n" in done.out, done


def test_cr_01_a_pin_is_a_secret(pin, run):
    """The file is kept like one with a password."""
    pin(0o644)
    done = run(["--", "b@x.test"], message("b@x.test"))
    assert done.code == 78 and "chmod 600" in done.err, done


def test_cr_05_no_pin_on_the_command_line(run):
    done = run(["--host=localhost", "--tls-key-file=" + PIN_URL, "-P"])
    assert done.code == 64 and "pin-source" in done.err, done
    assert CANARY not in done.err


# --- what stays in memory ---------------------------------------------------------

CANARY_7 = "Tr0ub4dor-canary-7f3a91"


def memory(pid):
    """[(where, whether it is kept out of core files, octets)] of all that a
    process can write."""
    found, begin, end = [], 0, 0
    with open("/proc/%d/smaps" % pid) as maps, \
            open("/proc/%d/mem" % pid, "rb", 0) as mem:
        for line in maps:
            first, *rest = line.split()
            if "-" in first and not first.endswith(":"):
                begin, end = (int(x, 16) for x in first.split("-"))
                where = line.strip()
            elif first == "VmFlags:" and "wr" in rest and \
                    end - begin < 1 << 28:  # not a sanitizer's books
                mem.seek(begin)
                found.append((where, "dd" in rest, mem.read(end - begin)))
    return found


NTLM = "TlRMTVNTUAACAAAAAAAAADgAAAABggAAASNFZ4mrze8AAAAAAAAAAAAAAAAAAAAA"
EXCHANGES = {
    "plain": ["C: AUTH PLAIN *"],
    "login": ["C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6", "C: *",
              "S: 334 UGFzc3dvcmQ6", "C: *"],
    "cram-md5": ["C: AUTH CRAM-MD5", "S: 334 " + base64.b64encode(
        b"<1.2@x>").decode(), "C: *"],
    "ntlm": ["C: AUTH NTLM *", "S: 334 " + NTLM, "C: *"],
    "xoauth2": ["C: AUTH XOAUTH2 *"],
}


def traces(auth):
    """The password as it goes over the wire, as a mechanism keeps it, and as
    HMAC works with it."""
    secret = CANARY_7.encode()
    wire = {"plain": b"\0alice\0" + secret, "login": secret,
            "xoauth2": b"user=alice\1auth=Bearer " + secret + b"\1\1"}
    yield from (secret, CANARY_7.encode("utf-16-le"),
                CANARY_7.upper().encode()[:14])
    yield from (bytes(c ^ pad for c in secret) for pad in (0x36, 0x5c))
    if auth in wire:
        yield base64.b64encode(wire[auth])


@pytest.mark.parametrize("is_tls", (False, True))
@pytest.mark.parametrize("auth,kept", (
    ("plain", "password"), ("plain", "passwordeval"), ("login", "passwordeval"),
    ("plain", "password_file"), ("plain", "netrc"), ("plain", "credential"),
    ("cram-md5", "password_file"), ("ntlm", "password_file"),
    ("xoauth2", "password_file")))
def test_cr_07_nothing_is_left(home, program, environment, pki, auth, kept,
                               is_tls):
    """After AUTH neither the password nor what went over the wire lies anywhere
    but in the pages that are locked, kept out of core files and wiped."""
    if os.geteuid() != 0:
        pytest.skip("only root can look into the program")
    for name in ("secret", "postrider.default.password"):
        home.file(name, CANARY_7 + "\n")
    lines = {"password": "password " + CANARY_7,
             "passwordeval": "passwordeval cat ~/secret",
             "password_file": "password_file ~/secret"}.get(kept, "netrc on")
    if kept == "netrc":
        home.file(".netrc", "machine localhost login alice password %s\n" %
                  CANARY_7)
    env = dict(environment)
    if kept == "credential":
        env["CREDENTIALS_DIRECTORY"] = home.path
    with Scripted(["S: 220 x", "C: EHLO *", "S: 250-x",
                   "S: 250 AUTH " + auth.upper(), *EXCHANGES[auth],
                   "S: 235 in", "C: MAIL *", "HANG"], pki=pki,
                  tls=is_tls) as server:
        rc = local(server.port, "host localhost", "auth " + auth, "user alice",
                   "tls_trust_file " + pki.ca, lines)
        home.rc(*rc, *(["tls on", "tls_starttls off"] if is_tls else []))
        with said([program], env, server, b"MAIL") as child:
            left = [(where, is_kept) for where, is_kept, octets
                    in memory(child.pid) for w in traces(auth) if w in octets]
    # the starred words of the transcript are there: the search does find
    assert left
    assert not [where for where, is_kept in left if not is_kept]


# --- who is told, and how often ---------------------------------------------------

def test_cr_13_once(postfix, home, run):
    """However many hosts and transactions."""
    closing = ["S: 220 x", "C: EHLO *", "S: 421 not here", "FIN"]
    dialogue = ["S: 220 x", "C: EHLO *", "S: 250-x", "S: 250-AUTH PLAIN",
                "S: 250 PIPELINING", "C: AUTH PLAIN *", "S: 235 in",
                "C: MAIL *", "C: RCPT *", "C: RCPT *", "C: DATA", "S: 250 ok",
                "S: 250 ok", "S: 452 4.5.3 too many", "S: 354 go", "C.",
                "S: 250 taken", "C: MAIL *", "C: RCPT *", "C: DATA",
                "S: 250 ok", "S: 250 ok", "S: 354 go", "C.", "S: 250 taken",
                "C$"]
    with Scripted([closing, dialogue]) as server:
        home.rc(*local(server.port, "host 127.0.0.1, localhost", "auth plain",
                       "user alice",
                       "passwordeval echo x >> ran; echo " + CANARY))
        done = run(["--", "bob@example.test", "eve@example.test"],
                   message("bob@example.test"))
    assert done.code == 0, done
    assert home.read("ran") == "x\n"


def test_cr_21_no_words_of_the_library(postfix, home, run, rcpt):
    home.rc(*account(postfix, "postfix", "submission", password=CANARY))
    done = run(["--", rcpt], message(rcpt), env={"GNUTLS_DEBUG_LEVEL": "99"})
    assert done.code == 0 and done.err == "", done


def test_cr_24_each_account_its_own(postfix, home, run, rcpt):
    """The password of one account never goes to another's server."""
    one = account(postfix, "postfix", "submission", password="",
                  user="bob@example.test")
    one[0] = "account one"
    one[one.index("from alice@example.test")] = "from bob@example.test"
    two = account(postfix, "postfix", "submission", password="")
    two[0] = "account two"
    home.rc(*one, "passwordeval touch one; echo builder", *two,
            "passwordeval touch two; echo " + CANARY,
            "account default : one")
    done = run(["-f", "alice@example.test", "--", rcpt], message(rcpt))
    assert done.code == 0, done
    assert os.path.exists(home.path + "/two")
    assert not os.path.exists(home.path + "/one")


def test_sa_19_what_is_offered_before_tls(postfix, home, run, pki):
    """AUTH in front of TLS does not count behind it, nor the other way."""
    before = ["S: 220 x", "C: EHLO *", "S: 250-x", "S: 250-AUTH PLAIN",
              "S: 250 STARTTLS", "C: STARTTLS", "S: 220 go", "TLS",
              "C: EHLO *", "S: 250 x", "C$"]
    with Scripted(before, pki=pki) as server:
        home.rc("account default", "host localhost", "port %d" % server.port,
                "tls on", "tls_trust_file " + pki.ca, "auth on", "user alice",
                "passwordeval touch ran; echo " + CANARY,
                "from alice@example.test")
        done = run(["--", "bob@example.test"], message("bob@example.test"))
    assert done.code == 69 and "does not support authentication" in done.err
    assert not os.path.exists(home.path + "/ran")
    assert b"AUTH" not in server.received


@pytest.mark.parametrize("length", (63, 64, 65, 1000))
def test_sa_14_long_passwords(home, run, length):
    """A key of HMAC is as long as it likes."""
    import hashlib
    import hmac
    secret = "k" * length
    challenge = b"<1896.697170952@postoffice.example>"
    with Scripted(["S: 220 x", "C: EHLO *", "S: 250-x",
                   "S: 250 AUTH CRAM-MD5", "C: AUTH CRAM-MD5",
                   "S: 334 " + base64.b64encode(challenge).decode(), "C: *",
                   "S: 535 no", "C$"]) as server:
        home.rc(*local(server.port, "auth cram-md5", "user alice",
                       "password " + secret))
        run(["--", "bob@example.test"], message("bob@example.test"))
    said = base64.b64decode(server.received.split(b"\r\n")[2]).decode()
    assert said == "alice " + hmac.new(secret.encode(), challenge,
                                       hashlib.md5).hexdigest()
