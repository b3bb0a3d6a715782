# SPDX-License-Identifier: ISC
"""How other programs call sendmail and msmtp, written down as data.

row.py        what a row says
programs.py   mailers by their names: the words they say, what they feed
letters.py    each letter of sendmail's, each form of it
messages.py   what has to be mended in a message
clashes.py    the calls on which light relays fall over
options.py    msmtp's command line, short and long
commands.py   the commands of its file, and what it says of mistakes
faults.py     what msmtp gets wrong
real.py       Debian's own programs, and the whole message that arrives

Rows for the queue (mailq, -q, -Q, -M, -odb, -odd, -odf, -odi, -odq, -bp, -bd,
-bD, -bl, -bh, -bH) and for the listener on standard input (-bs, -bS) are not
here: they come with the tests of those.  A program's call that merely contains
-odi or -odb is.
"""
