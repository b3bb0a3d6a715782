# SPDX-License-Identifier: ISC
"""What a hostile server, or a hostile mail, gets to a terminal, a log and a
report (LG); a server that does not read, leaves at once, leaves anywhere (RP);
what leaves us, seen from its end (SM)."""
import datetime
import json
import os
import re
import socket
import subprocess
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from servers.catch import Catch
from servers.scripted import Scripted
from support import LOG_LINE, local, log_fields, message

BOB = "bob@example.test"
EVIL = (b"\x1b]0;pwn\x07\x1b[2J \x9b31m \x08\x08 a\rb \xe2\x80\xaepwn "
        b"\xff\xc0\xaf %n%s%x \xc2\x9b2J " + b"x" * 3000)
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def tame(text):
    """Nothing in it that moves a cursor, turns a line, or hides."""
    found = CONTROLS.search(text)
    assert not found, repr(text[max(0, found.start() - 40):found.end() + 40])
    return True


@pytest.mark.parametrize("where", ("MAIL", "RCPT", "DATA", ".", "EHLO"))
def test_lg_01_replies(home, run, where):
    answer = b"550 5.1.1 " + EVIL.replace(b"\r", b"")
    with Catch(answers={where: answer, "HELO": answer}) as server:
        home.rc(*local(server.port, "logfile ~/log"))
        for args in ([], ["-d"], ["--json"]):
            done = run([*args, "--", BOB], message(BOB))
            assert done.code != 0, done
            assert tame(done.err) and tame(done.out.rstrip("\n"))
            if args == ["--json"]:
                json.loads(done.out)
    lines = home.read("log").splitlines()
    assert len(lines) == 3, lines
    for line in lines:
        assert tame(line) and LOG_LINE.match(line), line
        assert len(log_fields(line).get("smtpmsg", "")) <= 2500


def hostile_certificate(folder, name):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([
        x509.NameAttribute(NameOID.COMMON_NAME, name),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "O=\x1b[2J\nCN=x")])
    now = datetime.datetime.utcnow()
    cert = (x509.CertificateBuilder().subject_name(subject)
            .issuer_name(subject).public_key(key.public_key())
            .serial_number(1).not_valid_before(now)
            .not_valid_after(now + datetime.timedelta(days=2))
            .add_extension(x509.SubjectAlternativeName(
                [x509.DNSName("a\x1b[2J.test")]), False)
            .sign(key, hashes.SHA256()))
    path = os.path.join(folder, "hostile.pem")
    with open(path, "wb") as f:
        f.write(cert.public_bytes(serialization.Encoding.PEM))
        f.write(key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))
    return path


@pytest.mark.parametrize("args", ([], ["-d"], ["-S"]))
def test_lg_02_certificates(home, run, tmp_path, args):
    """Names in a certificate are whatever its maker liked."""
    import ssl
    path = hostile_certificate(str(tmp_path), "evil\n\x1b]0;x\x07, CN=good")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with Scripted(["S: 220 x", "C$"], tls=True, context=context) as server:
        home.rc(*local(server.port, "host localhost", "tls on",
                       "tls_starttls off", "logfile ~/log", "timeout 1",
                       "tls_trust_file " + path))
        done = run([*args, *([] if "-S" in args else ["--", BOB])],
                   message(BOB))
    assert tame(done.err) and tame(done.out), done
    assert all(tame(line) for line in home.read("log").splitlines())
    assert done.code != 0 or "-S" in args


@pytest.mark.parametrize("what", ("address", "user", "account", "from"))
def test_lg_03_our_own_words(home, run, what):
    """No value ends its field, or its line."""
    fake = "x' exitcode=EX_OK errormsg='"
    rcpt, lines = BOB, ["logfile ~/log"]
    if what == "address":
        rcpt = "\"x' exitcode=EX_OK errormsg='\"@example.test"
    elif what == "user":
        lines += ["auth plain", "user " + fake, "passwordeval echo x"]
    elif what == "from":
        lines += ["from \"" + fake + "\"@example.test"]
    with Catch(["AUTH PLAIN"], answers={
            "AUTH": "235 ok", "RCPT": "550 " + fake}) as server:
        base = local(server.port, *lines)
        if what == "account":
            base[0] = "account x'y"
            base.append("account default : x'y")
        if what == "user":
            base = [x for x in base if x != "auth off"]
        home.rc(*base)
        done = run(["--", rcpt], message(BOB))
    assert done.code not in (0, 78), done
    lines = home.read("log").splitlines()
    assert len(lines) == 1, lines
    assert lines[0].count(" exitcode=EX_") - lines[0].count(
        " exitcode=EX_OK") == 1, lines
    assert lines[0].endswith("exitcode=EX_" + {
        65: "DATAERR", 69: "UNAVAILABLE", 67: "NOUSER"}[done.code]), lines


def test_lg_03_name_of_the_program(home, run):
    with Catch() as server:
        home.rc(*local(server.port))
        done = run(["--", "not an address"], message(BOB),
                   argv0="x\x1b[2J\nfake")
    assert done.code == 65 and tame(done.err), done


@pytest.mark.parametrize("sink", (
    "logfile /dev/full", "logfile /nosuch/log", "logfile ~", "syslog on",
    "logfile ~/fifo"))
def test_lg_04_a_log_that_fails(home, run, sink):
    """The mail is sent, the exit code is the mail's, and nobody waits."""
    os.mkfifo(home.path + "/fifo")
    begin = time.monotonic()
    with Catch() as server:
        home.rc(*local(server.port, sink))
        done = run(["--", BOB], message(BOB))
    assert done.code == 0, done
    assert len(server.mails) == 1
    assert time.monotonic() - begin < 50
    if "full" in sink or "nosuch" in sink:
        assert "log" in done.err


def test_lg_04_a_log_that_somebody_keeps(home, run):
    """Who holds the lock holds up nobody; the line is there all the same."""
    import fcntl
    path = home.file("log", "")
    with open(path, "ab") as held, Catch() as server:
        fcntl.lockf(held, fcntl.LOCK_EX)
        home.rc(*local(server.port, "logfile ~/log"))
        done = run(["--", BOB], message(BOB))
    assert done.code == 0 and not done.err, done
    assert LOG_LINE.match(home.read("log").strip())


def test_lg_05_formats(home, run):
    """A percent sign is a percent sign, wherever it comes from."""
    evil = "%n%s%s%s%s%n%99999999d"
    with Catch(answers={"RCPT": "550 5.1.1 " + evil}) as server:
        home.rc(*local(server.port, "logfile ~/log", "account x%n%s",
                       "host %n%s%s", "port 25"))
        done = run(["-d", "--", "%s%n@example.test"],
                   b"Subject: " + evil.encode() + b"\nX-%n%s: y\n\n" +
                   evil.encode() + b"\n", argv0="%n%s")
        assert done.code == 65, done
        assert evil in done.err and evil in home.read("log")
        done = run(["--host=%n%s%s%n", "--%n%s", "%n"], b"", argv0="%s%n")
        assert done.code == 64, done
        done = run(["-C", "%n%s%s%s"], b"x: y\n\nz\n", argv0="%s%n")
        assert done.code in (64, 66, 78), done


def test_lg_06_lines_stay_whole(home, program, environment):
    """Twenty at once into one file, each in one write."""
    rcpts = ["r%03d@example.test" % i for i in range(150)]
    with Catch(["PIPELINING"]) as server:
        home.rc(*local(server.port, "logfile ~/log"))
        running = [subprocess.Popen(
            [program, "--", *rcpts], stdin=subprocess.PIPE, env=environment,
            cwd=home.path) for _ in range(20)]
        for process in running:
            process.stdin.write(message(BOB))
            process.stdin.close()
        assert [process.wait(60) for process in running] == [0] * 20
    lines = home.read("log").splitlines()
    assert len(lines) == 20
    for line in lines:
        assert LOG_LINE.match(line), line
        assert log_fields(line)["recipients"] == ",".join(rcpts)


# --- servers that do not do their part -----------------------------------------

def test_rp_14_server_does_not_read(home, run):
    """Behind 354 the window closes; the time limit holds."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        home.rc(*local(listener.getsockname()[1], "timeout 2"))
        import threading
        held = []

        def serve():
            sock, _ = listener.accept()
            held.append(sock)
            sock.sendall(b"220 x\r\n")
            for reply in (b"250 x", b"250 ok", b"250 ok", b"354 go"):
                sock.recv(1024)
                sock.sendall(reply + b"\r\n")
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        begin = time.monotonic()
        done = run(["--", BOB], message(BOB, b"x" * 70 + b"\n") +
                   (b"y" * 70 + b"\n") * 300000)
        assert 1.9 < time.monotonic() - begin < 50
        thread.join(20)
        for sock in held:
            sock.close()
    assert done.code == 75 and "timed out" in done.err, done
    assert "may have taken" not in done.err


def test_rp_14_server_reads_an_octet_now_and_then(home, run):
    """Progress, but not in this life: the limit over all holds."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        home.rc(*local(listener.getsockname()[1], "total_timeout 3"))
        import threading
        stop = threading.Event()

        def serve():
            sock, _ = listener.accept()
            with sock:
                sock.sendall(b"220 x\r\n")
                for reply in (b"250 x", b"250 ok", b"250 ok", b"354 go"):
                    sock.recv(1024)
                    sock.sendall(reply + b"\r\n")
                while not stop.wait(0.05):
                    if not sock.recv(512):
                        return
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        begin = time.monotonic()
        done = run(["--", BOB], message(BOB) + (b"y" * 70 + b"\n") * 300000)
        assert 2.5 < time.monotonic() - begin < 50
        stop.set()
        thread.join(20)
    assert done.code == 75 and "timed out" in done.err, done


@pytest.mark.parametrize("greeting", ([], ["S: 421 4.3.2 busy"]))
def test_rp_19_one_attempt_for_one_call(home, run, greeting):
    """A server that hangs up is not asked again by the same call."""
    with Scripted([[*greeting, "FIN"]] * 5) as server:
        home.rc(*local(server.port))
        done = run(["--", BOB], message(BOB))
        assert done.code == 75, done
        assert len(server.connections) == 1


GOOD = [b"220 x\r\n", b"250-x\r\n250-PIPELINING\r\n250 AUTH PLAIN\r\n",
        b"235 2.7.0 ok\r\n", b"250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go\r\n",
        b"250 2.0.0 queued\r\n"]


@pytest.mark.parametrize("how", ("FIN", "BYE", "RST"))
def test_rp_20_gone_behind_each_octet_over_tls(home, run, pki, how):
    """Whatever was said by then, nothing was sent; in doubt only when the
    whole message was out."""
    turns = [("C: EHLO *",), ("C: AUTH *",), ("C: MAIL *", "C: RCPT *",
                                              "C: DATA"), ("C.",)]
    spots = [(i, n) for i, reply in enumerate(GOOD)
             for n in range(0, len(reply), 3 if how == "FIN" else 9)]
    dialogues = []
    for i, n in spots:
        lines = []
        for k in range(i + 1):
            lines += turns[k - 1] if k else ()
            octets = GOOD[k] if k < i else GOOD[k][:n]
            lines.append("S> " + "".join("\\x%02x" % c for c in octets))
        dialogues.append([*lines, how])
    with Scripted(dialogues, pki=pki, tls=True) as server:
        home.rc(*local(server.port, "host localhost", "tls on",
                       "tls_starttls off", "auth plain", "user joe",
                       "tls_trust_file " + pki.ca,
                       "passwordeval echo sesame"))
        for i, n in spots:
            begin = os.times().children_user + os.times().children_system
            done = run(["--", BOB], message(BOB))
            spent = os.times().children_user + os.times().children_system
            assert done.code in (75, 76), (i, n, done)
            assert ("may have taken" in done.err) == (i == 4), (i, n, done)
            assert spent - begin < 10  # it does not go round and round


# --- what leaves ---------------------------------------------------------------

@pytest.mark.parametrize("extensions", ((), ("CHUNKING", "PIPELINING")))
def test_sm_15_nothing_that_was_not_meant(home, run, extensions):
    """Memory that nobody wrote to would show: the C library fills it with
    another octet in each run."""
    sent = message(BOB, b"x" * 9000 + b"\n" + b"\n".join(
        b"y" * n for n in range(200)), "X: " + "z" * 900)
    wires = []
    for octet in ("0", "90", "165"):
        with Catch(extensions) as server:
            home.rc(*local(server.port, "long_lines send"))
            done = run(["--", BOB], sent, env={"MALLOC_PERTURB_": octet})
        assert done.code == 0, done
        wires.append((server.mails[0].wire, server.commands))
    assert wires[0] == wires[1] == wires[2]
    assert wires[0][0].replace(b"\r\n", b"\n") == sent + b"\n"


def test_sm_16_dots_on_input(home, run):
    """A dot alone is text, unless sendmail's own letters ask for the end."""
    sent = message(BOB, b"one\n.\ntwo\n")
    with Catch() as server:
        home.rc(*local(server.port))
        for args in (["-t"], ["-t", "-oi"], ["-i", "-t"]):
            done = run(args, sent, argv0="sendmail")
            assert done.code == 0, done
            mail = server.mails.pop()
            assert mail.octets.endswith(b"one\r\n.\r\ntwo\r\n"), args


@pytest.mark.parametrize("size", (0, 1, 65000, 70000, 1 << 20, (2 << 20) - 300,
                                  (2 << 20) + 5))
def test_sm_17_chunks_count_what_leaves(home, run, size):
    """Octets with CRLF, no dot doubled, LAST on the last and on no other."""
    body = (b".\n\r.\r\n" + b"x" * 55 + b"\n") * (size // 60 + 1)
    body = body[:size]
    with Catch(["CHUNKING", "PIPELINING", "SIZE"]) as server:
        home.rc(*local(server.port, "chunking on"))
        sent = message(BOB, body)
        done = run(["--", BOB], sent)
    assert done.code == 0, done
    chunks = [c.split() for c in server.commands if c.startswith(b"BDAT")]
    assert [c[-1] == b"LAST" for c in chunks] == \
        [False] * (len(chunks) - 1) + [True]
    assert sum(int(c[1]) for c in chunks) == len(server.mails[0].octets)
    assert all(int(c[1]) > 0 for c in chunks)
    assert "SIZE=%d" % len(server.mails[0].octets) in server.mails[0].sender
    want = re.sub(rb"\r\n|\r|\n", b"\r\n", sent)
    if not want.endswith(b"\r\n"):
        want += b"\r\n"
    assert server.mails[0].octets == want


@pytest.mark.parametrize("extensions", (
    (), ("PIPELINING",), ("PIPELINING", "CHUNKING")))
def test_sm_19_quit_comes_last(home, run, extensions):
    """Not before the reply to the message was read."""
    hello = ["S: 250-x", *("S: 250-" + e for e in extensions), "S: 250 HELP"]
    flight = ["C: MAIL *", "S: 250 ok", "C: RCPT *", "S: 250 ok", "C: DATA",
              "S: 354 go", "C."]
    if "CHUNKING" in extensions:
        flight = ["C: MAIL *", "C: RCPT *", "C+",
                  "S> 250 ok\\r\\n250 ok\\r\\n"]
    elif extensions:
        flight = ["C: MAIL *", "C: RCPT *", "C: DATA",
                  "S> 250 ok\\r\\n250 ok\\r\\n354 go\\r\\n", "C."]
    with Scripted(["S: 220 x", "C: EHLO *", *hello, *flight, "~0.3",
                   "S> 250-done\\r\\n", "~0.3", "FIN"]) as server:
        home.rc(*local(server.port))
        done = run(["--", BOB], message(BOB))
    assert done.code == 75 and "may have taken" in done.err, done
    assert b"QUIT" not in server.received


# The turns of a session; each phase drips in turn.
PHASES = (
    ("greeting", []), ("EHLO", ["S: 220 x", "C: EHLO *"]),
    ("AUTH", ["C: AUTH PLAIN *"]), ("MAIL", ["S: 235 ok", "C: MAIL *"]),
    ("RCPT", ["S: 250 ok", "C: RCPT *"]), ("DATA", ["S: 250 ok", "C: DATA"]),
    ("message", ["S: 354 go", "C."]))


def test_rp_13_every_phase_drips(home, program, environment):
    """An octet each 0.2 s is progress and no reply: the phase's limit holds
    in each of them, all tried at once."""
    def dialogue(count):
        lines = []
        for name, turns in PHASES[:count + 1]:
            lines += turns
            if name == "EHLO" and count > 1:
                lines.append("S> 250-x\\r\\n250 AUTH PLAIN\\r\\n")
        drip = ["S> 250-\\x78", "~0.2"] if count else ["S> 220-\\x78", "~0.2"]
        return lines + drip + ["S> x", "~0.2"] * 600

    servers, running = [], []
    for count, (name, _) in enumerate(PHASES):
        server = Scripted(dialogue(count))
        server.__enter__()
        servers.append(server)
        path = home.file("rc-" + name, "\n".join(local(
            server.port, "timeout 4", "auth plain", "user joe",
            "passwordeval echo sesame")) + "\n")
        running.append((name, time.monotonic(), subprocess.Popen(
            [program, "-C", path, "--", BOB], stdin=subprocess.PIPE,
            stderr=subprocess.PIPE, env=environment, cwd=home.path)))
        running[-1][2].stdin.write(message(BOB))
        running[-1][2].stdin.close()
    try:
        for name, begin, process in running:
            said = process.stderr.read().decode()
            assert process.wait(60) == 75, (name, said)
            assert "timed out" in said, (name, said)
            assert ("may have taken" in said) == (name == "message"), name
            assert time.monotonic() - begin < 100, name
            process.stderr.close()
    finally:
        for server in servers:
            server.finish()
