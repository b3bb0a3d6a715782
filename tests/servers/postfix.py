# SPDX-License-Identifier: ISC
"""Postfix with Dovecot's SASL.

Doors: `plain` (no TLS, no AUTH, relays; backend of Dovecot submission),
`submission` (STARTTLS and AUTH mandatory), `submissions` (implicit TLS),
`strict` (implicit TLS, refuses every sin against the protocol and MIME),
`old` (implements as good as no extension).
Mail for void.test is taken in and dropped, that for refused.test refused, that
for busy.test put off.
"""
import os
import socket
import time
import uuid

from .common import PATIENCE_S, free_ports, tail, write

DOORS = ("plain", "submission", "submissions", "old", "strict")
SPOOL = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold",
         "incoming", "private", "saved", "trace")

MAIN = """\
compatibility_level = 3.6
queue_directory = {lab}/pf/queue
data_directory = {lab}/pf/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
meta_directory = {lab}/pf
mail_owner = postfix
setgid_group = postdrop
maillog_file = {lab}/log/postfix.log
maillog_file_prefixes = /lab
service_throttle_time = 1s
myhostname = mail.example.test
mydomain = example.test
mydestination =
virtual_mailbox_domains = example.test,
 xn--exmple-cua.test, regexp:{{{{ /^x[0-9a-f]+\.example\.test/ own }}}}
local_header_rewrite_clients =
virtual_mailbox_base = {lab}/mail
virtual_mailbox_maps = static:postfix/
virtual_mailbox_limit = 0
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
virtual_minimum_uid = 1
message_size_limit = 0
transport_maps = inline:{{ {{ void.test = discard: }} }}
default_transport = error:no outbound mail from the lab
relay_transport = error:no outbound mail from the lab
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_peername_lookup = no
alias_maps =
alias_database =
smtputf8_enable = yes
smtpd_tls_security_level = may
smtpd_tls_cert_file = {lab}/pki/server.pem
smtpd_tls_key_file = {lab}/pki/server.key
smtpd_tls_CAfile = {lab}/pki/ca.pem
smtpd_tls_loglevel = 1
smtpd_tls_received_header = yes
smtpd_tls_session_cache_database =
tls_ssl_options =
smtpd_sasl_type = dovecot
smtpd_sasl_path = {sasl}
smtpd_sasl_security_options = noanonymous
smtpd_sasl_local_domain = example.test
smtpd_sasl_authenticated_header = yes
smtpd_client_restrictions =
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = check_recipient_access inline:{{
  {{ refused.test = 550 5.1.1 no such user here }},
  {{ busy.test = 450 4.2.1 mailbox busy }} }}
smtpd_discard_ehlo_keywords =
smtpd_forbid_bare_newline = no
smtpd_error_sleep_time = 0
allow_min_user = yes
message_drop_headers =
"""

MASTER = """\
127.0.0.1:{plain} inet n - n - - smtpd
  -o smtpd_authorized_xclient_hosts=127.0.0.0/8
  -o smtpd_tls_security_level=none
127.0.0.1:{submission} inet n - n - - smtpd
  -o syslog_name=postfix/submission
  -o smtpd_tls_security_level=encrypt
  -o smtpd_tls_auth_only=yes
  -o smtpd_tls_ask_ccert=yes
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
127.0.0.1:{submissions} inet n - n - - smtpd
  -o syslog_name=postfix/submissions
  -o smtpd_tls_wrappermode=yes
  -o smtpd_tls_ask_ccert=yes
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
127.0.0.1:{old} inet n - n - - smtpd
  -o syslog_name=postfix/old
  -o smtpd_discard_ehlo_keywords=8bitmime,smtputf8,dsn,chunking,pipelining,size,etrn,vrfy,enhancedstatuscodes
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_tls_security_level=may
127.0.0.1:{strict} inet n - n - - smtpd
  -o syslog_name=postfix/strict
  -o smtpd_tls_wrappermode=yes
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
  -o strict_rfc821_envelopes=yes
  -o strict_smtputf8=yes
  -o smtpd_helo_required=yes
  -o smtpd_data_restrictions=reject_unauth_pipelining
  -o smtpd_end_of_data_restrictions=reject_unauth_pipelining
  -o smtpd_forbid_bare_newline=reject
  -o smtpd_forbid_bare_newline_exclusions=
  -o smtpd_forbid_unauth_pipelining=yes
  -o cleanup_service_name=strictclean
strictclean unix n - n - 0 cleanup
  -o strict_7bit_headers=yes
  -o strict_8bitmime_body=yes
  -o strict_mime_encoding_domain=yes
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def prepare(place):
    """The folders that `postfix start` would make; the ports."""
    place.makedir("pf", "data", mode=0o700, user="postfix", group="postfix")
    place.makedir("pf", "queue")
    place.makedir("pf", "queue", "pid")
    for name in SPOOL:
        place.makedir("pf", "queue", name, mode=0o700, user="postfix",
                      group="root")
    place.makedir("pf", "queue", "maildrop", mode=0o730, user="postfix",
                  group="postdrop")
    place.makedir("pf", "queue", "public", mode=0o710, user="postfix",
                  group="postdrop")
    place.makedir("mail", mode=0o777)
    ports = dict(zip(DOORS, free_ports(len(DOORS))))
    write(place.out("pf", "main.cf"),
          MAIN.format(lab=place.inner, sasl=place.into("dcrun", "sasl")))
    write(place.out("pf", "master.cf"), MASTER.format(**ports))
    write(place.out("pf", "dynamicmaps.cf"), "")
    return ports


def start(place, ports):
    server = place.start("postfix", [
        "/usr/lib/postfix/sbin/master", "-d", "-c", place.into("pf")],
        place.out("log", "postfix.log"))
    return server


def maildir(place):
    return place.out("mail", "postfix", "new")


def log(place):
    return place.out("log", "postfix.log")


def mark_log(place):
    """A line of our own behind all that was said until now: who writes the log
    has a queue in which everybody stands."""
    mark = "lab: mark " + uuid.uuid4().hex
    folder = os.open(place.out("pf", "queue", "public"), os.O_RDONLY)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            # a path may be longer than a socket's address
            s.connect("/proc/self/fd/%d/postlog" % folder)
            s.send(mark.encode() + b"\n")
    finally:
        os.close(folder)
    return mark


def settled_log(place):
    """What the log says of all sessions so far: until what was said is written
    and each session has ended, or the patience has."""
    end = time.monotonic() + PATIENCE_S / 3
    mark, text = None, ""
    while time.monotonic() < end:
        try:
            mark = mark or mark_log(place)
        except OSError:
            break
        text = tail(log(place), None)
        if mark in text:
            if text.count(": connect from ") == text.count(
                    ": disconnect from "):
                break
            mark = None
        time.sleep(0.02)
    return "".join(line for line in text.splitlines(True)
                   if "lab: mark " not in line)


