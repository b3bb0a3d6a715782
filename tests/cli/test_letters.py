# SPDX-License-Identifier: ISC
"""What sendmail's letters do to a mail, and what those that send none do."""
import os
import pwd
import subprocess

import pytest

from support import account, message

BARE = b"Subject: s\n\nb\n"


@pytest.fixture
def ready(postfix, home):
    home.rc(*account(postfix, "postfix", "submission",
                     "qualify_domain example.test", "logfile ~/log"))
    return postfix


@pytest.fixture
def send(ready, run, rcpt):
    """send([args...], mail) -> what arrives for rcpt; the call is silent."""
    def send(args, mail=BARE, env=None, to=None):
        done = run(args, mail, argv0="sendmail", env=env)
        assert (done.code, done.out, done.err) == (0, "", ""), done
        return ready.wait("postfix", to or rcpt)
    return send


def test_full_name(send, rcpt):
    got = send(["-F", "Doe, J\u00f6rg", rcpt], env={"NAME": "Other"})
    assert got.header("From") == [
        "=?UTF-8?B?RG9lLCBKw7ZyZw==?= <alice@example.test>"]


def test_full_name_of_the_environment(send, rcpt):
    got = send([rcpt], env={"NAME": "Doe, John"})
    assert got.header("From") == ['"Doe, John" <alice@example.test>']


@pytest.mark.parametrize("args, to", (
    (["-O", "NoRecipientAction=add-to"], ["RCPT"]),
    (["-ONoRecipientAction=add-to-undisclosed"], ["undisclosed-recipients:;"]),
    (["-oNone"], [])))
def test_header_without_recipients(send, rcpt, args, to):
    got = send([*args, rcpt])
    assert got.header("To") == [t.replace("RCPT", rcpt) for t in to]


def test_recipients_are_taken_away(ready, send, rcpt):
    """Exim's and old sendmail's -t; ours adds, as msmtp's and Postfix's."""
    other, third = "o" + rcpt, "t" + rcpt
    mail = ("To: %s, %s\n" % (other, rcpt)).encode() + BARE
    send(["-t", "-OExtractArgs=remove", other], mail)
    assert not ready.arrived("postfix", other)
    send(["-t", third], mail, to=third)
    ready.wait("postfix", other)


def test_aliases_of_the_caller(ready, send, home, rcpt):
    path = home.file("mine", "joe: %s\n" % rcpt)
    send(["-oA" + path, "joe"])


def test_aliases_of_others(ready, run, home, rcpt):
    path = home.file("mine", "joe: %s\n" % rcpt)
    os.chmod(path, 0o666)
    done = run(["-oA" + path, "joe"], BARE, argv0="sendmail")
    assert done.code == 78 and "own" in done.err
    assert not ready.arrived("postfix", rcpt)


def test_no_aliases(ready, send, home, rcpt):
    home.file("aliases", "%s: nobody@example.test\n" % rcpt.split("@")[0])
    home.rc(*account(ready, "postfix", "submission", "aliases ~/aliases",
                     "qualify_domain example.test"))
    send(["-n", rcpt.split("@")[0]])


def test_seven_bits(send, rcpt):
    mail = ("To: %s\nMIME-Version: 1.0\nContent-Type: text/plain; "
            "charset=UTF-8\nContent-Transfer-Encoding: 8bit\nSubject: s\n\n"
            "J\u00f6rg\n" % rcpt).encode()
    assert "J\u00f6rg".encode() in send(["-B8BITMIME", rcpt], mail).original
    other = "o" + rcpt
    got = send(["-B", "7BIT", other], mail, to=other)
    assert b"J=C3=B6rg" in got.original
    assert got.header("Content-Transfer-Encoding") == ["quoted-printable"]


@pytest.mark.parametrize("args, fields", (
    (["-h", "101"], 0), (["-h101"], 3), ([], 101)))
def test_too_many_hops(ready, run, rcpt, args, fields):
    done = run([*args, "--json", rcpt],
               b"Received: from a by b; date\n" * fields + BARE,
               argv0="sendmail")
    assert done.code == 69 and '"5.4.6"' in done.out
    assert "101" in done.err
    assert not ready.arrived("postfix", rcpt)


def test_hops_that_are_few(send, rcpt):
    """As many as Postfix takes."""
    send(["-h", "100", "-p", "smtp", rcpt],
         b"Received: from a by b; date\n" * 40 + BARE)


def test_what_was_not_heeded_is_logged(ready, send, home, rcpt):
    """Once each; no file is opened."""
    trap = os.path.join(home.path, "trap")
    send(["-Z", "-Z", "-C" + trap, "-X", trap, "-oQ" + trap, "-N", "now",
          "-Yx", "-E", "-A", "c", "-x", "--file=" + trap, rcpt])
    log = home.read("log")
    assert not os.path.exists(trap)
    for word in ("-Z", "-C", "-X", "-oQ" + trap, "-Nnow", "-Y", "--file"):
        assert log.count("option %s " % word) == 1, (word, log)
    for word in ("-E", "-A", "-x"):
        assert "option %s " % word not in log


def test_wishes(ready, run, rcpt):
    """-v shows them, on standard error, without the password."""
    done = run(["-v", "-Vq1+2", "-Nnever", "-R", "hdrs", "-U", rcpt], BARE,
               argv0="sendmail")
    assert done.code == 0 and done.out == ""
    assert "RET=HDRS" in done.err and "ENVID=q1+2B2" in done.err
    assert "NOTIFY=NEVER" in done.err
    assert "d29uZGVybGFuZA" not in done.err  # wonderland


@pytest.mark.parametrize("args, code, said", (
    (["-oeq", "nobody@bounce.invalid@x"], 65, ""),
    (["-oem", "nobody@x@y"], 65, "bad address"),
    (["-e", "q", "a\rb@x"], 65, "")))
def test_quiet_errors(ready, run, args, code, said):
    done = run(args, BARE, argv0="sendmail")
    assert done.code == code
    assert said in done.err if said else done.err == ""


@pytest.mark.parametrize("name, args", (
    ("sendmail", ["-bp"]), ("mailq", []), ("sendmail", ["-q"]),
    ("sendmail", ["-qf"]), ("sendmail", ["-q30m"]), ("runq", []),
    ("sendmail", ["-bi"]), ("newaliases", []), ("sendmail", ["-I"]),
    ("sendmail", ["-bv", "RCPT"]), ("sendmail", ["-bt", "RCPT"]),
    ("sendmail", ["-q", "-bm", "RCPT"]), ("sendmail", ["-bV", "RCPT"]),
    ("sendmail", ["-bs"]), ("sendmail", ["-bd"]), ("rsmtp", []),
    ("smtpd", []), ("sendmail", ["-Qx", "RCPT"]), ("hoststat", [])))
def test_modes_send_nothing(ready, run, home, rcpt, name, args):
    done = run([a.replace("RCPT", rcpt) for a in args], message(rcpt),
               argv0=name)
    assert done.code >= 0
    assert not ready.arrived("postfix", rcpt)
    assert "recipients=" not in home.read("log")


@pytest.mark.parametrize("args", (
    ["-bs"], ["-bd"], ["-bS"], ["-Qx"], ["-P", "a@x"], ["-apx", "a@x"],
    ["--host=x", "a@x"], ["--tls=off", "a@x"], ["-qZ"], ["-Mrm", "x"]))
def test_refused(run, args):
    """64, with a word about it, and standard input read to its end."""
    done = run(args, b"x\n" * 1000000, argv0="sendmail")
    assert done.code == 64 and done.err


@pytest.mark.parametrize("rc, args", (
    ("account default\nhost localhost\nnonsense\n", ["a@x"]),
    ("", ["a@x"]), ("account default\nhost localhost\n", ["-t"]),
    ("account default\nhost localhost\n", ["a b c"])))
def test_input_is_read_to_its_end(run, home, program, environment, rc, args):
    """A caller that still writes does not die of SIGPIPE."""
    home.file(".msmtprc", rc)
    child = subprocess.Popen(["sendmail", *args], executable=program,
                             stdin=subprocess.PIPE, stderr=subprocess.PIPE,
                             env=environment, cwd=home.path)
    child.stdin.write(b"Subject: s\n\n" + b"x" * 70 * 1024 + b"\n" * 4096)
    child.stdin.write(b"more\n" * 100000)
    child.stdin.close()
    assert child.wait(60) > 0
    assert child.stderr.read()
    child.stderr.close()


def test_newaliases(run, home):
    home.rc("account default", "host localhost", "aliases ~/aliases")
    home.file("aliases", "root: a@x.test\n")
    done = run([], argv0="newaliases")
    assert (done.code, done.out, done.err) == (0, "", "")
    home.file("aliases", "root: a@x.test\na: b\nb: a\nc: |id\nd: e@x.test\n")
    done = run(["-bi"], argv0="sendmail")
    assert done.code == 78
    assert "line 2" in done.err and "line 4" in done.err
    home.file("aliases", "root a@x.test\n")
    assert run([], argv0="newaliases.postrider").code == 78


def test_newaliases_without_aliases(run, home):
    """Package scripts call it whatever there is."""
    assert run([], argv0="newaliases").code == 0
    home.rc("account default", "host localhost")
    assert run(["-bi"], argv0="sendmail").code == 0


def test_verify(run, home):
    home.rc("account default", "host mail.test", "from me@x.test",
            "aliases ~/aliases", "qualify_domain d.test",
            "account work", "host work.test", "from w@x.test")
    home.file("aliases", "root: a@x.test, joe\nloop: loop2\nloop2: loop\n")
    done = run(["-bv", "root,b@x.test", "loop", "c"], argv0="sendmail")
    assert done.code == 78 and "line 3" in done.err
    assert done.out.splitlines() == [
        "root: <a@x.test>", "root: <joe@d.test>",
        "    from <me@x.test>, account default, server mail.test",
        "b@x.test: <b@x.test>",
        "    from <me@x.test>, account default, server mail.test",
        "c: <c@d.test>",
        "    from <me@x.test>, account default, server mail.test"]
    done = run(["-bt", "-f", "w@x.test", "b"], argv0="sendmail")
    assert done.out.splitlines()[-1] == \
        "    from <w@x.test>, account work, server work.test"
    assert run(["-bv"], argv0="sendmail").code == 64


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is left with HOMEs")
def test_root_is_not_led_by_others(run, home):
    """Their file could name a command."""
    home.rc("account default", "host localhost",
            "eval echo user joe; touch %s/led" % home.path)
    nobody = pwd.getpwnam("nobody")
    os.chown(home.path, nobody.pw_uid, nobody.pw_gid)
    done = run(["a@x.test"], BARE, argv0="sendmail")
    assert done.code == 78 and "no configuration file" in done.err
    assert not os.path.exists(os.path.join(home.path, "led"))


def test_resent(send, rcpt):
    """RFC 5322 3.6.6: who, when and a name of its own, beside the rest."""
    mail = ("X-First: one\n"
            "Resent-To: %s\nResent-Bcc: s-%s\nFrom: joe@x.test\n"
            "To: ann@x.test\nDate: Sat, 21 Nov 2026 10:00:00 +0000\n"
            "Message-ID: <1@x.test>\nSubject: s\n\nb\n" % (rcpt, rcpt))
    got = send(["-t", "-F", "Alice"], mail.encode())
    names = [line.split(b":")[0] for line in got.original.splitlines()
             if b":" in line]
    at = names.index(b"Resent-From")
    assert names[at:at + 4] == [b"Resent-From", b"Resent-Date",
                                b"Resent-Message-ID", b"Resent-To"]
    assert names[at - 1] == b"X-First"
    assert got.header("Resent-From") == ["Alice <alice@example.test>"]
    assert b"Resent-Bcc" not in names and names.count(b"Date") == 1
    assert got.header("From") == ["joe@x.test"]


def test_resent_and_whole(send, rcpt):
    mail = ("Resent-From: me@x.test\nResent-Date: Sat, 21 Nov 2026 10:00:00 "
            "+0000\nResent-Message-ID: <2@x.test>\nResent-To: %s\n" % rcpt
            ).encode() + message("ann@x.test")
    assert send(["-t"], mail).original == mail
