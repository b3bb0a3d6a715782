# SPDX-License-Identifier: ISC
"""Python's smtplib as a sender, as people write it.

    smtplib_send.py PORT clear|starttls|tls CAFILE USER PASSWORD FROM RCPT...
"""
import smtplib
import ssl
import sys


def main(port, tls, trust, user, password, sender, *rcpts):
    context = None
    if tls != "clear":
        context = ssl.create_default_context(cafile=trust)
    if tls == "tls":
        server = smtplib.SMTP_SSL("localhost", int(port), context=context)
    else:
        server = smtplib.SMTP("localhost", int(port))
    with server:
        if tls == "starttls":
            server.starttls(context=context)
        if user:
            server.login(user, password)
        server.sendmail(sender, rcpts, sys.stdin.buffer.read())


main(*sys.argv[1:])
