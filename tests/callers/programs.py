# SPDX-License-Identifier: ISC
"""Programs that send mail: the words they say and the bytes they feed, as
captured from them or read in their sources.

Not here, because they do not call sendmail with a message: alpine's and
Symfony's -bs, the -q of network hooks, mailq of monitors (queue and listener);
Mail::Sendmail and monit (SMTP).  smartd, zed, apticron and nagios call mailx:
its rows are theirs.
"""
from .row import ALICE, DATED, MSGID, SIGNED, WHOLE, Row

CRON = (b"From: root (Cron Daemon)\nTo: root\n"
        b"Subject: Cron <root@host> run-parts /etc/cron.daily\n"
        b"MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
        b"Content-Transfer-Encoding: 8bit\n"
        b"X-Cron-Env: <SHELL=/bin/sh>\nX-Cron-Env: <HOME=/root>\n"
        b"X-Cron-Env: <LOGNAME=root>\n\noutput, gr\xc3\xbcn\n.\nmore\n")
CRON_BECOMES = {"From": "root@example.test (Cron Daemon)",
                "To": "root@example.test"}
CRONIE = (b"From: \"(Cron Daemon)\" <root>\nTo: root\n"
          b"Subject: Cron <root@host> true\nMIME-Version: 1.0\n"
          b"Content-Type: text/plain; charset=UTF-8\n"
          b"Auto-Submitted: auto-generated\nPrecedence: bulk\n"
          b"X-Cron-Env: <XDG_SESSION_ID=1>\n\noutput\n")
CRONIE_BECOMES = {"From": "\"(Cron Daemon)\" <root@example.test>",
                  "To": "root@example.test"}
ROOT = "root@example.test"
ME = "me@example.test"
JOE = "joe@example.test"

ANACRON = (b"From: Anacron <root>\nTo: root,second@example.test\n"
           b"Subject: Anacron job 'cron.daily' on host\n"
           b"Content-Type: text/plain; charset=UTF-8\n\n"
           b"before\n.\nafter the dot\n")
AT = b"Subject: Output from your job       17\nTo: tester\n\nhello\n"
MAILX = (b"To: joe@example.test\nSubject: disk\nCc: ann@example.test\n"
         b"Bcc: secret@example.test\nMIME-Version: 1.0\n"
         b"Content-Type: text/plain; charset=\"UTF-8\"\n"
         b"Content-Transfer-Encoding: 8bit\n\n/dev/sda: warm\n")
MAILX_RCPTS = "joe@example.test ann@example.test secret@example.test"
S_NAIL = (b"Date: Sat, 21 Nov 2026 10:00:00 +0000\nTo: joe@example.test\n"
          b"Subject: hi\nUser-Agent: s-nail v14.9.24\n\nhello\n")
MAILUTILS = (b"Subject: hi\nTo: <joe@example.test>,<ann@example.test>\n"
             b"User-Agent: mail (GNU Mailutils 3.15)\n"
             b"Date: Sat, 21 Nov 2026 10:00:00 +0000\n\nhello\n")
PHP = (b"To: joe@example.test\nSubject: order 7\n"
       b"X-PHP-Originating-Script: 33:shop.php\n"
       b"From: Shop <me@example.test>\r\nReply-To: help@example.test\r\n"
       b"Cc: ann@example.test\n\nThank you.\n.\nBye.\n")
MUTT = (b"Date: Sat, 21 Nov 2026 10:00:00 +0000\n"
        b"From: Me <me@example.test>\nTo: joe@example.test\nSubject: hi\n"
        b"Message-ID: <Y3tT.1@host>\nMIME-Version: 1.0\n"
        b"Content-Type: text/plain; charset=utf-8\n"
        b"Content-Disposition: inline\nContent-Transfer-Encoding: 8bit\n\n"
        b"gr\xc3\xbc\xc3\x9fe\n.\n-- \nme\n")
GIT = (b"From: Me <me@example.test>\nTo: joe@example.test\n"
       b"Cc: Ann <ann@example.test>,\n\tzoe@example.test\n"
       b"Subject: [PATCH 1/1] one: two\n"
       b"Date: Sat, 21 Nov 2026 10:00:00 +0000\n"
       b"Message-Id: <20261121100000.1-1-me@example.test>\n"
       b"X-Mailer: git-send-email 2.39.5\nMIME-Version: 1.0\n"
       b"Content-Transfer-Encoding: 8bit\n\n---\n a | 2 +-\n\n"
       b"From 1234 Mon Sep 17 00:00:00 2001\n.\n-- \n2.39.5\n")
GIT_RCPTS = "joe@example.test ann@example.test zoe@example.test"
PHPMAILER = (b"Date: Sat, 21 Nov 2026 10:00:00 +0000\n"
             b"To: Joe <joe@example.test>\nFrom: Blog <me@example.test>\n"
             b"Cc: ann@example.test\nBcc: secret@example.test\n"
             b"Subject: post\nMessage-ID: <abc@blog>\n"
             b"X-Mailer: PHPMailer 6.6.3\nMIME-Version: 1.0\n\nnew post\n")
MDADM = (b"From: mdadm monitoring <root>\nTo: root\n"
         b"Subject: TestMessage event on /dev/md0:host\n\n"
         b"This is an automatically generated mail message from mdadm\n"
         b"running on host\n\nA TestMessage event had been detected on md "
         b"device /dev/md0.\n\nFaithfully yours, etc.\n")
LOGWATCH = (b"To: root\nTo: joe@example.test\nFrom: Logwatch <root>\n"
            b"Subject: Logwatch for host (Linux)\n"
            b"Auto-Submitted: auto-generated\nPrecedence: bulk\n"
            b"MIME-Version: 1.0\nContent-Transfer-Encoding: 8bit\n"
            b"Content-Type: text/plain; charset=\"UTF-8\"\n\n"
            b" ### Logwatch ###\n.\n ###### End ######\n")
SUDO = (b"To: root\nFrom: tester\nAuto-Submitted: auto-generated\n"
        b"Subject: *** SECURITY information for host ***\n"
        b"MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
        b"Content-Transfer-Encoding: 8bit\n\n"
        b"host : Nov 21 10:00:00 : tester : user NOT in sudoers ;\n")
SYSTEMD_CRON = (b"Subject: [host] job cron-x failed\n"
                b"From: root (systemd-cron)\nTo: root\n"
                b"Content-Type: text/plain; charset=utf-8\n"
                b"MIME-Version: 1.0\nContent-Transfer-Encoding: 8bit\n"
                b"Auto-Submitted: auto-generated\n\nfailed\n")
FAIL2BAN = (b"Subject: [Fail2Ban] sshd: banned 192.0.2.1 from host\n"
            b"Date: Sat, 21 Nov 2026 10:00:00 +0000\n"
            b"From: Fail2Ban <fail2ban>\nTo: root\n\nHi,\n\n"
            b"The IP 192.0.2.1 has just been banned.\n\nRegards,\n\nFail2Ban")
UPGRADES = (b"To: root\nSubject: unattended-upgrades result for host\n"
            b"From: root\nAuto-Submitted: auto-generated\n"
            b"MIME-Version: 1.0\nContent-Type: text/plain; charset=\"utf-8\"\n"
            b"Content-Transfer-Encoding: quoted-printable\n\nUnattended\n")
SYMFONY = (b"From: Shop <me@example.test>\nTo: joe@example.test\n"
           b"Subject: hi\nMessage-ID: <1@symfony>\nMIME-Version: 1.0\n"
           b"Date: Sat, 21 Nov 2026 10:00:00 +0000\n\none\n..two\n")
EMACS = (b"From: Me <me@example.test>\nTo: joe@example.test\nSubject: hi\n"
         b"Date: Sat, 21 Nov 2026 10:00:00 +0000\n"
         b"Message-ID: <87abc.fsf@host>\nMIME-Version: 1.0\n"
         b"Content-Type: text/plain\n\nhello\n.\nbye\n")
RESENT = (b"Resent-From: Me <me@example.test>\n"
          b"Resent-To: A B <joe@example.test>, ann@example.test\n"
          b"Resent-Date: Sat, 21 Nov 2026 10:00:00 +0000\n"
          b"Resent-Message-ID: <r1@host>\n") + WHOLE.replace(b"joe@", b"me@")
GITEA = WHOLE.replace(b"\n", b"\r\n")
VACATION = (b"From: me@example.test\nTo: joe@example.test\n"
            b"Subject: away\nPrecedence: bulk\n\nI am away.\n")

PROGRAMS = (
    Row("cron", "-FCronDaemon -i -B8BITMIME -oem root", CRON, ROOT,
        becomes=CRON_BECOMES, adds=DATED),
    Row("cron: MAILTO of two", "-FCronDaemon -i -B8BITMIME -oem "
        "joe@example.test, ann@example.test", CRON,
        "joe@example.test ann@example.test", becomes=CRON_BECOMES, adds=DATED),
    Row("cron: of older systems", "-i -FCronDaemon -oem root", CRON, ROOT,
        becomes=CRON_BECOMES, adds=DATED),
    Row("cronie", "-FCronDaemon -i -odi -oem -oi -t -f root", CRONIE, ROOT,
        sender=ROOT, becomes=CRONIE_BECOMES, adds=DATED),
    Row("vixie cron", "-FCronDaemon -odi -oem -oi -t", CRON, ROOT,
        becomes=CRON_BECOMES, adds=DATED),
    Row("dcron", "-t -oem -i", CRON, ROOT, becomes=CRON_BECOMES, adds=DATED,
        feed="file"),
    Row("systemd-cron", "-i -B8BITMIME root", SYSTEMD_CRON, ROOT,
        becomes={"From": "root@example.test (systemd-cron)",
                 "To": "root@example.test"}, adds=DATED),
    Row("fcron", "-Ffcron -odi root", CRON, ROOT, becomes=CRON_BECOMES,
        adds=DATED, feed="file"),
    Row("anacron", "-FAnacron -odi root,second@example.test", ANACRON,
        "root@example.test second@example.test",
        becomes={"From": "Anacron <root@example.test>",
                 "To": "root@example.test,second@example.test"}, adds=DATED,
        feed="file"),
    Row("atd", "-i tester", AT, "tester@example.test",
        becomes={"To": "tester@example.test"}, adds=SIGNED, feed="file"),
    Row("git send-email", "-i joe@example.test ann@example.test "
        "zoe@example.test", GIT, GIT_RCPTS),
    Row("git send-email: envelopeSender", "-f me@example.test -i "
        "joe@example.test ann@example.test zoe@example.test", GIT, GIT_RCPTS,
        sender=ME),
    Row("mutt", "-oem -oi -B8BITMIME -f me@example.test -- joe@example.test",
        MUTT, sender=ME, feed="file"),
    Row("mutt: dsn_notify, dsn_return", "-oem -oi -f me@example.test "
        "-N failure,delay -R hdrs -- joe@example.test", MUTT, sender=ME,
        feed="file"),
    Row("neomutt", "-oem -oi -- joe@example.test", MUTT, feed="file"),
    Row("alpine: as it can be set", "-oem -t -oi", MUTT),
    Row("bsd-mailx", "-i -t", MAILX, MAILX_RCPTS, drops=("Bcc",), adds=SIGNED,
        feed="file"),
    Row("bsd-mailx: -r", "-i -t -f me@example.test", MAILX, MAILX_RCPTS,
        sender=ME, drops=("Bcc",), adds={"From": ME, **DATED}, feed="file"),
    Row("bsd-mailx: -v", "-i -t -v", MAILX, MAILX_RCPTS, drops=("Bcc",),
        adds=SIGNED, feed="file", says="MAIL FROM"),
    Row("bsd-mailx: metoo", "-i -t -m", MAILX, MAILX_RCPTS, drops=("Bcc",),
        adds=SIGNED, feed="file"),
    Row("s-nail", "-i -- joe@example.test", S_NAIL,
        adds={"From": ALICE, "Message-ID": MSGID}, feed="file"),
    Row("s-nail: -r", "-i -f me@example.test -- joe@example.test",
        b"From: me@example.test\nMessage-ID: <1.xYz%me@example.test>\n" +
        S_NAIL, sender=ME, feed="file"),
    Row("mailutils", "-oi -f tester@example.test -t", MAILUTILS,
        "joe@example.test ann@example.test", sender="tester@example.test",
        adds={"From": "tester@example.test", "Message-ID": MSGID}),
    Row("PHP mail()", "-t -i", PHP, "joe@example.test ann@example.test",
        adds=DATED),
    Row("WordPress: PHP mail() with -f", "-t -i -fme@example.test", PHP,
        "joe@example.test ann@example.test", sender=ME, adds=DATED),
    Row("PHPMailer", "-oi -fme@example.test -t", PHPMAILER, MAILX_RCPTS,
        sender=ME, drops=("Bcc",)),
    Row("PHPMailer: for qmail", "-fme@example.test", PHPMAILER, (),
        code=64, says="no recipients", sends=False),
    Row("Symfony: -t", "-t -i -fme@example.test", SYMFONY, sender=ME),
    Row("Symfony: recipients known", "-i -fme@example.test -- "
        "joe@example.test", SYMFONY, sender=ME),
    Row("Symfony: dots doubled", "-fme@example.test -- joe@example.test",
        SYMFONY, sender=ME, conf=("dots sendmail",), body=b"one\n.two\n"),
    Row("Email::Sender", "-i -f me@example.test -- joe@example.test", WHOLE,
        sender=ME),
    Row("MIME::Lite", "-t -oi -oem -fme@example.test",
        MAILX.replace(b"\nMIME", b"\nFrom: me@example.test\nMIME"),
        MAILX_RCPTS, sender=ME, drops=("Bcc",), adds=DATED),
    Row("Ruby mail", "-i -f me@example.test -- joe@example.test "
        "ann@example.test", WHOLE, "joe@example.test ann@example.test",
        sender=ME),
    Row("Ruby mail: Exim", "-i -t", WHOLE),
    Row("unattended-upgrades", "-oi -t", UPGRADES, ROOT,
        becomes={"To": ROOT, "From": ROOT}, adds=DATED),
    Row("message.el", "-oi -f me@example.test -t", EMACS, sender=ME),
    Row("message.el: not interactive", "-oi -f me@example.test -oem -odb -t",
        EMACS, sender=ME),
    Row("message.el: resend", ("-oi", "-f", ME,
                               "A B <joe@example.test>, ann@example.test"),
        RESENT, "joe@example.test ann@example.test", sender=ME),
    Row("sendmail.el", "-oi -f me@example.test -oA/etc/aliases -oep -odi -t",
        EMACS, sender=ME),
    Row("sendmail.el: not interactive", "-oi -f me@example.test -oem -odb -t",
        EMACS, sender=ME),
    Row("mdadm", "-t", MDADM, ROOT,
        becomes={"From": "mdadm monitoring <root@example.test>", "To": ROOT},
        adds=DATED),
    Row("logwatch", "-t", LOGWATCH.replace(b"To: root\n", b"", 1),
        becomes={"From": "Logwatch <root@example.test>"}, adds=DATED),
    Row("sudo", "-t", SUDO, ROOT,
        becomes={"To": ROOT, "From": "tester@example.test"}, adds=DATED,
        env={"HOME": None, "USER": None, "LOGNAME": None}),
    Row("reportbug", "-f me@example.test -oi -oem joe@example.test "
        "ann@example.test", WHOLE, "joe@example.test ann@example.test",
        sender=ME),
    Row("fail2ban", "-f fail2ban root", FAIL2BAN, ROOT,
        sender="fail2ban@example.test",
        becomes={"From": "Fail2Ban <fail2ban@example.test>", "To": ROOT},
        adds={"Message-ID": MSGID}),
    Row("Gitea", "-f me@example.test -i joe@example.test", GITEA, sender=ME),
    Row("vacation", ("-eq", "-f", "<>", JOE), VACATION, sender="",
        adds=DATED),
    Row("vacation: an empty word", ("-eq", "-f", "", JOE), VACATION,
        sender="", adds=DATED),
    Row("an old mailer: -em", "-em -f me@example.test joe@example.test",
        WHOLE, sender=ME),
    Row("an old mailer: -ep", "-ep -f me@example.test joe@example.test",
        WHOLE, sender=ME),
    Row("a script: -v", "-t -oi -odi -v", WHOLE, says="MAIL FROM"),
    Row("sendbug: -t and an operand", "-t -oi ann@example.test", WHOLE,
        "joe@example.test ann@example.test"),
)
