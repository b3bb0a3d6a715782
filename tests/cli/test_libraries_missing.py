# SPDX-License-Identifier: ISC
"""Every mode of the program where one of the libraries that it opens is broken
or too old: it works, or says which library it is; it never falls over its own
feet on the way out."""
import os
import re
import subprocess

import pytest

from queues import Queue
from servers.catch import Catch
from servers.forge import Cert
from servers.keyring import Keyring
from support import account, local, message
from test_tls_trust import crl

EX_OSERR = 71
SAYS = re.compile(r"cannot open the library (\S+)")


def libraries(program):
    """What the program opens, as its note says (see base/library.h)."""
    with open(program, "rb") as f:
        found = re.findall(rb'"soname":\["([^"]+)"\]', f.read())
    return sorted({name.decode() for name in found})


@pytest.fixture(scope="module")
def hollow(tmp_path_factory):
    """A shared library with nothing in it: what an old version lacks."""
    path = tmp_path_factory.mktemp("hollow") / "hollow.so"
    subprocess.run(["cc", "-shared", "-o", str(path), "-xc", "/dev/null"],
                   check=True)
    return path.read_bytes()


@pytest.fixture(scope="module")
def bus(tmp_path_factory):
    ring = Keyring(str(tmp_path_factory.mktemp("bus") / "keyring"))
    ring.store("wonderland", host="localhost", service="smtp",
               user="alice@example.test")
    yield {"DBUS_SESSION_BUS_ADDRESS": ring.address}
    ring.stop()


# What an account needs a library for: lines that are added to those of a door
# of Postfix, or stand in their place.
ACCOUNTS = {
    "starttls": ("submission", "passwordeval echo wonderland"),
    "tls": ("submissions", "passwordeval echo wonderland"),
    "plain": ("submission", "auth plain", "passwordeval echo wonderland"),
    "cram-md5": ("submission", "auth cram-md5",
                 "passwordeval echo wonderland"),
    "gssapi": ("submission", "auth gssapi"),
    "token": ("submission", "auth external",
              "tls_cert_file pkcs11:token=none;object=x",
              "tls_key_file pkcs11:token=none;object=x"),
    "certificate": ("submissions", "tls_cert_file {cert}",
                    "tls_key_file {key}", "passwordeval echo wonderland"),
    "priorities": ("submission", "tls_priorities NORMAL",
                   "passwordeval echo wonderland"),
    "crl": ("submission", "tls_crl_file {crl}",
            "passwordeval echo wonderland"),
    "pin": ("submission", "tls_pin pin-sha256:" + "A" * 43 + "=",
            "passwordeval echo wonderland"),
    "refused": ("submission", "tls_trust_file {stranger}",
                "passwordeval echo wonderland"),
    "idn": ("submission", "tls_host_override b\u00fccher.test",
            "passwordeval echo wonderland"),
    "saslprep": ("submission", "auth scram-sha-256", "passwordeval echo \u017f"),
    "dane": ("submission", "tls_dane try",
             "tls_dane_anchor /usr/share/dns/root.key",
             "passwordeval echo wonderland"),
    "keyring": ("submission", "keyring secret-service"),
}

# What does not go without one.
NEEDED = {"cram-md5": "libgsasl",
          "saslprep": "libgsasl", "idn": "libidn2", "keyring": "libsecret",
          "dane": "libunbound"}

# The modes: arguments, and whether a mail is on standard input.  Those that
# look at the account; and the others, which need no more than one.
MODES = {
    "send": (["--json", "--", "{rcpt}"], True),
    "queued": (["-odq", "--", "{rcpt}"], True),
    "run": (["--queue-run"], False),
    "serverinfo": (["--serverinfo"], False),
    "rmqs": (["--rmqs=example.test"], False),
    "explain": (["--explain", "{rcpt}"], False),
    "check": (["--check"], False),
    "dry-run": (["--dry-run", "--", "{rcpt}"], True),
}
OTHER_MODES = {
    "idn-recipient": (["--", "joe@b\u00fccher.test"], True),
    "print": (["-P", "{rcpt}"], False),
    "mailq": (["--mailq"], False),
    "queue-check": (["--queue-check"], False),
    "store": (["--store-password=default"], False),
    "forget": (["--forget-password=default"], False),
    "verify": (["-bv", "{rcpt}"], False),
    "configure": (["--configure=joe@b\u00fccher.test"], False),
    "help": (["--help"], False),
    "version": (["--version"], False),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """What the accounts name."""
    folder = tmp_path_factory.mktemp("files")
    root = Cert("Missing Root", is_ca=True)
    client = Cert("alice", root)
    texts = {"stranger": root.pem, "cert": client.pem, "key": client.key_pem,
             "crl": crl(root)}
    for name, text in texts.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o600)
    return {name: str(folder / name) for name in texts}


@pytest.fixture
def modes(run, home, postfix, files, bus, rcpt):
    """modes(account, modes, broken): {mode: result}, with the libraries of the
    folder broken in front of the system's."""
    def modes(kind, table, broken=None):
        door, *lines = ACCOUNTS[kind]
        home.rc(*account(postfix, "postfix", door, password=""),
                *[line.format(**files) for line in lines])
        env = dict(bus, **({"LD_LIBRARY_PATH": broken} if broken else {}))
        done = {}
        for name, (args, has_mail) in table.items():
            stdin = message(rcpt) if has_mail else b"wonderland\n"
            done[name] = run([a.format(rcpt=rcpt) for a in args], stdin,
                             env=env)
        return done
    return modes


def judge(right, wrong, soname):
    """Each mode as well as with all libraries, or it names the one (or another
    that needs it); how often that was so."""
    named = 0
    for name, done in wrong.items():
        said = SAYS.search(done.err + done.out)
        assert said or done.code == right[name].code, (name, done, right[name])
        if said:
            named += 1
            assert soname.split(".")[0][3:] in done.err + done.out, done
            assert "Install the package" in done.err + done.out, (name, done)
        # neither a mistake of ours, nor one of the mail
        assert done.code in (right[name].code, EX_OSERR) or name == "check", \
            (name, done)
    return named


@pytest.mark.parametrize("kind,how", (*((kind, "broken") for kind in ACCOUNTS),
                                      ("starttls", "hollow")))
def test_each_account(modes, home, program, hollow, kind, how):
    table = MODES if kind != "starttls" else dict(MODES, **OTHER_MODES)
    right = modes(kind, table)
    for soname in libraries(program):
        folder = os.path.join(home.path, soname + ".d")
        os.mkdir(folder)
        with open(os.path.join(folder, soname), "wb") as f:
            f.write(hollow if how == "hollow" else b"")
        named = judge(right, modes(kind, table, folder), soname)
        # all of them are for TLS, and some for nothing else
        assert named or not soname.startswith("libgnutls") or kind == "dane"
        assert named or not soname.startswith(NEEDED.get(kind, "none"))


@pytest.mark.parametrize("extensions", ((), ("8BITMIME", "SMTPUTF8")))
@pytest.mark.parametrize("to,header", (
    ("joe@b\u00fccher.test", "joe@example.test"),
    ("joe@example.test", "joe@b\u00fccher.test")))
def test_a_mail_waits_for_the_library(run, home, program, to, header,
                                      extensions):
    """What a machine lacks is no reason to give a mail up."""
    home.file("libidn2.so.0", "")
    text = message(header)
    with Catch(extensions) as server:
        home.rc(*local(server.port, "queue on-failure"))
        queue = Queue(home.path + "/.local/state/postrider/queue")
        done = run(["-odq", "--", to], text)
        assert done.code == 0, done
        run(["--queue-run"], env={"LD_LIBRARY_PATH": home.path})
        if not server.mails:
            entry = queue.one()
            assert entry.verdicts == {to: "N"}, entry.lines
            assert "cannot open the library" in entry.log[-1]
            queue.make_due(entry.id)
            run(["--queue-run"])
    assert len(server.mails) == 1 and not queue.names()


def test_all_libraries_are_known(program):
    """Those that the tests above take away."""
    assert {name.split(".")[0] for name in libraries(program)} >= {
        "libgnutls", "libgsasl", "libidn2"}
