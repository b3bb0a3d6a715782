# SPDX-License-Identifier: ISC
"""One msmtprc with every command of msmtp's, and the same calls of Debian's
msmtp and of this program: the same account, envelope, header, log line and exit
code, but for what doc/MSMTP.md lists."""
import email
import hashlib
import ipaddress
import os
import re
import ssl
import subprocess

import pytest

from servers.recorder import Recorder
from servers.relay import Socks
from support import log_fields

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))

RC = """\
# every command of msmtp's
defaults
host 127.0.0.1
port {plain}
timeout 30
protocol smtp
domain here.test
tls_trust_file {ca}
logfile ~/log
logfile_time_format %Y

account basic
from basic@x.test
tls off
auth off

account starttls : basic
tls on
tls_starttls on
tls_certcheck on
auth on
user me
password right

account implicit : starttls
port {implicit}
tls_starttls off
tls_host_override mail.example.test
tls_priorities NORMAL
tls_min_dh_prime_bits 2048
auth plain
password
passwordeval "echo right"

account print : starttls
tls_trust_file
tls_fingerprint {print}

account crl : starttls
tls_crl_file {crl}

account cert : starttls
tls_cert_file {client}
tls_key_file {client_key}

account login : starttls
auth login
ntlmdomain DOMAIN

account wrong : starttls
password wrong

account untrusted : starttls
tls_trust_file {other_ca}

account old : basic
tls
tls_nostarttls
tls_nocertcheck
tls_force_sslv3
port {implicit}
connect_timeout 20

account older : basic
auto_from on
maildomain m.test
keepbcc on
add_missing_from_header off
add_missing_date_header off
undisclosed_recipients on

account proxy : basic
proxy_host 127.0.0.1
proxy_port {proxy}

account source : basic
source_ip 127.0.0.2

account socket : basic
socket {socket}

account lmtp : basic
protocol lmtp
port {lmtp}

account dsn : basic
dsn_notify failure,delay
dsn_return full

account set : basic
set_from_header on
set_date_header off
set_msgid_header off
remove_bcc_headers off

account fixed : basic
from %U@%H
allow_from_override off

account names : basic
aliases {aliases}
syslog LOG_LOCAL7

account said : basic
eval echo from eval@x.test

account pattern : basic
from *@pattern.test

account tagged : basic
from tag@x.test

account closed : basic
port 1

account nowhere : basic
host nosuch.invalid

account default : basic
from default@x.test
"""
# What 1.8.23 does not know yet; test_settings.py and test_print.py have them.
NEWER = {"from_full_name", "set_to_header"}

HEAD = (b"From: Joe <joe@here.test>\nTo: a@x.test\nCc: b@x.test\n"
        b"Bcc: c@x.test\nSubject: s\n")
MAIL = HEAD + b"\n.dot\nbody\n"
BARE = b"Subject: bare\n\nbody\n"
A = ["a@x.test"]


def on(name, *more):
    return ["-a", name, *more, "--", *A]


# name -> (arguments, message)
CALLS = {
    **{name: (on(name), MAIL) for name in re.findall(
        r"(?m)^account (\w+)", RC)},
    **{"bare-" + name: (on(name), BARE) for name in (
        "basic", "older", "set", "fixed", "said", "dsn")},
    **{"t-" + name: (["-a", name, "-t"], MAIL) for name in (
        "basic", "older", "set", "names")},
    "host": (["--host=127.0.0.1", "--port={plain}", "-f", "me@x.test",
              "--domain=d", "--tls=off", *A], MAIL),
    "no-such": (on("nosuch"), MAIL),
    "by-from": (["-f", "tag@x.test", *A], MAIL),
    "by-case": (["-f", "TAG@X.TEST", *A], MAIL),
    "by-tag": (["-f", "tag+more@x.test", *A], MAIL),
    "by-pattern": (["-f", "any@pattern.test", *A], MAIL),
    "by-header": (["--read-envelope-from", *A],
                  MAIL.replace(b"joe@here", b"tag@x")),
    "by-nothing": (["-f", "nobody@z.test", *A], MAIL),
    "override": (on("fixed", "-f", "me@x.test"), MAIL),
    "null-sender": (on("basic", "-f", "<>"), MAIL),
    "daemon": (on("basic", "-f", "MAILER-DAEMON"), MAIL),
    "two": (["-a", "basic", "a@x.test", "b@x.test"], MAIL),
    "list": (["-a", "basic", "Ann <a@x.test>, b@x.test"], MAIL),
    "alias": (["-a", "names", "root", "z@x.test"], MAIL),
    "name": (on("basic", "-F", "Ann Other"), BARE),
    "cron": (["-a", "basic", "-FCronDaemon", "-i", "-odi", "-oem", *A], BARE),
    "behind": (["a@x.test", "-a", "basic", "-fme@x.test"], MAIL),
    "short": (["--acc=basic", "--fro=me@x.test", *A], MAIL),
    "options": (on("basic", "--dsn-notify=never", "--dsn-return=hdrs",
                   "--domain=other.test", "--set-from-header=on",
                   "--keepbcc"), MAIL),
    "auth": (on("basic", "--tls", "--auth=plain", "--user=me",
                "--passwordeval=echo right"), MAIL),
    "bare": (on("basic", "--set-from-header", "--remove-bcc-headers",
                "--set-date-header", "--keepbcc=off",
                "--syslog=off", "--tls=off", "--timeout=off"), BARE),
    "unset": (on("starttls", "--auth=off", "--domain=", "--domain=e.test",
                 "--from=", "--dsn-notify=off", "--aliases=",
                 "--logfile-time-format=%d"), MAIL),
    "joined": (["-abasic", "-fme@x.test", "-tFAnn Other"], MAIL),
    "late": (["y@x.test", "-t", "--", "-a", "z@x.test"], MAIL),
    "hyphen": (["-a", "basic", "--", "-x@x.test"], MAIL),
    "ignored": (["-a", "basic", "-Aac", "-B", "8BITMIME", "-h3", "-Ltag",
                 "-Ox=y", "-oi", "-G", "-i", "-m", "-n", "-bm", *A], MAIL),
    **{"letter" + letter: (["-a", "basic", letter, *A], MAIL) for letter in (
        "-q", "-e", "-U", "-s", "-Q", "-M", "-I", "-x", "-bd", "-bD", "-bs",
        "-Z", "-r", "-p", "-T")},
    "no-mail-from": (on("basic", "-f", "no@x.test"), MAIL),
    "no-rcpt": (["-a", "basic", "no@x.test"], MAIL),
    "no-body": (["-a", "basic", "body-no@x.test"], MAIL),
    "unknown": (["--no-such-option", *A], MAIL),
    "ambiguous": (["--tls-c=x", *A], MAIL),
    "no-value": (["-a"], MAIL),
    "bad-value": (["--port=x", *A], MAIL),
    "both": (["--host=h", "-a", "basic", *A], MAIL),
    "no-recipients": (["-a", "basic"], MAIL),
    "mode": (["-bs"], MAIL),
    "no-file": (["-C", "/nonexistent/rc", *A], MAIL),
}


class World:
    """The servers, and the two programs to be sent through them."""

    def __init__(self, home, pki, files, tmp, run, msmtp):
        self.home, self.tmp = home, tmp
        self.programs = {"msmtp": msmtp, "postrider": run}
        self.servers = [Recorder(pki), Recorder(pki, implicit=True),
                        Recorder(pki, lmtp=True),
                        Recorder(pki, at=str(tmp / "socket"))]
        self.proxy = Socks("127.0.0.1", self.servers[0].port)
        self.files = files
        self.ports = {"plain": self.servers[0].port,
                      "implicit": self.servers[1].port,
                      "lmtp": self.servers[2].port, "proxy": self.proxy.port}
        home.file("al", "root: q@x.test, joe\njoe: j@x.test # me\n")
        self.rc(RC.format(
            **self.ports, **files, socket=str(tmp / "socket"),
            aliases=home.path + "/al"))

    def rc(self, text):
        self.home.file(".msmtprc", text)

    def __enter__(self):
        for server in [*self.servers, self.proxy]:
            server.__enter__()
        return self

    def __exit__(self, *exc):
        for server in [*self.servers, self.proxy]:
            server.__exit__()

    def call(self, name, args, stdin):
        """(exit code, sessions, lines of the log, result)"""
        log = self.home.path + "/log"
        if os.path.exists(log):
            os.unlink(log)
        done = self.programs[name](
            [a.replace("{plain}", str(self.ports["plain"])) for a in args],
            stdin)
        return (done.code, [s for server in self.servers
                            for s in server.take()],
                [log_fields(line) for line in
                 self.home.read("log").splitlines()], done)


def crl(pki):
    path = os.path.join(pki.folder, "crl.pem")
    template = os.path.join(pki.folder, "crl.tmpl")
    with open(template, "w", encoding="ascii") as f:
        f.write("crl_next_update = 30\ncrl_number = 1\n")
    subprocess.run(
        ["certtool", "--generate-crl", "--load-ca-privkey",
         os.path.join(pki.folder, "ca.key"), "--load-ca-certificate", pki.ca,
         "--template", template, "--outfile", path], check=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    return path


@pytest.fixture(scope="module")
def files(pki):
    """What the file names of certificates."""
    with open(pki.cert, encoding="ascii") as f:
        pem = f.read()
    der = ssl.PEM_cert_to_DER_cert(pem[pem.index("-----BEGIN"):])
    client = pki.issue("client", 'cn = "me"\ntls_www_client\nsigning_key\n'
                       "expiration_days = 30\n")
    return {"ca": pki.ca, "other_ca": pki.other_ca, "crl": crl(pki),
            "print": ":".join(re.findall("..", hashlib.sha256(
                der).hexdigest().upper())),
            "client": client[0], "client_key": client[1]}


@pytest.fixture
def world(home, pki, files, tmp_path_factory, run, msmtp, environment):
    environment["HOSTNAME"] = "host.test"
    with World(home, pki, files, tmp_path_factory.mktemp("s"), run,
               msmtp) as world:
        yield world


def header(data):
    """The fields, what is made anew by its presence; those that were added
    stand in front, in an order of their own."""
    return sorted((k.lower(), "made" if k.lower() in ("message-id", "date")
                   else v)
                  for k, v in email.message_from_bytes(data).items())


def body(data):
    return data.partition(b"\r\n\r\n")[2]


def is_address(name):
    try:
        return bool(ipaddress.ip_address(name))
    except ValueError:
        return False


# What is different by one number everywhere: each makes two facts the same.
def without_d1(session):
    if session["sni"] and is_address(session["sni"]):
        session["sni"] = None


def without_d3(session):
    session["rcpts"] = [re.sub(r" ORCPT=\S+", "", r)
                        for r in session["rcpts"]]


def without_d6(session):
    session["rcpts"].sort()


def facts(sessions):
    found = []
    for session in sessions:
        session = session.facts()
        without_d1(session)
        without_d3(session)
        without_d6(session)
        found.append(session)
    return found


def log(records):
    """The lines of the log, without what the programs word for themselves;
    D27: warnings are no records."""
    found = []
    for record in records:
        if "exitcode" not in record:
            continue
        record["recipients"] = sorted(record["recipients"].split(","))  # D6
        found.append([(k, v if k not in ("errormsg", "mailsize") else "")
                      for k, v in record.items()])
    return found


def of(fact, what):
    """One fact of the last session."""
    return facts(fact[1])[-1][what]


# Calls that differ in one thing: number, what it is, msmtp's and ours.
DIFFERENT = {
    "untrusted": ("D2", lambda r: of(r, "tls"), "TLSv1.3", None),
    "pattern": ("D9", lambda r: of(r, "sender"), "<*@pattern.test>",
                "<joe@here.test>"),
    "socket": ("D25", lambda r: r[2][0].get("host"), "127.0.0.1", None),
    "lmtp": ("D26", lambda r: "smtpstatus" in r[2][0], False, True),
    "daemon": ("D28", lambda r: r[2][0]["from"], "MAILER-DAEMON", ""),
}


@pytest.mark.parametrize("name", CALLS)
def test_same(world, name):
    args, stdin = CALLS[name]
    theirs = world.call("msmtp", args, stdin)
    ours = world.call("postrider", args, stdin)
    assert ours[0] == theirs[0], (ours[3], theirs[3])
    if name in DIFFERENT:
        _, what, his, mine = DIFFERENT[name]
        assert (what(theirs), what(ours)) == (his, mine)
        return
    assert facts(ours[1]) == facts(theirs[1])
    for mine, his in zip(ours[1], theirs[1]):
        assert (mine.data is None) == (his.data is None)
        if mine.data is not None:
            assert header(mine.data) == header(his.data)
            assert body(mine.data) == body(his.data)
    # D29: msmtp is silent where it has not come to a server
    if theirs[2]:
        assert log(ours[2]) == log(theirs[2])


@pytest.mark.parametrize("args", (A, ["-f", "me@x.test", *A]),
                         ids=("email", "f"))
def test_same_environment(world, environment, args):
    """EMAIL and SMTPSERVER, where there is no file.  D4, D5: without one
    msmtp says localhost in EHLO, and uses no TLS."""
    environment.update(EMAIL="env@x.test", SMTPSERVER="127.0.0.1")
    world.rc("account other\nhost h\n")
    args = ["--port={plain}", "--domain=d", "--tls=off", *args]
    theirs = world.call("msmtp", args, MAIL)
    ours = world.call("postrider", args, MAIL)
    assert ours[0] == theirs[0] == 0, (ours[3], theirs[3])
    assert facts(ours[1]) == facts(theirs[1])


def code(result):
    return result[0]


def senders(result):
    return [s.sender for s in result[1]]


def rcpts(result):
    return [r for s in result[1] for r in s.rcpts]


def sent(result):
    return [s.data for s in result[1] if s.data]


def field(name):
    """The values of a header in what was sent."""
    return lambda result: email.message_from_bytes(sent(result)[0]).get_all(
        name, [])


def user(result):
    return [s.auth and s.auth[1] for s in result[1]]


SETTINGS = "host 127.0.0.1\nport {plain}\ndomain d\nlogfile ~/log\n"
FROM = SETTINGS + "from me@x.test\ntls off\n"
TLS = (SETTINGS + "from me@x.test\ntls on\ntls_trust_file {ca}\nauth on\n"
       "user me\n")
MANY = "".join(", r%d@x.test" % n for n in range(40))
# number, lines, arguments, message, what to look at, msmtp's, ours
PAIRS = (
    ("D1", TLS + "password right", A, MAIL,
     lambda r: [s.sni for s in r[1]], ["127.0.0.1"], [None]),
    ("D3", FROM + "dsn_notify failure", A, MAIL, rcpts,
     ["<a@x.test> NOTIFY=FAILURE"],
     ["<a@x.test> NOTIFY=FAILURE ORCPT=rfc822;a@x.test"]),
    ("D4", FROM.replace("domain d\n", ""), A, MAIL, lambda r: [s.hello for s in r[1]],
     ["localhost"], None),
    ("D5", SETTINGS + "from me@x.test", A, MAIL,
     lambda r: [s.tls for s in r[1]], [None], ["TLSv1.3"]),
    ("D6", FROM + "aliases ~/al", ["root"], MAIL, rcpts,
     ["<j@x.test>", "<q@x.test>"], ["<q@x.test>", "<j@x.test>"]),
    ("D7", FROM, ["a@x.test", "a@X.test"], MAIL, rcpts,
     ["<a@x.test>", "<a@X.test>"], ["<a@x.test>"]),
    ("D8", FROM, ["no@x.test", "a@x.test"], MAIL, lambda r: len(sent(r)), 0,
     1),
    ("D10", SETTINGS, A, MAIL, senders, [], ["<joe@here.test>"]),
    ("D10", SETTINGS, A, MAIL, code, 78, 0),
    ("D11", FROM, ["-f", "%U@x.test", *A], MAIL, senders,
     ["<tester@x.test>"], ["<%U@x.test>"]),
    ("D12", FROM, ['"john doe"@x.test'], MAIL, rcpts, ["<@x.test>"],
     ['<"john doe"@x.test>']),
    ("D12", FROM, ["-F", "Doe, John", *A], BARE, field("From"),
     ["Doe, John <me@x.test>"], ['"Doe, John" <me@x.test>']),
    ("D13", FROM, A, b"Resent-Bcc: z@x.test\n" + MAIL, field("Resent-Bcc"),
     ["z@x.test"], []),
    ("D13", FROM, A, b"Bcc : z@x.test\n" + MAIL,
     lambda r: b"z@x.test" in sent(r)[0], True, False),
    ("D13", FROM, ["-t"], b"To : z@x.test\n\nbody\n", code, 64, 0),
    ("D14", FROM, A, b"no header\n", lambda r: body(sent(r)[0]), b"",
     b"no header\r\n"),
    ("D15", FROM + "aliases ~/many", ["many"], MAIL, lambda r: len(rcpts(r)),
     32, 41),
    ("D15", FROM + "aliases ~/many", ["MANY"], MAIL, lambda r: len(rcpts(r)),
     1, 41),
    *(("D16", FROM, [word + "@x.test"], MAIL, code, his, 75) for word, his in (
        ("later", 69), ("body-later", 69), ("drop", 76))),
    ("D17", FROM, ["-f", "me@x.test\r\nX: y", *A], MAIL, senders,
     ["<me@x.test"], []),
    ("D17", FROM, A, b"", code, 0, 65),
    ("D18", FROM, ["-t"], BARE, code, 64, 65),
    ("D19", FROM, ["--read-envelope-from", *A], BARE, code, 78, 64),
    ("D20", FROM + "port 0{plain}", A, MAIL, code, None, 0),
    ("D21", TLS + "password right\ntimeout 30 # s", A, MAIL, code, 78, 0),
    ("D21", TLS + 'password right\nuser "a \\"b\\""', A, MAIL, user,
     ['a \\"b\\"'], ['a "b"']),
    ("D21", TLS + "password right\nuser ${{USER}}", A, MAIL, user,
     ["${USER}"], ["tester"]),
    ("D22", TLS + "passwordeval echo right; exit 3", A, MAIL, code, 0, 78),
    ("D22", TLS + "passwordeval echo right; echo more", A, MAIL, code, 0, 78),
    ("D22", TLS + "passwordeval echo right; cat >/dev/null", A,
     MAIL + b"x\n" * 100000, lambda r: len(sent(r)[0]) > 100000, False, True),
    ("D23", FROM + "auth on\nuser me\npassword right", A, MAIL, code, 69, 0),
    ("D32", FROM + "auth on", A, MAIL, code, 69, 78),
    *(("D33", FROM, [letter, *A], MAIL, code, 64, 0) for letter in (
        "-bp", "-bi", "-bv", "-bt")),
    ("D34", FROM, ["--read-envelope-from", *A],
     b"Resent-From: r@x.test\n" + MAIL, senders, ["<joe@here.test>"],
     ["<r@x.test>"]),
    *(("D35", FROM, ["-t"], b"To: " + to + b"\n\nbody\n", code, 0, 65)
      for to in (b"A B a@x.test", b"a@x.test b@x.test", b"a@x.test.")),
    ("D36", FROM, ["-f", "<me@y.test>", *A], MAIL, senders,
     ["<<me@y.test>>"], ["<me@y.test>"]),
    ("D36", FROM, ["-t"], b"To: <@via.test:a@x.test>\n\nbody\n", rcpts,
     ["<@via.test:a@x.test>"], ["<a@x.test>"]),
    ("D37", FROM, ["-f", "MAILER-DAEMON", *A], BARE, field("From"),
     ["MAILER-DAEMON"], ["me@x.test"]),
    ("D37", FROM, ["-f", "<>", *A], BARE, field("From"), None,
     ["me@x.test"]),
    ("D24", TLS + "password right\ntls_trust_file\ntls_fingerprint {sha1}",
     A, MAIL, code, 0, 78),
    ("D27", TLS + "password right\ntls_certcheck off", A, MAIL,
     lambda r: len(r[2]), 1, 2),
    ("D29", FROM, ["--logfile={log}"], MAIL, lambda r: len(r[2]), 0, 1),
    ("D30", FROM, A, b"From:\nTo: \nSubject: s\n\nbody\n", field("To"),
     [""], []),
    ("D31", FROM, A, b"Return-Path: <z@x.test>\n" + MAIL,
     field("Return-Path"), ["<z@x.test>"], []),
    ("D31", FROM, A, b"Content-Length: 3\n" + MAIL,
     field("Content-Length"), ["3"], []),
    ("D31", FROM, A, b"From z@x.test Sat Nov 21 10:00:00 2026\n" + MAIL,
     lambda r: b"From z@x.test" in sent(r)[0], True, False),
)


@pytest.mark.parametrize("pair", PAIRS, ids=[
    "%s-%d" % (p[0], i) for i, p in enumerate(PAIRS)])
def test_differs(world, home, pki, pair):
    """Both sides: what is in the list is true of msmtp, and of postrider."""
    _, lines, args, stdin, what, his, mine = pair
    home.file("many", "many: z@x.test%s\n" % MANY)
    words = {**world.ports, **world.files, "sha1": sha1(pki),
             "log": home.path + "/log"}
    world.rc(lines.format(**words))
    theirs = world.call("msmtp", [a.format(**words) for a in args], stdin)
    ours = world.call("postrider", [a.format(**words) for a in args], stdin)
    if his is not None:
        assert what(theirs) == his, theirs[3]
    if mine is not None:
        assert what(ours) == mine, ours[3]
    assert his == mine or what(ours) != what(theirs)


def sha1(pki):
    with open(pki.cert, encoding="ascii") as f:
        pem = f.read()
    digest = hashlib.sha1(ssl.PEM_cert_to_DER_cert(
        pem[pem.index("-----BEGIN"):])).hexdigest().upper()
    return ":".join(re.findall("..", digest))


def test_list_is_complete():
    """Each number of the list is looked at, and each one here stands there."""
    with open(os.path.join(TOP, "doc/MSMTP.md"), encoding="utf-8") as f:
        listed = re.findall(r"(?m)^- \*\*(D\d+)\*\* ", f.read())
    assert listed == ["D%d" % n for n in range(1, len(listed) + 1)]
    assert {p[0] for p in PAIRS} | {d[0] for d in DIFFERENT.values()} == \
        set(listed)


def test_every_command_is_there():
    """The file has all of them: those with a row, and the older ones."""
    words = set(re.findall(r"(?m)^([a-z_0-9]+)", RC)) | NEWER
    with open(os.path.join(TOP, "src/conf/opt_legacy.c"),
              encoding="utf-8") as f:
        older = set(re.findall(r'\{ "(\w+)"', f.read()))
    msmtp = set("""\
account aliases allow_from_override auth auto_from defaults domain dsn_notify
dsn_return eval from from_full_name host logfile logfile_time_format maildomain
ntlmdomain password passwordeval port protocol proxy_host proxy_port
remove_bcc_headers set_date_header set_from_header set_msgid_header
set_to_header socket source_ip syslog timeout tls tls_cert_file tls_certcheck
tls_crl_file tls_fingerprint tls_host_override tls_key_file
tls_min_dh_prime_bits tls_priorities tls_starttls tls_trust_file
user""".split())
    assert words == msmtp | older
