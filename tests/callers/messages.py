# SPDX-License-Identifier: ISC
"""What is mended in a message on its way, or must not be broken."""
from .letters import BARE
from .row import DATED, MSGID, SIGNED, WHOLE, Row

TO = "-i joe@example.test"
HEAD, _, BODY = WHOLE.partition(b"\n\n")
HEAD += b"\n"


def header(fields):
    return HEAD + fields + b"\n" + BODY


def body(text):
    return HEAD + b"\n" + text


MESSAGES = (
    Row("no From, Date, Message-ID", TO, BARE, adds=SIGNED),
    Row("no Message-ID", TO, HEAD[:HEAD.index(b"Message-ID")] + b"\nhi\n",
        adds={"Message-ID": MSGID}),
    Row("bare names: From with a comment", TO,
        BARE.replace(b"Subject", b"From: root (Cron Daemon)\nSubject"),
        becomes={"From": "root@example.test (Cron Daemon)"}, adds=DATED),
    Row("bare names: From with a name", TO,
        BARE.replace(b"Subject", b"From: Anacron <root>\nSubject"),
        becomes={"From": "Anacron <root@example.test>"}, adds=DATED),
    Row("bare names: From with the same name", TO,
        BARE.replace(b"Subject", b"From: Fail2Ban <fail2ban>\nSubject"),
        becomes={"From": "Fail2Ban <fail2ban@example.test>"}, adds=DATED),
    Row("bare names: To, Cc, Reply-To, Sender", TO,
        header(b"Cc: root, Ann <ann>, bob@example.test\n"
               b"Reply-To: help\nSender: daemon\n"),
        becomes={"Cc": "root@example.test, Ann <ann@example.test>, "
                 "bob@example.test", "Reply-To": "help@example.test",
                 "Sender": "daemon@example.test"}),
    Row("bare names: a folded list keeps its folds", TO,
        header(b"Cc: root,\n\tann@example.test,\n bob\n"),
        becomes={"Cc": "root@example.test,\n\tann@example.test,\n "
                 "bob@example.test"}),
    Row("bare names: not in groups without members, not in words", TO,
        header(b"Cc: undisclosed-recipients:;\nX-To: root\n"
               b"Subject: root, ann\n")),
    Row("bare names: an address with a domain stays as it is", TO,
        header(b"Cc: \"root\" <bob@example.test> (root), "
               b"\"a b\"@example.test\n")),
    Row("bare names: not asked for", TO,
        BARE.replace(b"Subject", b"From: root (Cron Daemon)\nSubject"),
        adds=DATED, argv0="postrider", conf=("qualify_domain",)),
    Row("a line of a mailbox in front", TO,
        b"From me@example.test Sat Nov 21 10:00:00 2026\n" + WHOLE,
        whole=WHOLE),
    Row("a quoted line of a mailbox in front", TO,
        b">From me@example.test Sat Nov 21 10:00:00 2026\n" + WHOLE,
        whole=WHOLE),
    Row("CRLF", TO, WHOLE.replace(b"\n", b"\r\n")),
    Row("LF in the header, CRLF in the body", TO,
        HEAD + b"\n" + BODY.replace(b"\n", b"\r\n")),
    Row("CRLF in the header, LF in the body", TO,
        (HEAD + b"\n").replace(b"\n", b"\r\n") + BODY),
    Row("bare CR", TO, body(b"one\rtwo\r.\rthree\n"),
        body=b"one\ntwo\n.\nthree\n"),
    Row("the end of mail inside a mail", TO,
        body(b"one\r\n.\r\nMAIL FROM:<x@example.test>\n.\n\n.\r\ntwo\n")),
    Row("no newline at the end", TO, WHOLE[:-1]),
    Row("no body", TO, HEAD, body=b""),
    Row("no body, no newline", TO, HEAD[:-1], body=b""),
    Row("no header", TO, b"hello,\nworld\n", whole=b"\nhello,\nworld\n",
        adds=SIGNED),
    Row("a header with no line between it and the body", TO,
        HEAD + b"hello world\nmore\n", whole=HEAD + b"\nhello world\nmore\n"),
    Row("NUL", TO, body(b"one\0two\n"), body=b"one?two\n"),
    Row("a line of 998 octets", TO, body(b"x" * 998 + b"\n")),
    Row("Bcc, Return-Path, Content-Length", TO,
        header(b"Bcc: secret@example.test\nReturn-Path: <x@example.test>\n"
               b"Content-Length: 12\n"),
        drops=("Bcc", "Return-Path", "Content-Length")),
    Row("Bcc, folded, twice, in other letters", TO,
        header(b"BCC: secret@example.test,\n\tmore@example.test\n"
               b"X-A: b\nbcc : again@example.test\nResent-Bcc: z@example.test"
               b"\n"),
        drops=("BCC", "bcc", "Resent-Bcc")),
    Row("8 bits in a header", TO,
        WHOLE.replace(b"a test", "grüße".encode()),
        becomes={"Subject": "=?UTF-8?Q?gr=C3=BC=C3=9Fe?="}, logs="."),
)
