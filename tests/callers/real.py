# SPDX-License-Identifier: ISC
"""Debian's own programs, as they are packaged, in a machine where the program
under test is /usr/sbin/sendmail (see servers/town.py); and for each the whole
message that has to arrive.

name    names the test
argv    the command; a string is split at blanks
stdin   what it is fed
files   files that it needs: path -> text
first   a command before it
waits   it is a daemon: stopped when the mail is there
rcpts, sender   the envelope, as in row.py
header  every field in its order: (name, text or pattern)
body    the body; or a pattern
uid     0, or town.TESTER
"""
import re
from dataclasses import dataclass, field

from .row import ALICE, DATE, MSGID

ADDED = [("Date", DATE), ("Message-ID", MSGID)]
SIGNED = [("From", ALICE), *ADDED]
ANY = re.compile(".*")
ME = "me@example.test"
JOE = "joe@example.test"
ROOT = "root@example.test"
DOTS = "hello\n.\nbye\n"
UTF8 = "text/plain; charset=UTF-8"
MAILX = "joe@example.test ann@example.test secret@example.test"


@dataclass(frozen=True)
class Real:
    name: str
    argv: object
    header: list
    body: object = DOTS
    rcpts: str = JOE
    sender: str = ALICE
    stdin: str = ""
    files: dict = field(default_factory=dict)
    first: tuple = ()
    waits: bool = False
    uid: int = 0
    out: object = ""


PATCH = """\
From 1111111111111111111111111111111111111111 Mon Sep 17 00:00:00 2001
From: Me <me@example.test>
Date: Sat, 21 Nov 2026 10:00:00 +0000
Subject: [PATCH] one: two

Why.
---
 a | 1 +
.
diff --git a/a b/a
"""
GITCONFIG = "[user]\nname = Me\nemail = me@example.test\n" \
            "[sendemail]\nconfirm = never\nenvelopeSender = auto\n"
PHP = """<?php
$ok = mail("joe@example.test", "order 7", "Thank you.\\n.\\nBye.\\n",
    "From: Shop <me@example.test>\\r\\nCc: ann@example.test"%s);
exit($ok ? 0 : 1);
"""
UPGRADES = """
import subprocess
from email.message import Message
m = Message()
m["To"] = m["From"] = "root"
m["Subject"] = "unattended-upgrades result for host"
m["Auto-Submitted"] = "auto-generated"
m.set_payload("Packages:\\n.\\nnone")
mailer = subprocess.Popen(["/usr/sbin/sendmail", "-oi", "-t"],
                          stdin=subprocess.PIPE, universal_newlines=True)
mailer.communicate(m.as_string())
raise SystemExit(mailer.returncode)
"""
EMAIL_SENDER = """
use Email::Sender::Simple qw(sendmail);
use Email::Simple;
sendmail(Email::Simple->create(
    header => [From => 'me@example.test', To => 'joe@example.test',
               Subject => 'hi'],
    body => "hello\\n.\\nbye\\n"), { from => 'bounce@example.test' });
"""
MIME_LITE = """
use MIME::Lite;
MIME::Lite->new(From => 'me@example.test', To => 'joe@example.test',
    Cc => 'ann@example.test', Bcc => 'secret@example.test', Subject => 'hi',
    Data => "hello\\n.\\nbye\\n")->send or die;
"""
RUBY = """
require 'mail'
Mail.defaults { delivery_method :sendmail }
Mail.deliver do
  from 'me@example.test'
  to 'joe@example.test'
  cc 'ann@example.test'
  subject 'hi'
  body "hello\\n.\\nbye\\n"
end
"""
EMACS = """
(setq user-full-name "Me" user-mail-address "me@example.test"
      mail-specify-envelope-from t
      message-send-mail-function 'message-send-mail-with-sendmail
      send-mail-function 'sendmail-send-it)
(require 'message)
(message-mail "joe@example.test" "hi" '((Cc . "ann@example.test")
                                        (Bcc . "secret@example.test")))
(message-goto-body)
(insert "hello\n.\nbye\n")
(let ((inhibit-message t)) (message-send-and-exit))
"""
# What mdadm's Monitor.c says to popen("/usr/sbin/sendmail -t"); the rest of
# that program wants an array.
MDADM = """\
From: mdadm monitoring <root>
To: root
Subject: TestMessage event on /dev/md0:host

This is an automatically generated mail message from mdadm
running on host

A TestMessage event had been detected on md device /dev/md0.

Faithfully yours, etc.
"""
FAIL2BAN = """\
printf %b "Subject: [Fail2Ban] sshd: banned 192.0.2.1 from `uname -n`
Date: `LC_ALL=C date +"%a, %d %h %Y %T %z"`
From: Fail2Ban <fail2ban>
To: root\\n
Hi,\\n
The IP 192.0.2.1 has just been banned by Fail2Ban after 5 attempts.\\n
Regards,\\n
Fail2Ban" | /usr/sbin/sendmail -f fail2ban root
"""
REPORTBUG = """\
From: Me <me@example.test>
To: Debian Bug Tracking System <joe@example.test>
Subject: postrider: it works
Message-ID: <168@host.reportbug>
X-Mailer: reportbug 12.0.0
Date: Sat, 21 Nov 2026 10:00:00 +0000

Package: postrider
.
Severity: wishlist
"""

REAL = (
    Real("cron", "cron -f", ADDED + [
        ("From", "root@example.test (Cron Daemon)"), ("To", ROOT),
        ("Subject", re.compile(r"Cron <root@\S+> echo hello; echo .; "
                               r"echo bye")),
        ("MIME-Version", "1.0"), ("Content-Type", UTF8),
        ("Content-Transfer-Encoding", "8bit"),
        ("X-Cron-Env", "<MAILTO=root>"), ("X-Cron-Env", "<SHELL=/bin/sh>"),
        ("X-Cron-Env", "<HOME=/root>"),
        ("X-Cron-Env", "<PATH=/usr/bin:/bin>"),
        ("X-Cron-Env", "<LOGNAME=root>")], rcpts=ROOT, waits=True,
        files={"/etc/crontab": "MAILTO=root\n"
                               "@reboot root echo hello; echo .; echo bye\n"},
        first=("rm", "-f", "/run/crond.reboot")),
    Real("anacron", "anacron -d -f -n -q", ADDED + [
        ("From", "Anacron <root@example.test>"),
        ("To", "root@example.test,second@example.test"),
        ("Subject", re.compile(r"Anacron job 'job' on \S+")),
        ("Content-Type", UTF8)], rcpts="root@example.test second@example.test",
        files={"/etc/anacrontab": "MAILTO=root,second@example.test\n"
               "1 0 job echo hello; echo .; echo bye\n"}),
    Real("atd", "atd -f", SIGNED + [
        ("Subject", re.compile(r"Output from your job +\d+")),
        ("To", ROOT)], rcpts=ROOT, waits=True,
        files={"/tmp/job": "echo hello; echo .; echo bye\n"},
        first=("sh", "-c", "printf 0 >/var/spool/cron/atjobs/.SEQ; "
               "at -m -f /tmp/job now 2>/dev/null")),
    Real("sudo", "sudo -n true", ADDED + [
        ("To", ROOT), ("From", ROOT), ("Auto-Submitted", "auto-generated"),
        ("Subject", re.compile(r"\*\*\* SECURITY information for \S+ \*\*\*"))
        ], re.compile(r"\S+ : \w+ \d+ [\d:]+ : root : PWD=/ ; USER=root ; "
                      r"COMMAND=/usr/bin/true( ; EXIT=0)?\n+"), ROOT,
        files={"/etc/sudoers": "Defaults mail_always, mailto=root, !use_pty\n"
                               "root ALL=(ALL) ALL\n"}),
    Real("logwatch", "logwatch --output mail --mailto root --range all "
         "--service cron --detail high --hostname host", ADDED + [
             ("To", ROOT), ("From", ROOT),
             ("Subject", re.compile(r"Logwatch for host \(Linux\)")),
             ("Auto-Submitted", "auto-generated"), ("Precedence", "bulk"),
             ("MIME-Version", "1.0"),
             ("Content-Transfer-Encoding", "8bit"),
             ("Content-Type", "text/plain; charset=\"UTF-8\"")],
         re.compile(r".*Logwatch.*Logwatch End.*", re.S), ROOT,
         files={"/var/log/syslog": "Nov 21 10:00:00 host CRON[1]: (root) CMD "
                                   "(/bin/true)\n" * 20}),
    Real("mutt", ("mutt", "-F", "/dev/null", "-e", "set from=me@example.test "
                  "realname=Me charset=utf-8 send_charset=utf-8 "
                  "use_envelope_from dsn_return=hdrs "
                  "dsn_notify=failure,delay", "-s", "hi", "-b",
                  "secret@example.test", "--", JOE), [
        ("Date", DATE), ("From", "Me <me@example.test>"), ("To", JOE),
        ("Subject", "hi"), ("Message-ID", MSGID), ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Disposition", "inline"),
        ("Content-Transfer-Encoding", "8bit")], "grüße\n.\nbye\n",
        "joe@example.test secret@example.test", ME, "grüße\n.\nbye\n",
        out=None),
    Real("neomutt", ("neomutt", "-F", "/dev/null", "-e",
                     "set from=me@example.test realname=Me", "-s", "hi", "--",
                     JOE), [
        ("Date", DATE), ("From", "Me <me@example.test>"), ("To", JOE),
        ("Subject", "hi"), ("Message-ID", MSGID), ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=us-ascii"),
        ("Content-Disposition", "inline")], stdin=DOTS, out=None),
    Real("bsd-mailx", "bsd-mailx -s disk -c ann@example.test "
         "-b secret@example.test joe@example.test", SIGNED + [
             ("To", JOE), ("Subject", "disk"), ("Cc", "ann@example.test"),
             ("MIME-Version", "1.0"),
             ("Content-Type", "text/plain; charset=\"UTF-8\""),
             ("Content-Transfer-Encoding", "8bit")], rcpts=MAILX,
         stdin=DOTS),
    Real("bsd-mailx -r", "bsd-mailx -s disk -r me@example.test "
         "joe@example.test", ADDED + [
             ("From", ME), ("To", JOE), ("Subject", "disk"),
             ("MIME-Version", "1.0"),
             ("Content-Type", "text/plain; charset=\"UTF-8\""),
             ("Content-Transfer-Encoding", "8bit")], sender=ME, stdin=DOTS),
    Real("s-nail", "s-nail -s hi -r me@example.test joe@example.test", [
        ("Date", DATE), ("From", ME), ("To", JOE), ("Subject", "hi"),
        ("Message-ID", MSGID), ("User-Agent", ANY)], sender=ME, stdin=DOTS),
    Real("s-nail without -r", "s-nail -s hi joe@example.test", [
        ("From", ALICE), ("Message-ID", MSGID), ("Date", DATE), ("To", JOE),
        ("Subject", "hi"), ("User-Agent", ANY)], stdin=DOTS),
    Real("mailutils", "mail.mailutils -s hi joe@example.test,ann@example.test",
         [("From", re.compile("root@.*")), ("Message-ID", MSGID),
          ("Subject", "hi"), ("To", "<joe@example.test>,<ann@example.test>"),
          ("User-Agent", ANY), ("Date", DATE)], "hello\n",
         "joe@example.test ann@example.test", None, "hello\n"),
    Real("git send-email", "git send-email --quiet --to=joe@example.test "
         "--cc=ann@example.test /tmp/a.patch", [
             ("From", "Me <me@example.test>"), ("To", JOE),
             ("Cc", "ann@example.test,\n\tMe <me@example.test>"),
             ("Subject", "[PATCH] one: two"), ("Date", DATE),
             ("Message-Id", MSGID), ("X-Mailer", ANY), ("MIME-Version", "1.0"),
             ("Content-Transfer-Encoding", "8bit")],
         "Why.\n---\n a | 1 +\n.\ndiff --git a/a b/a\n",
         "joe@example.test ann@example.test me@example.test", ME,
         files={"/tmp/a.patch": PATCH, "/root/.gitconfig": GITCONFIG},
         out="Sent [PATCH] one: two\n"),
    Real("PHP mail()", "php8.2 /tmp/m.php", ADDED + [
        ("To", JOE), ("Subject", "order 7"), ("From", "Shop <me@example.test>"
                                              ), ("Cc", "ann@example.test")],
        "Thank you.\n.\nBye.\n\n", "joe@example.test ann@example.test",
        files={"/tmp/m.php": PHP % ""}),
    Real("PHP mail() with -f", "php8.2 /tmp/m.php", ADDED + [
        ("To", JOE), ("Subject", "order 7"), ("From", "Shop <me@example.test>"
                                              ), ("Cc", "ann@example.test")],
        "Thank you.\n.\nBye.\n\n", "joe@example.test ann@example.test", ME,
        files={"/tmp/m.php": PHP % ", \"-fme@example.test\""}),
    Real("Python", "python3 /tmp/m.py", ADDED + [
        ("To", ROOT), ("From", ROOT),
        ("Subject", "unattended-upgrades result for host"),
        ("Auto-Submitted", "auto-generated")], "Packages:\n.\nnone\n", ROOT,
        files={"/tmp/m.py": UPGRADES}),
    Real("Email::Sender", "perl /tmp/m.pl", [
        ("Message-ID", MSGID), ("From", ME), ("To", JOE), ("Subject", "hi"),
        ("Date", DATE)], sender="bounce@example.test",
        files={"/tmp/m.pl": EMAIL_SENDER}),
    Real("MIME::Lite", "perl /tmp/m.pl", [
        ("Message-ID", MSGID), ("Content-Disposition", "inline"),
        ("Content-Transfer-Encoding", ANY), ("Content-Type", ANY),
        ("MIME-Version", "1.0"), ("X-Mailer", ANY), ("Date", ANY),
        ("From", ME), ("To", JOE), ("Cc", "ann@example.test"),
        ("Subject", "hi")], rcpts=MAILX, sender=ME,
        files={"/tmp/m.pl": MIME_LITE}),
    Real("Ruby mail", "ruby /tmp/m.rb", [
        ("Date", DATE), ("From", ME), ("To", JOE), ("Cc", "ann@example.test"),
        ("Message-ID", MSGID), ("Subject", "hi"), ("Mime-Version", "1.0"),
        ("Content-Type", "text/plain;\n charset=UTF-8"),
        ("Content-Transfer-Encoding", "7bit")],
        rcpts="joe@example.test ann@example.test", sender=ME,
        files={"/tmp/m.rb": RUBY}),
    Real("Emacs", "emacs-nox -Q --batch --load /tmp/m.el", [
        ("From", "Me <me@example.test>"), ("To", JOE),
        ("Cc", "ann@example.test"), ("Subject", "hi"), ("Date", DATE),
        ("Message-ID", re.compile(r"<\S+@\S+>")), ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain")], rcpts=MAILX, sender=ME,
        files={"/tmp/m.el": EMACS}, out=None),
    Real("mdadm", "sendmail -t", ADDED + [
        ("From", "mdadm monitoring <root@example.test>"), ("To", ROOT),
        ("Subject", "TestMessage event on /dev/md0:host")],
        MDADM.partition("\n\n")[2], ROOT, stdin=MDADM),
    Real("fail2ban", "sh /tmp/action", [("Message-ID", MSGID),
        ("Subject", re.compile("\\[Fail2Ban\\] sshd: banned 192.0.2.1 .*")),
        ("Date", DATE), ("From", "Fail2Ban <fail2ban@example.test>"),
        ("To", ROOT)], "Hi,\n\nThe IP 192.0.2.1 has just been banned by "
        "Fail2Ban after 5 attempts.\n\nRegards,\n\nFail2Ban\n", ROOT,
        "fail2ban@example.test", files={"/tmp/action": FAIL2BAN}),
    Real("reportbug", ("sh", "-c", "/usr/sbin/sendmail -f me@example.test -oi "
                       "-oem joe@example.test"), [
        ("From", "Me <me@example.test>"),
        ("To", "Debian Bug Tracking System <joe@example.test>"),
        ("Subject", "postrider: it works"),
        ("Message-ID", "<168@host.reportbug>"),
        ("X-Mailer", "reportbug 12.0.0"),
        ("Date", "Sat, 21 Nov 2026 10:00:00 +0000")],
        "Package: postrider\n.\nSeverity: wishlist\n", sender=ME,
        stdin=REPORTBUG),
)
