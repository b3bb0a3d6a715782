# SPDX-License-Identifier: ISC
"""msmtp's configuration, command by command: those of today, those of earlier
days, and what it says of a mistake.

A row's account has the lines of CONF behind its own; -P prints it.
"""
import re

from .options import FPR, bad, shown
from .letters import TO

# The lines of the file, and a line of what -P prints then.
COMMANDS = (
    ("host mail.test", "host = mail.test"),
    ("port 2525", "port = 2525"), ("port 025", "port = 25"),
    ("timeout off", "timeout = off"), ("timeout 1", "timeout = 1 second"),
    ("connect_timeout 30", "timeout = 30 seconds"),
    ("protocol lmtp", "protocol = lmtp"),
    ("protocol smtp", "protocol = smtp"),
    ("domain host.test", "domain = host.test"),
    ("source_ip 127.0.0.1", "source ip = 127.0.0.1"),
    ("source_ip", "source ip = (not set)"),
    ("proxy_host proxy.test", "proxy host = proxy.test"),
    ("proxy_host proxy.test\nproxy_host", "proxy host = (not set)"),
    ("proxy_port 1081", "proxy port = 1081"),
    ("socket /tmp/s", "socket = /tmp/s"),
    ("auth\nuser u", "auth = choose"), ("auth on\nuser u", "auth = choose"),
    ("auth off", "auth = none"), ("auth plain\nuser u", "auth = PLAIN"),
    ("auth login\nuser u", "auth = LOGIN"),
    ("auth scram-sha-1\nuser u", "auth = SCRAM-SHA-1"),
    ("auth scram-sha-256\nuser u", "auth = SCRAM-SHA-256"),
    ("user alice", "user = alice"), ("user \"al ice\"", "user = al ice"),
    ("user alice\nuser", "user = (not set)"),
    ("password sesame", "password = *"),
    ("passwordeval cat f", "passwordeval = cat f"),
    ("passwordeval \"cat f\"", "passwordeval = cat f"),
    ("ntlmdomain d", "ntlmdomain = d"),
    ("tls", "tls = on"), ("tls on", "tls = on"), ("tls off", "tls = off"),
    ("tls_starttls", "tls_starttls = on"),
    ("tls_starttls off", "tls_starttls = off"),
    ("tls_trust_file /etc/hosts", "tls_trust_file = /etc/hosts"),
    ("tls_trust_file system", "tls_trust_file = system"),
    ("tls_trust_file ~/ca", "tls_trust_file = HOME/ca"),
    ("tls_crl_file ~/crl", "tls_crl_file = HOME/crl"),
    ("tls_key_file ~/k\ntls_cert_file ~/c", "tls_key_file = HOME/k"),
    ("tls_key_file ~/k\ntls_cert_file ~/c", "tls_cert_file = HOME/c"),
    ("tls_fingerprint " + FPR, "tls_fingerprint = " + FPR),
    ("tls_certcheck", "tls_certcheck = on"),
    ("tls_certcheck off", "tls_certcheck = off"),
    ("tls_min_dh_prime_bits 2048", "tls_min_dh_prime_bits = 2048"),
    ("tls_priorities NORMAL", "tls_priorities = NORMAL"),
    ("tls_host_override m.test", "tls_host_override = m.test"),
    ("from_full_name Al Ice", "from_full_name = Al Ice"),
    ("allow_from_override off", "allow_from_override = off"),
    ("allow_from_override on", "allow_from_override = on"),
    ("dsn_notify never", "dsn_notify = NEVER"),
    ("dsn_notify failure,delay", "dsn_notify = FAILURE,DELAY"),
    ("dsn_notify off", "dsn_notify = (not set)"),
    ("dsn_return headers", "dsn_return = HDRS"),
    ("dsn_return full", "dsn_return = FULL"),
    ("dsn_return off", "dsn_return = (not set)"),
    ("set_from_header on", "set_from_header = on"),
    ("set_from_header", "set_from_header = auto"),
    ("set_from_header off", "set_from_header = off"),
    ("set_date_header off", "set_date_header = off"),
    ("set_date_header", "set_date_header = auto"),
    ("set_msgid_header off", "set_msgid_header = off"),
    ("set_msgid_header auto", "set_msgid_header = auto"),
    ("set_to_header", "set_to_header = on"),
    ("set_to_header undisclosed_recipients",
     "set_to_header = undisclosed_recipients"),
    ("remove_bcc_headers off", "remove_bcc_headers = off"),
    ("remove_bcc_headers", "remove_bcc_headers = on"),
    ("logfile ~/l", "logfile = HOME/l"), ("logfile -", "logfile = -"),
    ("logfile_time_format %Y %H", "logfile_time_format = %Y %H"),
    ("syslog", "syslog = LOG_USER"), ("syslog on", "syslog = LOG_USER"),
    ("syslog LOG_MAIL", "syslog = LOG_MAIL"),
    ("syslog off", "syslog = (not set)"),
    ("aliases ~/a", "aliases = HOME/a"),
    ("eval echo port 26", "port = 26"),
    # of earlier days
    ("auto_from on", "auto_from = on"), ("auto_from off", "auto_from = off"),
    ("maildomain d.test", "maildomain = d.test"),
    ("keepbcc on", "remove_bcc_headers = off"),
    ("keepbcc off", "remove_bcc_headers = on"),
    ("add_missing_from_header off", "set_from_header = off"),
    ("add_missing_date_header off", "set_date_header = off"),
    ("undisclosed_recipients on", "set_to_header = undisclosed_recipients"),
    ("undisclosed_recipients off", "set_to_header = off"),
    ("tls_nocertcheck", "tls_certcheck = off"),
    ("tls_nostarttls", "tls_starttls = off"),
    ("tls_force_sslv3", "tls = off"),
    # how a line is read
    ("\t port\t2525 \t", "port = 2525"), ("# tls on", "tls = off"),
    ("port \"2525\"", "port = 2525"), ("port 2525\r", "port = 2525"),
    # accounts
    ("account b : default\nport 26\naccount c : b", "host = 127.0.0.1"),
)

# The lines, and what is said of them.
MISTAKES = (
    ("nonsense x", "nonsense"), ("Port 25", "Port"), ("port", "port"),
    ("port 0", "port"), ("port 70000", "port"), ("timeout soon", "timeout"),
    ("protocol ftp", "protocol"), ("auth nonsense", "auth"),
    ("tls maybe", "tls"), ("tls ON", "tls"), ("tls_starttls 1", "tls"),
    ("allow_from_override", "allow_from_override"),
    ("dsn_notify often", "dsn_notify"), ("dsn_return x", "dsn_return"),
    ("set_from_header x", "set_from_header"),
    ("set_date_header on", "set_date_header"),
    ("set_msgid_header on", "set_msgid_header"),
    ("set_to_header auto", "set_to_header"),
    ("remove_bcc_headers x", "remove_bcc_headers"),
    ("syslog LOG_X", "syslog"), ("host", "host"),
    ("tls on\ntls_key_file /k", "tls_cert_file"),
    ("tls on\ntls_cert_file /c", "tls_key_file"),
    ("account", "name"), ("account default", "default"),
    ("account x : nowhere", "nowhere"), ("account a:b,c d", "b"),
    ("account a,b", "a,b"),
)


def names(lines):
    return lines.replace("\n", "; ").replace("\t", "TAB").replace("\r", "CR")


ROWS = tuple(
    shown("%s | %s" % (names(lines), line), TO, line, conf=(lines,))
    for lines, line in COMMANDS) + tuple(
    bad("mistake: " + names(lines), TO, r"msmtprc: line \d+: .*" +
        re.escape(word), code=78, conf=(lines,)) for lines, word in MISTAKES)
