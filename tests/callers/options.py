# SPDX-License-Identifier: ISC
"""msmtp's command line, row by row: long and short, abbreviated, with values
and without, the words of today and of earlier days.

Most of them are looked at through -P, which prints the account in msmtp's
words and sends nothing.
"""
import re

from .letters import BARE, ME, TO, TWO, WHO, WHO_RCPTS
from .row import ALICE, DATED, WHOLE, Row, refused

FPR = ":".join(["AB"] * 32)
OTHER = """\
account other
host 127.0.0.1
from other@example.test
"""


def shown(name, argv, line, **more):
    """A call whose -P has this line."""
    return Row(name, "-P " + argv, rcpts=(), sends=False, argv0="msmtp",
               prints="(?m)^%s$" % re.escape(line), **more)


def sent(name, argv, *args, **more):
    more.setdefault("argv0", "msmtp")
    return Row(name, argv, *args, **more)


def bad(name, argv, says, code=64, **more):
    return refused(name, argv, says, code, argv0="msmtp", **more)


# The option, its value, the line; without a value in brackets what it is then.
SETTINGS = (
    ("--port=2525", "port = 2525"), ("--timeout=off", "timeout = off"),
    ("--timeout=30", "timeout = 30 seconds"),
    ("--connect-timeout=1", "timeout = 1 second"),
    ("--source-ip=127.0.0.1", "source ip = 127.0.0.1"),
    ("--source-ip=", "source ip = (not set)"),
    ("--proxy-host=proxy.test", "proxy host = proxy.test"),
    ("--proxy-host=", "proxy host = (not set)"),
    ("--proxy-port=1080", "proxy port = 1080"),
    ("--socket=/tmp/s", "socket = /tmp/s"),
    ("--socket=", "socket = (not set)"),
    ("--protocol=smtp", "protocol = smtp"),
    ("--protocol=lmtp", "protocol = lmtp"),
    ("--domain=host.test", "domain = host.test"),
    ("--auth --user=u", "auth = choose"),
    ("--auth=on --user=u", "auth = choose"),
    ("--auth=off", "auth = none"),
    ("--auth=plain --user=u", "auth = PLAIN"),
    ("--auth=scram-sha-256 --user=u", "auth = SCRAM-SHA-256"),
    ("--user=alice", "user = alice"), ("--user=", "user = (not set)"),
    ("--passwordeval=true", "passwordeval = true"),
    ("--passwordeval=", "passwordeval = (not set)"),
    ("--tls", "tls = on"), ("--tls=on", "tls = on"), ("--tls=off", "tls = off"),
    ("--tls-starttls", "tls_starttls = on"),
    ("--tls-starttls=off", "tls_starttls = off"),
    ("--tls-certcheck", "tls_certcheck = on"),
    ("--tls-certcheck=off", "tls_certcheck = off"),
    ("--tls-trust-file=/etc/hosts", "tls_trust_file = /etc/hosts"),
    ("--tls-trust-file=system", "tls_trust_file = system"),
    ("--tls-crl-file=/etc/hosts", "tls_crl_file = /etc/hosts"),
    ("--tls-key-file=/k --tls-cert-file=/c", "tls_key_file = /k"),
    ("--tls-cert-file=/c --tls-key-file=/k", "tls_cert_file = /c"),
    ("--tls-fingerprint=" + FPR, "tls_fingerprint = " + FPR),
    ("--tls-fingerprint=", "tls_fingerprint = (not set)"),
    ("--tls-priorities=NORMAL", "tls_priorities = NORMAL"),
    ("--tls-host-override=mail.test", "tls_host_override = mail.test"),
    ("--tls-min-dh-prime-bits=1024", "tls_min_dh_prime_bits = 1024"),
    ("--tls-force-sslv3", "tls = off"),
    ("--from=me@example.test", "from = me@example.test"),
    ("-f me@example.test", "from = me@example.test"),
    ("--read-envelope-from", "from = me@example.test"),
    ("--dsn-notify=failure,delay", "dsn_notify = FAILURE,DELAY"),
    ("-N never", "dsn_notify = NEVER"),
    ("--dsn-notify=off", "dsn_notify = (not set)"),
    ("--dsn-return=hdrs", "dsn_return = HDRS"),
    ("--dsn-return=headers", "dsn_return = HDRS"),
    ("-R full", "dsn_return = FULL"),
    ("--logfile=/tmp/log", "logfile = /tmp/log"), ("-X -", "logfile = -"),
    ("--logfile=", "logfile = (not set)"),
    ("--logfile-time-format=%Y", "logfile_time_format = %Y"),
    ("--syslog", "syslog = LOG_USER"), ("--syslog=on", "syslog = LOG_USER"),
    ("--syslog=LOG_MAIL", "syslog = LOG_MAIL"),
    ("--syslog=LOG_LOCAL7", "syslog = LOG_LOCAL7"),
    ("--syslog=off", "syslog = (not set)"),
    ("--aliases=/etc/aliases", "aliases = /etc/aliases"),
    ("--aliases=", "aliases = (not set)"),
    ("--set-from-header", "set_from_header = auto"),
    ("--set-from-header=on", "set_from_header = on"),
    ("--set-from-header=off", "set_from_header = off"),
    ("--set-date-header", "set_date_header = auto"),
    ("--set-date-header=off", "set_date_header = off"),
    ("--set-msgid-header", "set_msgid_header = auto"),
    ("--set-msgid-header=off", "set_msgid_header = off"),
    ("--set-to-header", "set_to_header = on"),
    ("--set-to-header=undisclosed_recipients",
     "set_to_header = undisclosed_recipients"),
    ("--remove-bcc-headers", "remove_bcc_headers = on"),
    ("--remove-bcc-headers=off", "remove_bcc_headers = off"),
    ("--auto-from", "auto_from = on"), ("--auto-from=off", "auto_from = off"),
    ("--maildomain=d.test", "maildomain = d.test"),
    ("--add-missing-from-header=off", "set_from_header = off"),
    ("--add-missing-date-header=off", "set_date_header = off"),
    ("--undisclosed-recipients",
     "set_to_header = undisclosed_recipients"),
    ("--keepbcc", "remove_bcc_headers = off"),
)

WHAT = (
    Row("--version", "--version", rcpts=(), sends=False, argv0="msmtp",
        prints=r"(?s)version .*\nTLS/SSL library: .*\n"
               r"Authentication library: .*\n"
               r"Supported authentication methods:\n.*\nIDN support: .*\n"
               r"NLS: .*\nKeyring support: .*\n"
               r"System configuration file name: .*\n"
               r"User configuration file name: "),
    Row("--help", "--help", rcpts=(), sends=False, argv0="msmtp",
        prints="--read-recipients"),
    shown("-P", "", "from = " + ALICE),
    shown("--pretend", "--pretend", "from = " + ALICE),
    sent("-d", "-d" + TO, says="MAIL FROM"),
    sent("--debug", "--debug" + TO, says="MAIL FROM"),
    sent("-v", "-v" + TO, says="MAIL FROM"),
    Row("-d0.1", "-d0.1", rcpts=(), sends=False, argv0="msmtp",
        prints="version"),
    Row("-S", "-S", rcpts=(), sends=False, argv0="msmtp",
        prints=r"SMTP server at 127\.0\.0\.1"),
    Row("--serverinfo", "--serverinfo", rcpts=(), sends=False, argv0="msmtp",
        prints="(?s)Capabilities:.*PIPELINING.*DSN"),
    bad("-S and an operand", "-S joe@example.test", "too many arguments"),
    bad("-S and --rmqs", "-S --rmqs=x.test", "--rmqs"),
    bad("--rmqs: what Postfix does not keep", "--rmqs=x.test", "x.test|ETRN",
        code=69),
    bad("--configure of nothing", "--configure=nobody", "nobody", code=65),
    sent("-C", "-C HOME/other" + TO, sender="other@example.test",
         files={"other": "PORT\n" + OTHER + "account default : other\n"}),
    sent("--file", "--file=HOME/other" + TO, sender="other@example.test",
         files={"other": "PORT\n" + OTHER + "account default : other\n"}),
    bad("--file that is not there", "--file=/nonexistent/rc" + TO,
        "/nonexistent/rc", code=74),
    sent("-a", "-a other" + TO, sender="other@example.test",
         files={"more": "PORT\n" + OTHER}, conf=("include ~/more",)),
    sent("--account", "--account=other" + TO, sender="other@example.test",
         files={"more": "PORT\n" + OTHER}, conf=("include ~/more",)),
    bad("--account: none such", "--account=none" + TO, "none", code=78),
    bad("--host and --account", "--host=h.test --account=default" + TO,
        "--host"),
    shown("--host: no file is read", "--host=h.test --from=me@example.test",
          "host = h.test"),
    shown("-f chooses the account", "-f other@example.test", "using account "
          "other from HOME/more", files={"more": OTHER},
          conf=("include ~/more",)),
    sent("-f", "-f me@example.test" + TO, sender=ME),
    sent("-f, in brackets", "-f <me@example.test>" + TO, sender=ME),
    sent("-f, nobody", "-f <>" + TO, sender=""),
    sent("-f, forbidden", "-f me@example.test" + TO,
         conf=("allow_from_override off",)),
    sent("--read-envelope-from", "--read-envelope-from" + TO, sender=ME),
    bad("--read-envelope-from: no From", "--read-envelope-from" + TO, "From|"
        "from", stdin=BARE),
    bad("--read-envelope-from and -f", "--read-envelope-from -f "
        "me@example.test" + TO, "from"),
    sent("-F", ("-F", "Al Ice", "joe@example.test"), BARE,
         adds={"From": "Al Ice <alice@example.test>", **DATED}),
    sent("-N, -R", "-N failure -R full" + TO),
    sent("-t", "-t", WHO, WHO_RCPTS, drops=("BCC", "Bcc"), adds=DATED),
    sent("--read-recipients, and an operand", "--read-recipients "
         "ann@example.test", rcpts=TWO),
    sent("-X", "-X HOME/log" + TO, conf=("logfile ~/other",)),
    sent("--set-from-header=on", "--set-from-header=on" + TO, WHOLE,
         drops=("From",), adds={"From": ALICE}),
    sent("--set-to-header=on", "--set-to-header=on joe@example.test "
         "ann@example.test", rcpts=TWO, drops=("To",),
         adds={"To": "joe@example.test, ann@example.test"}),
    sent("--set-to-header=undisclosed_recipients",
         "--set-to-header=undisclosed_recipients" + TO, drops=("To",),
         adds={"To": "undisclosed-recipients:;"}),
    sent("--remove-bcc-headers=off", "--remove-bcc-headers=off" + TO,
         WHOLE.replace(b"Subject", b"Bcc: me@example.test\nSubject")),
    sent("--add-missing-*-header=off", "--add-missing-from-header=off "
         "--add-missing-date-header=off --set-msgid-header=off" + TO, BARE),
    sent("a value apart", "--from me@example.test" + TO, sender=ME),
    sent("an abbreviation", "--read-rec", rcpts="joe@example.test"),
    bad("an abbreviation of several", "--tls-c=off" + TO, "--tls-c"),
    sent("an option behind a recipient", "joe@example.test -f "
         "me@example.test", sender=ME),
    sent("--: an end of options", "-f me@example.test -- "
         "-dash@example.test", rcpts="-dash@example.test", sender=ME),
    sent("a list in a word", ("Joe <joe@example.test>, ann@example.test",),
         rcpts=TWO),
    sent("comments and groups in words", ("(c) joe@example.test",
         "g: ann@example.test;"), rcpts=TWO),
    sent("-bm", "-bm" + TO),
    bad("an option nobody knows", "--nobody-knows" + TO, "--nobody-knows"),
    bad("a letter nobody knows", "-Z" + TO, "-Z"),
    bad("no recipients", "", "no recipients"),
    bad("a secret among the words", "--password=x" + TO, "password"),
) + tuple(sent("ignored: " + one, one + TO) for one in (
    "-A m", "-B 8BITMIME", "-h 5", "-L tag", "-O x=y", "-oi", "-oem", "-G",
    "-i", "-m", "-n"))

# The option, and a value that it cannot have.
NONSENSE = (
    "--port=0", "--port=65536", "--port=x", "--timeout=soon", "--protocol=ftp",
    "--auth=nonsense", "--tls=maybe", "--tls-starttls=1",
    "--tls-certcheck=no", "--dsn-notify=often", "--dsn-return=some",
    "--set-from-header=x", "--set-date-header=on", "--set-msgid-header=on",
    "--set-to-header=auto", "--remove-bcc-headers=x", "--syslog=LOG_X",
    "--auto-from=x", "--keepbcc=x")

OPTIONS = tuple(shown("-P " + argv, argv + TO, line)
                for argv, line in SETTINGS) + WHAT + (
    bad("nonsense: tls_fingerprint", "--tls --tls-fingerprint=AB:CD" + TO,
        "fingerprint", code=78),
    bad("nonsense: tls_min_dh_prime_bits", "--tls --tls-min-dh-prime-bits=x" +
        TO, "tls_min_dh_prime_bits", code=78)) + tuple(
    bad("nonsense: " + one, one + TO, "invalid value|" + one.split("=")[0])
    for one in NONSENSE)
