# SPDX-License-Identifier: ISC
"""Accounts, messages and readings that several tests share."""
import re
import shlex

ALICE = ("alice@example.test", "wonderland")
BENCH = ("bench", "secret")


def account(lab, server, door, *more, user=None, password=None, auth="on"):
    """The lines of an msmtprc for a door of a real server."""
    name, secret = BENCH if server == "exim" else ALICE
    implicit = door in ("submissions", "strict")
    lines = [
        "account default", "host localhost",
        "port %d" % lab.port(server, door), "tls on",
        "tls_starttls %s" % ("off" if implicit else "on"),
        "tls_trust_file %s" % lab.pki.ca,
        "auth %s" % auth, "user %s" % (user or name),
        "from alice@example.test",
    ]
    if password is None:
        password = secret
    if password:
        lines.append("passwordeval echo %s" % shlex.quote(password))
    return lines + list(more)


def local(port, *more):
    """The lines for a scripted server without TLS and AUTH."""
    return ["account default", "host 127.0.0.1", "port %d" % port, "tls off",
            "auth off", "from alice@example.test", *more]


def message(rcpt, body=b"hello\n", *headers):
    """A message to which nothing has to be added."""
    head = ["From: Alice <alice@example.test>", "To: <%s>" % rcpt,
            "Subject: a test", "Date: Sat, 21 Nov 2026 10:00:00 +0000",
            "Message-ID: <%s>" % rcpt.replace("@", ".id@"), *headers]
    return "\n".join(head).encode() + b"\n\n" + body


def normalised(data):
    """What a receiver must find: CRLF, CR and LF each end a line, a NUL is
    replaced, the last line is ended.  Here with LF for the line's end."""
    data = re.sub(rb"\r\n|\r", b"\n", data)
    return data if data.endswith(b"\n") else data + b"\n"


LOG_LINE = re.compile(
    r"^[A-Z][a-z]{2} [ 0-9]\d \d\d:\d\d:\d\d "
    r"host=\S+ tls=(?:on|off) auth=(?:on|off) (?:user=\S+ )?from=\S* "
    r"recipients=\S+ (?:mailsize=\d+ )?"
    r"(?:smtpstatus=\d{3} smtpmsg='[^']*' )?(?:errormsg='[^']*' )?"
    r"exitcode=EX_[A-Z]+$")


def log_fields(line):
    """A log line's KEY=VALUE pairs."""
    return {k: v.strip("'") for k, v in re.findall(
        r"(\w+)=('[^']*'|\S*)", line)}
