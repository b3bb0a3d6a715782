# SPDX-License-Identifier: ISC
"""Each place where a password may be kept, each logging in to a real server;
what is wrong with one is said, and never what it holds."""
import base64
import os
import pty
import re
import shutil
import subprocess
import time

import pytest

from servers.keyring import Keyring
from servers.scripted import Scripted
from support import account, local, message
from terminal import on_terminal
from tracing import tracer

EX_CREDENTIAL = (69, 77, 78)
USER, SECRET = "alice@example.test", "wonderland"


@pytest.fixture
def sends(postfix, home, run, rcpt):
    """sends(lines..., **run's words): the result and whether it arrived."""
    def sends(*lines, env=None, expect=0, name="default"):
        rc = account(postfix, "postfix", "submission", *lines, password="")
        rc[0] = "account " + name
        home.rc(*rc)
        done = run(["--debug", "-a", name, "--", rcpt], message(rcpt), env=env)
        assert SECRET not in done.err + done.out
        if expect == 0:
            assert done.code == 0, done
            assert postfix.wait("postfix", rcpt)
        else:
            assert done.code != 0, done
            assert postfix.arrived("postfix", rcpt) == 0
        return done
    return sends


# --- files --------------------------------------------------------------------

@pytest.mark.parametrize("text", (SECRET + "\n", SECRET, SECRET + "\r\n"),
                         ids=("LF", "none", "CRLF"))
def test_password_file(sends, home, text):
    home.file("secret", text)
    sends("password_file ~/secret")


@pytest.mark.parametrize("text,mode,words", (
    (SECRET + "\n", 0o644, "can be read by others"),
    (SECRET + "\n", 0o620, "can be read by others, or changed"),
    ("", 0o600, "does not hold a password"),
    (SECRET + "\nmore\n", 0o600, "does not hold a password"),
    ("\n", 0o600, "does not hold a password"),
    (SECRET + "\0\n", 0o600, "does not hold a password"),
    ("x" * 70000, 0o600, "larger than"),
))
def test_password_file_refused(sends, home, text, mode, words):
    path = home.file("secret", text, mode)
    done = sends("password_file ~/secret", expect=1)
    assert words in done.err and path in done.err


def test_password_file_missing(sends, home):
    done = sends("password_file ~/none", expect=1)
    assert home.path + "/none" in done.err


# --- the service manager's credentials ------------------------------------------

def test_credential_by_name(sends, home):
    home.file("smtp", SECRET + "\n", 0o400)
    sends("password_credential smtp",
          env={"CREDENTIALS_DIRECTORY": home.path})


def test_credential_of_the_account(sends, home):
    """Found without being named in the file."""
    home.file("postrider.work.password", SECRET, 0o400)
    sends(env={"CREDENTIALS_DIRECTORY": home.path}, name="work")


def test_credential_missing(sends, home):
    done = sends("password_credential smtp", expect=1)
    assert "CREDENTIALS_DIRECTORY is not set" in done.err
    done = sends("password_credential smtp", expect=1,
                 env={"CREDENTIALS_DIRECTORY": home.path})
    assert "LoadCredential=" in done.err
    done = sends("password_credential ../smtp", expect=1,
                 env={"CREDENTIALS_DIRECTORY": home.path})
    assert done.code == 78 and "'/'" in done.err


def test_credential_of_systemd(sends, home, tmp_path):
    """As systemd-creds decrypts what LoadCredentialEncrypted= names."""
    if os.geteuid() != 0:
        pytest.skip("the host's key is root's")
    plain = home.file("plain", SECRET)
    coded = str(tmp_path / "smtp.cred")
    subprocess.run(["systemd-creds", "encrypt", "--name=smtp",
                    "--with-key=host", plain, coded], check=True,
                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    directory = tmp_path / "credentials"
    directory.mkdir(mode=0o700)
    subprocess.run(["systemd-creds", "decrypt", "--name=smtp", coded,
                    str(directory / "smtp")], check=True)
    sends("password_credential smtp",
          env={"CREDENTIALS_DIRECTORY": str(directory)})


# --- the secret service -----------------------------------------------------------

@pytest.fixture
def keyring(tmp_path, in_one_piece):
    ring = Keyring(str(tmp_path / "keyring"))
    yield ring
    ring.stop()


def bus(ring):
    return {"DBUS_SESSION_BUS_ADDRESS": ring.address}


def test_secret_service(sends, keyring):
    """What msmtp's manual says to store is found."""
    keyring.store(SECRET, host="localhost", service="smtp", user=USER)
    sends(env=bus(keyring))


def test_secret_service_by_runtime_directory(sends, keyring):
    keyring.store(SECRET, host="localhost", service="smtp", user=USER)
    sends(env={"XDG_RUNTIME_DIR": keyring.env["XDG_RUNTIME_DIR"]})


def test_secret_service_older_attributes(sends, keyring):
    keyring.store(SECRET, server="localhost", protocol="smtp", user=USER)
    sends("keyring secret-service", env=bus(keyring))


def test_cr_04_exact_attributes(sends, keyring):
    """CR-04: an item that says more is another one."""
    keyring.store("token", host="localhost", service="smtp", user=USER,
                  kind="oauth2-refresh")
    done = sends(env=bus(keyring), expect=1)
    assert "there is no password" in done.err
    keyring.store(SECRET, host="localhost", service="smtp", user=USER)
    sends(env=bus(keyring))


def test_secret_service_other_user(sends, keyring):
    keyring.store(SECRET, host="localhost", service="smtp", user="bob")
    keyring.store(SECRET, host="other", service="smtp", user=USER)
    assert "there is no password" in sends(env=bus(keyring), expect=1).err


def test_cr_04_locked(sends, keyring):
    """CR-04: temporary, at once, and says what to do."""
    keyring.store(SECRET, host="localhost", service="smtp", user=USER)
    keyring.lock()
    begin = time.monotonic()
    done = sends(env=bus(keyring), expect=1)
    assert done.code == 75 and "keyring is locked" in done.err
    assert "Unlock it" in done.err
    assert time.monotonic() - begin < 50  # nobody is waited for


def test_cr_04_hangs(sends, keyring):
    keyring.store(SECRET, host="localhost", service="smtp", user=USER)
    keyring.freeze()
    begin = time.monotonic()
    done = sends("keyring secret-service", env=bus(keyring), expect=1)
    assert done.code == 75 and "in time" in done.err
    assert time.monotonic() - begin < 50


def test_secret_service_absent(sends, tmp_path, home, in_one_piece):
    """A bus without a keyring: not an error unless it was named."""
    ring = Keyring(str(tmp_path / "keyring"), is_absent=True)
    try:
        home.file(".netrc", "machine localhost login %s password %s\n" % (
            USER, SECRET))
        sends(env=bus(ring))
        done = sends("keyring secret-service", env=bus(ring), expect=1)
        assert "keyring does not answer" in done.err
    finally:
        ring.stop()


def test_cr_04_no_bus_is_started(sends):
    """CR-04."""
    done = sends("keyring secret-service", expect=1)
    assert done.code == 75 and "no session bus runs" in done.err
    done = sends("keyring secret-service", expect=1,
                 env={"DBUS_SESSION_BUS_ADDRESS": "autolaunch:"})
    assert "no session bus runs" in done.err


def test_keyring_off(sends, keyring, home):
    keyring.store("wrong", host="localhost", service="smtp", user=USER)
    home.file(".netrc", "machine localhost login %s password %s\n" % (
        USER, SECRET))
    sends("keyring off", env=bus(keyring))


def test_store_and_forget(sends, keyring, home, run, postfix):
    home.rc(*account(postfix, "postfix", "submission", password=""))
    done = run(["--store-password", "default"], b"wrong\n", env=bus(keyring))
    assert done.code == 0 and done.out + done.err == "", done
    done = run(["--store-password", "default"], SECRET.encode() + b"\n",
               env=bus(keyring))
    assert done.code == 0, done
    words = dict(host="localhost", service="smtp", user=USER)
    assert keyring.lookup(**words) == SECRET
    sends(env=bus(keyring))
    done = run(["--forget-password", "default"], env=bus(keyring))
    assert done.code == 0, done
    assert keyring.lookup(**words) == ""
    done = run(["--forget-password", "default"], env=bus(keyring))
    assert done.code != 0 and "holds no password" in done.err
    assert "there is no password" in sends(env=bus(keyring), expect=1).err


@pytest.mark.parametrize("text", (b"", b"\n", b"a\nb\n", b"a\0\n"))
def test_store_refuses(run, home, text):
    home.rc("account default", "host localhost", "user joe",
            "from joe@example.test")
    done = run(["--store-password", "default"], text)
    assert done.code in EX_CREDENTIAL and "one line" in done.err


def test_store_needs_a_name(run, home):
    home.rc("account default", "host localhost", "from joe@example.test")
    done = run(["--store-password", "default"], b"x\n")
    assert done.code == 78 and "user" in done.err
    done = run(["--store-password", "none"], b"x\n")
    assert done.code == 78 and "none" in done.err


def test_nothing_is_loaded(postfix, home, rcpt, program, environment):
    """Without a keyring neither libsecret nor glib is loaded."""
    home.file(".netrc", "machine localhost login %s password %s\n" % (
        USER, SECRET))
    home.rc(*account(postfix, "postfix", "submission", password=""))
    trace = home.path + "/ld"
    subprocess.run([program, "--", rcpt], input=message(rcpt), check=True,
                   env=dict(environment, LD_DEBUG="libs",
                            LD_DEBUG_OUTPUT=trace))
    said = "".join(home.read(n) for n in os.listdir(home.path)
                   if n.startswith("ld"))
    assert "libgnutls" in said
    assert "libsecret" not in said and "libglib" not in said


# --- the kernel ---------------------------------------------------------------------

def test_kernel(sends, home, run, postfix):
    """In a session keyring of the test's own, linked to the user's as a login
    does it."""
    home.rc(*account(postfix, "postfix", "submission", "keyring kernel",
                     password=""))
    done = run(["--store-password", "default"], SECRET.encode() + b"\n")
    assert done.code == 0, done
    try:
        sends("keyring kernel")
    finally:
        done = run(["--forget-password", "default"])
    assert done.code == 0, done
    done = sends("keyring kernel", expect=1)
    assert "there is no password" in done.err
    home.rc(*account(postfix, "postfix", "submission", "keyring kernel",
                     password=""))
    assert run(["--forget-password", "default"]).code != 0


# --- netrc ----------------------------------------------------------------------------

ENTRY = "machine localhost login %s password %s\n" % (USER, SECRET)


@pytest.mark.parametrize("text", (
    ENTRY,
    "machine localhost\n\tlogin %s\n\tpassword %s\n" % (USER, SECRET),
    "machine localhost password %s login %s" % (SECRET, USER),
    "machine localhost user %s passwd %s" % (USER, SECRET),
    'machine localhost login "%s" password "%s"\n' % (USER, SECRET),
    "machine other login %s password wrong\n" % USER + ENTRY,
    "machine localhost login bob password wrong\n" + ENTRY,
    "machine localhost password wrong\n" + ENTRY,
    "default login %s password wrong\n" % USER + ENTRY,
    "# machine localhost login %s password wrong\n" % USER + ENTRY,
    "macdef init\nmachine localhost login %s password wrong\n\n" % USER + ENTRY,
    "machine LOCALHOST login %s account x password %s\n" % (USER, SECRET),
), ids=range(12))
def test_cr_03_netrc(sends, home, text):
    """CR-03: exact machine and login."""
    home.file(".netrc", text)
    sends()


@pytest.mark.parametrize("text", (
    "machine localhost password %s\n" % SECRET,
    "machine localhost login bob password %s\n" % SECRET,
    "machine localhost.example login %s password %s\n" % (USER, SECRET),
    "default login %s password %s\n" % (USER, SECRET),
    "machine localhost login %s\nmachine other password %s\n" % (
        USER, SECRET),
    "", "machine", "machine localhost login"), ids=range(8))
def test_cr_03_netrc_does_not_know(sends, home, text):
    home.file(".netrc", text)
    assert "there is no password" in sends(expect=1).err


def test_cr_03_netrc_default(sends, home):
    home.file(".netrc", "default login %s password %s\n" % (USER, SECRET))
    sends("netrc default")


def test_netrc_off(sends, home):
    home.file(".netrc", ENTRY)
    assert "there is no password" in sends("netrc off", expect=1).err


@pytest.mark.parametrize("mode", (0o640, 0o604))
def test_cr_03_netrc_open_to_others(sends, home, mode):
    home.file(".netrc", ENTRY, mode)
    done = sends(expect=1)
    assert done.code == 78 and "can be read by others" in done.err
    assert "chmod 600" in done.err


@pytest.mark.parametrize("closed,words", (
    (".netrc", "/.netrc"), ("", "there is no password")), ids=("file", "home"))
def test_cr_03_netrc_not_to_be_read(postfix, home, program, environment, rcpt,
                                    closed, words):
    """Who may not read his own is told so; one below a closed directory is not
    his."""
    home.rc(*account(postfix, "postfix", "submission", password=""))
    os.mkdir(home.path + "/home")
    home.file("home/.netrc", ENTRY)
    os.chmod(home.path + "/home/" + closed, 0)
    without = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--"]
    done = subprocess.run(
        [*(without if os.geteuid() == 0 else []), program, "-C",
         home.path + "/.msmtprc", "--", rcpt], input=message(rcpt),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/",
        env=dict(environment, HOME=home.path + "/home"), timeout=60)
    os.chmod(home.path + "/home", 0o700)
    assert done.returncode in EX_CREDENTIAL and words in done.stderr.decode()
    assert postfix.arrived("postfix", rcpt) == 0


def test_cr_23_the_name_that_was_configured(on_island, home, pki):
    """The password is the configured host's, wherever the DNS leads."""
    home.file(".netrc", "".join(
        "machine %s login alice password %s\n" % pair for pair in (
            ("127.0.0.1", "wrong"), ("a.test", "wrong"),
            ("mail.example.test", SECRET))))
    home.rc("account default", "host mail.example.test", "port 465", "tls on",
            "tls_starttls off", "tls_trust_file " + pki.ca, "auth plain",
            "user alice", "from alice@example.test")
    done = on_island(
        {"mail.example.test": {"A": ["127.0.0.1"]}},
        [{"port": 465, "tls": True, "cert": pki.cert, "key": pki.key,
          "dialogue": ["S: 220 x", "C: EHLO *", "S: 250-x",
                       "S: 250 AUTH PLAIN", "C: AUTH PLAIN *",
                       "S: 535 seen", "C$"]}])
    assert done["code"] == 77, done
    said = done["received"][0].split("AUTH PLAIN ")[1].split()[0]
    assert base64.b64decode(said) == b"\0alice\0" + SECRET.encode()


# --- the terminal -----------------------------------------------------------------------

def test_prompt(postfix, home, rcpt, program, environment):
    home.rc(*account(postfix, "postfix", "submission", password=""))
    code, shown = on_terminal([program, "--", rcpt], environment, home.path,
                              SECRET.encode() + b"\n", message(rcpt))
    assert code == 0, shown
    assert "password for %s at localhost: " % USER in shown
    assert SECRET not in shown
    assert postfix.wait("postfix", rcpt)


@pytest.mark.parametrize("answer,code", ((b"\n", 69), (b"\x03", -2)))
def test_prompt_without_an_answer(postfix, home, rcpt, program, environment,
                                  answer, code):
    """An empty line is no password; Ctrl-C ends the program."""
    home.rc(*account(postfix, "postfix", "submission", password=""))
    done, shown = on_terminal([program, "--", rcpt], environment, home.path,
                              answer, message(rcpt))
    assert done == code, (done, shown)
    assert postfix.arrived("postfix", rcpt) == 0


def test_interrupt_as_it_asks(postfix, home, rcpt, program, environment):
    """Ctrl-C while the question is still on its way to the terminal."""
    home.rc(*account(postfix, "postfix", "submission", password=""))
    env = dict(environment)
    env["ASAN_OPTIONS"] += ":detect_leaks=0"
    done, shown = on_terminal(
        [*tracer(env), "-qq", "-o", os.path.join(home.path, "trace"), "-e",
         "trace=write", "-e", "inject=write:delay_exit=500000",
         program, "--", rcpt], env, home.path, b"\x03", message(rcpt))
    assert done == -2, (done, shown)


def test_store_asks_at_the_terminal(home, program, environment, keyring):
    home.rc("account default", "host localhost", "user joe",
            "from joe@example.test")
    env = dict(environment, **bus(keyring))
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe(program, ["postrider", "--store-password", "default"], env)
    shown = b""
    while b": " not in shown:
        shown += os.read(terminal, 4096)
    os.write(terminal, b"typed\n")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    os.close(terminal)
    assert keyring.lookup(host="localhost", service="smtp",
                          user="joe") == "typed"


# --- passwordeval -------------------------------------------------------------------------

@pytest.mark.parametrize("complaint,hint", (
    ("gpg: problem with the agent: No pinentry", "No one can be asked"),
    ("gpg: decryption failed: No secret key", "GNUPGHOME"),
    ("gpg: Inappropriate ioctl for device", "No one can be asked"),
    ("Cannot autolaunch D-Bus without X11 $DISPLAY", "no session bus"),
))
def test_hints_for_commands(sends, complaint, hint):
    done = sends("passwordeval echo '%s' >&2; exit 2" % complaint, expect=1)
    assert complaint in done.err and hint in done.err


def test_command_not_found(sends):
    done = sends("passwordeval no-such-command-here", expect=1)
    assert "no-such-command-here" in done.err and "PATH" in done.err


def test_gpg_tty(postfix, home, rcpt, program, environment):
    home.rc(*account(postfix, "postfix", "submission",
                     'passwordeval echo "$GPG_TTY" > tty; echo ' + SECRET,
                     password=""))
    code, shown = on_terminal([program, "--", rcpt], environment, home.path,
                              b"", message(rcpt))
    assert code == 0, shown
    assert home.read("tty").startswith("/dev/pts/")


def test_real_gpg(sends, home):
    """passwordeval with gpg, as every guide says."""
    if not shutil.which("gpg"):
        pytest.fail("gpg is not installed")
    gnupg = home.path + "/.gnupg"
    os.mkdir(gnupg, 0o700)
    env = dict(os.environ, GNUPGHOME=gnupg)
    subprocess.run(["gpg", "-q", "--batch", "--passphrase", "",
                    "--quick-gen-key", USER, "rsa2048", "encr"], env=env,
                   check=True, stderr=subprocess.PIPE)
    subprocess.run(["gpg", "-q", "--batch", "-e", "-r", USER, "-o",
                    home.path + "/secret.gpg"], env=env, check=True,
                   input=SECRET.encode() + b"\n", stderr=subprocess.PIPE)
    try:
        sends("passwordeval gpg --no-tty -q -d ~/secret.gpg")
    finally:
        subprocess.run(["gpgconf", "--kill", "all"], env=env)


# --- when it is asked -----------------------------------------------------------------------

def test_asked_only_after_the_server_is_proven(home, run, pki):
    """Nothing is asked for when the session does not get that far."""
    with Scripted(["S: 220 x", "C: EHLO *", "S: 250 x", "C$"]) as server:
        home.rc(*local(server.port, "auth on", "user joe",
                       "passwordeval touch %s/ran; echo x" % home.path))
        done = run(["--", "bob@example.test"], message("bob@example.test"))
    assert done.code != 0
    assert not os.path.exists(home.path + "/ran")


# --- --explain ------------------------------------------------------------------------------

@pytest.mark.parametrize("line,source", (
    ("password " + SECRET, "password"),
    ("passwordeval echo " + SECRET, "passwordeval"),
    ("password_file ~/secret", "password_file"),
    ("password_credential smtp", "credential"),
    ("netrc on", "netrc"),
    ("keyring off", "netrc"),
))
def test_explain_says_the_source(home, run, line, source):
    home.file("secret", SECRET + "\n")
    home.file("smtp", SECRET + "\n")
    home.file(".netrc", ENTRY)
    home.rc("account default", "host localhost", "auth on", "user " + USER,
            "from " + USER, line)
    done = run(["--explain"], env={"CREDENTIALS_DIRECTORY": home.path})
    assert done.code == 0, done
    assert "the password is known from: %s\n" % source in done.out
    shown = done.out.replace("passwordeval = echo " + SECRET, "")
    assert SECRET not in shown + done.err


def test_explain_without_a_password(home, run):
    home.rc("account default", "host localhost", "auth on", "user " + USER,
            "from " + USER)
    done = run(["--explain"])
    assert done.code == 0 and "no password: there is no password" in done.out
    assert "no password" not in run(["-P"]).out


def test_explain_says_what_a_command_complains_of(home, run):
    home.rc("account default", "host localhost", "auth on", "user " + USER,
            "from " + USER,
            "passwordeval printf 'gpg: No pinentry\\nno\\n' >&2; exit 2")
    said = run(["--explain"]).out
    assert "\ngpg: No pinentry\nno\nNo one can be asked" in said, said


def test_version_names_the_keyrings(run):
    assert re.search(r"^Keyring support: (secret-service )?kernel$",
                     run(["--version"]).out, re.M)
