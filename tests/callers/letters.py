# SPDX-License-Identifier: ISC
"""sendmail's letters: each in each of its forms.

Called as sendmail no letter runs a command, opens a path or weakens TLS, so
-C, -X, -D and -oQ take their word and leave it at that.
"""
from .row import DATED, WHOLE, Row, refused

ME = "me@example.test"
TO = " joe@example.test"
TWO = "joe@example.test ann@example.test"

WHO = (b"From: Me <me@example.test>\n"
       b"To: \"Joe, the\" (one) <joe@example.test>,\n\tann@example.test\n"
       b"Subject: who\nTo: friends: bob@example.test, cid@example.test;\n"
       b"Cc: dan@example.test\nBCC: eve@example.test\n"
       b"Bcc: fay@example.test,\n gus@example.test\n\nbody\n")
WHO_RCPTS = " ".join(n + "@example.test" for n in
                     "joe ann bob cid dan eve fay gus".split())
RESENT = (b"Resent-To: joe@example.test\nResent-Cc: ann@example.test\n"
          b"Resent-Bcc: eve@example.test\nResent-From: me@example.test\n"
          b"Resent-Date: Sat, 21 Nov 2026 10:00:00 +0000\n"
          b"Resent-Message-ID: <r2@host>\n"
          b"Received: from nowhere; Sat, 21 Nov 2026 09:00:00 +0000\n"
          b"Resent-To: old@example.test\nResent-From: x@example.test\n"
          ) + WHOLE.replace(b"To: joe@", b"To: other@")
BARE = b"To: joe@example.test\nSubject: bare\n\nbody\n"
DOT = WHOLE.replace(b".two", b".")
LAST_DOT = WHOLE + b".\n"
ALIASES = {".aliases": "root: joe@example.test, ann@example.test\n"}


def ignored(letters):
    return tuple(Row("ignored: " + one, one + TO) for one in letters)


READ = (
    Row("-t", "-t", WHO, WHO_RCPTS, drops=("BCC", "Bcc"), adds=DATED),
    Row("-t: only the newest Resent-", "-t", RESENT, "joe@example.test "
        "ann@example.test eve@example.test", drops=("Resent-Bcc",)),
    Row("-t with operands", "-t" + " ann@example.test", WHOLE, TWO),
    Row("-O ExtractArgs", "-t -O ExtractArgs=remove ann@example.test",
        WHOLE.replace(b"Subject", b"Cc: ann@example.test\nSubject")),
    Row("-t: nobody named", "-t", b"Subject: nobody\n\nbody\n", (), code=65,
        says="no recipients", sends=False),
    Row("-i: a dot is data", "-i" + TO, DOT),
    Row("-oi", "-oi" + TO, DOT),
    Row("-oitrue", "-oitrue" + TO, DOT),
    Row("-O IgnoreDots", "-O IgnoreDots=true" + TO, DOT),
    Row("-i: a last dot is data", "-i" + TO, LAST_DOT),
    Row("no -i: what follows a dot is not lost", TO, DOT),
    Row("no -i: a last dot ends", TO, LAST_DOT, body=b"one\n.two\nthree\n"),
    Row("dots sendmail: a dot ends", TO, DOT, body=b"one\n",
        conf=("dots sendmail",)),
    Row("dots sendmail and -i", "-i" + TO, DOT, conf=("dots sendmail",)),
)

ENVELOPE = (
    Row("-f", "-f me@example.test" + TO, sender=ME),
    Row("-f, glued", "-fme@example.test" + TO, sender=ME),
    Row("-f, in brackets", "-f <me@example.test>" + TO, sender=ME),
    Row("-f, nothing", ("-f", "", "joe@example.test"), sender=""),
    Row("-f, empty brackets", "-f <>" + TO, sender=""),
    Row("-f, a bare name", "-f root" + TO, sender="root@example.test"),
    Row("-f where the account forbids it", "-f me@example.test" + TO,
        conf=("allow_from_override off",)),
    Row("-r", "-r me@example.test" + TO, sender=ME),
    Row("-r, glued", "-rme@example.test" + TO, sender=ME),
    refused("-f with an end of line", ("-f", "me@example.test\nRCPT TO:<x@y>",
                                       "joe@example.test"), "address",
            code=65),
    refused("-f with CR", ("-f", "me@example.test\rx", "joe@example.test"),
            "address", code=65),
    Row("-F", ("-F", "Al Ice", "joe@example.test"), BARE,
        adds={"From": "Al Ice <alice@example.test>", **DATED}),
    Row("-F, glued", "-FCronDaemon" + TO, BARE,
        adds={"From": "CronDaemon <alice@example.test>", **DATED}),
    Row("-F, quoted", ("-F", "Ice, Al", "joe@example.test"), BARE,
        adds={"From": "\"Ice, Al\" <alice@example.test>", **DATED}),
    Row("-F, not in ASCII", ("-F", "Älis", "joe@example.test"), BARE,
        adds={"From": "=?UTF-8?B?w4RsaXM=?= <alice@example.test>", **DATED}),
    Row("-F where there is a From", "-F Other" + TO),
    refused("-F with an end of line", ("-F", "Al\nBcc: x@y",
                                       "joe@example.test"), "-F|name"),
    Row("NAME", TO, BARE, env={"NAME": "Al Ice"},
        adds={"From": "Al Ice <alice@example.test>", **DATED}),
    Row("-B 7BIT", "-B 7BIT" + TO),
    Row("-B 8BITMIME", "-B 8BITMIME" + TO),
    Row("-B8BITMIME", "-B8BITMIME" + TO),
    Row("-B, an unknown word", "-B WIDE" + TO, logs="-BWIDE"),
    Row("-N never", "-N never" + TO),
    Row("-N failure,delay", "-N failure,delay" + TO),
    Row("-N, an unknown word", "-N sometimes" + TO, logs="-Nsometimes"),
    Row("-R hdrs", "-R hdrs" + TO),
    Row("-R full", "-R full" + TO),
    Row("-R, an unknown word", "-R some" + TO, logs="-Rsome"),
    Row("-V", "-V id+7" + TO),
)

OPTIONS = (
    Row("-O DeliveryMode", "-O DeliveryMode=i" + TO),
    Row("-O ErrorMode", "-O ErrorMode=q" + TO),
    Row("-O Timeout.queuereturn", "-O Timeout.queuereturn=2d" + TO),
    Row("-O NoRecipientAction", "-O NoRecipientAction=none" + TO),
    Row("-O smtputf8", "-O smtputf8=yes" + TO),
    Row("-O of Exim's or nobody's", "-O Nobody.Knows=it" + TO),
    Row("-O RequireTLS", "-O RequireTLS=no" + TO),
    Row("-O ErrorMode, in small letters", "-O errormode=m" + TO),
    Row("-O QueueDirectory", "-O QueueDirectory=/nonexistent" + TO,
        logs="QueueDirectory"),
    Row("-o and its word apart", "-o i" + TO, DOT),
    Row("-oem", "-oem" + TO), Row("-oep", "-oep" + TO),
    Row("-oeq", "-oeq" + TO), Row("-oew", "-oew" + TO),
    Row("-oee", "-oee" + TO), Row("-em", "-em" + TO), Row("-ep", "-ep" + TO),
    Row("-eq", "-eq" + TO), Row("-ew", "-ew" + TO), Row("-ee", "-ee" + TO),
    Row("-e and its word apart", "-e q" + TO),
    Row("-e and no word", "-e -f me@example.test" + TO, sender=ME),
    Row("-oA", "-oA/nonexistent/aliases" + TO),
    Row("-v", "-v" + TO, says="MAIL FROM"),
    Row("-ov", "-ov" + TO, says="MAIL FROM"),
    Row("-bm", "-bm" + TO),
    Row("-bm, its word apart", "-b m" + TO),
    Row("-ba", "-ba" + TO, WHOLE.replace(b"\n", b"\r\n")),
    Row("-4", "-4" + TO),
    Row("-G: nothing is added", "-G" + TO, BARE),
    Row("-n: no aliases", "-n root", rcpts="root@example.test",
        conf=("aliases ~/.aliases",), files=ALIASES),
    Row("-U: an address outside ASCII", "-U j\u00fc@example.test",
        rcpts="j\u00fc@example.test"),
    refused("-h: round and round", "-h 101" + TO, "101 servers", code=69),
    Row("an unknown letter", "-Z" + TO, logs="-Z"),
    Row("-d and no word", "-d -f me@example.test" + TO, sender=ME),
    Row("-d, glued", "-d0-99.1" + TO),
    Row("-d and its word apart", "-d 99.100" + TO),
) + ignored("-oo -om -o7 -o8 -oT5d -oL9 -os -oc -oD/x -oF0600 "
            "-og1 -oH/x -or5m -oS/x -ot -ou1 -oX9 -oPpostmaster -oMsnobody "
            "-Ac -Am -G -U -m -n -x -c -s -Ltag -psmtp -d0 -T1h -E -J".split())
OPTIONS += tuple(Row("ignored: " + one, one + TO) for one in (
    "-A m", "-h 3", "-L tag", "-p smtp:host", "-T 1h"))
# A path is never opened; the log says that it was not.
OPTIONS += tuple(Row("a path: " + one, one + TO, logs=one[:2]) for one in (
    "-C /nonexistent/sendmail.cf", "-D /nonexistent/x", "-X /nonexistent/x",
    "-oQ/nonexistent"))

PARSING = (
    Row("letters together", "-ti", DOT),
    Row("letters together, then a value", "-tifme@example.test", DOT,
        sender=ME),
    Row("-tv", "-tv", says="MAIL FROM"),
    Row("--", "-i -- joe@example.test"),
    Row("a recipient that begins with a dash", "-- -dash@example.test",
        rcpts="-dash@example.test"),
    refused("a letter after an operand", "joe@example.test -t", "behind"),
    refused("a dash after an operand",
            "joe@example.test -dash@example.test", "behind"),
    Row("two dashes after an operand", "joe@example.test -- "
        "-dash@example.test", rcpts="joe@example.test -dash@example.test"),
    Row("an operand is a list", ("joe@example.test, A B <ann@example.test>,",),
        rcpts=TWO),
    Row("an operand with comments and a group",
        ("(c) joe@example.test (d)", "g: Ann <ann@example.test>;"), rcpts=TWO),
    Row("an operand of nothing", ("", "joe@example.test")),
    Row("recipients that are the same", "joe@example.test joe@EXAMPLE.TEST "
        "<joe@example.test>"),
    refused("an operand with an end of line",
            ("joe@example.test\nDATA",), "address", code=65),
    Row("long options of msmtp's: recipients", "--read-recipients"),
    Row("long options of msmtp's: sender", "--from=me@example.test" + TO,
        sender=ME),
    Row("long options of msmtp's: account", "--account=default" + TO),
    refused("long options of msmtp's: what may do harm",
            "--host=192.0.2.1" + TO, "not accepted"),
    refused("a password among the words", "-auuser -apsecret" + TO,
            r"^(?!.*secret)"),
)

NAMES = tuple(
    Row("called " + name, "-i -f me@example.test" + TO, argv0=name, sender=ME)
    for name in ("sendmail", "/usr/sbin/sendmail", "/usr/lib/sendmail",
                 "send-mail", "ssmtp", "rmail", "sendmail.postrider",
                 "msmtp", "postrider"))


def mode(name, argv, prints, **more):
    return Row(name, argv, rcpts=(), prints=prints, sends=False, **more)


MODES = (
    mode("-bi", "-bi", "", conf=("aliases ~/.aliases",), files=ALIASES),
    mode("-I", "-I", "", conf=("aliases ~/.aliases",), files=ALIASES),
    mode("newaliases", "", "", conf=("aliases ~/.aliases",), files=ALIASES,
         argv0="newaliases"),
    mode("newaliases: a mistake", "", "", conf=("aliases ~/.aliases",),
         files={".aliases": "root joe@example.test\n"}, argv0="newaliases",
         code=78, says=r"\.aliases"),
    mode("-bv", "-bv root", "(?s)joe@example.test.*ann@example.test",
         conf=("aliases ~/.aliases",), files=ALIASES),
    mode("-bt", "-bt root", "(?s)joe@example.test.*ann@example.test",
         conf=("aliases ~/.aliases",), files=ALIASES),
    mode("-bv never sends", "-bv joe@example.test", "joe@example.test"),
    mode("-bC", "-bC", "no mistake"),
    mode("-bV", "-bV", r"postrider"),
    mode("--version", "--version", r"postrider"),
    mode("-d0.1", "-d0.1 -bv root", r"postrider"),
    Row("mode nobody knows", "-bZ" + TO, rcpts=(), code=64, says="-bZ",
        sends=False),
)

LETTERS = READ + ENVELOPE + OPTIONS + PARSING + NAMES + MODES
