# SPDX-License-Identifier: ISC
"""Dovecot: the SASL server behind Postfix, and a submission server.

Doors: `submission` (STARTTLS), `submissions` (implicit TLS).  What it takes
in goes on to `relay`: Postfix's plain door, or smtp-sink without root.
"""
from .common import USERS, free_ports, write

DOORS = ("submission", "submissions")

CONF = """\
base_dir = {lab}/dcrun
state_dir = {lab}/dcrun/state
log_path = {lab}/log/dovecot.log
auth_verbose = yes
protocols = submission
listen = 127.0.0.1
mail_location = maildir:{lab}/mail/%n
mail_uid = {nobody}
mail_gid = {nogroup}
first_valid_uid = 1
ssl = yes
ssl_cert = <{lab}/pki/server.pem
ssl_key = <{lab}/pki/server.key
disable_plaintext_auth = yes
auth_mechanisms = plain login scram-sha-1 scram-sha-256 cram-md5
auth_realms = example.test
auth_default_realm = example.test
auth_username_format = %Lu
auth_failure_delay = 0
default_internal_user = {dovecot}
default_internal_group = {dovecotgroup}
default_login_user = {dovenull}
passdb {{
  driver = passwd-file
  args = username_format=%u {lab}/dc/passwd
}}
userdb {{
  driver = static
  args = uid={nobody} gid={nogroup} home={lab}/mail/%n
}}
service auth {{
  unix_listener sasl {{
    mode = 0666
  }}
  unix_listener auth-userdb {{
    mode = 0666
  }}
}}
service submission-login {{
  inet_listener submission {{
    port = {submission}
  }}
  inet_listener submissions {{
    port = {submissions}
    ssl = yes
  }}
}}
# No penalty for the wrong passwords of the tests before.
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
hostname = mail.example.test
submission_relay_host = 127.0.0.1
submission_relay_port = {relay}
submission_relay_trusted = yes
submission_max_recipients = 0
"""

# One user can do no chroot.
OWN = """\
service anvil {
  chroot =
}
service submission-login {
  chroot =
}
service stats {
  chroot =
}
"""


def prepare(place, relay):
    users = "".join("%s:{PLAIN}%s\n" % u for u in USERS.items())
    write(place.out("dc", "passwd"), users)
    place.makedir("dcrun")
    place.makedir("mail", mode=0o777)
    ports = dict(zip(DOORS, free_ports(len(DOORS))))
    if place.own:
        who = dict.fromkeys(("nobody", "dovecot", "dovenull"), place.own[0])
        who.update(nogroup=place.own[1], dovecotgroup=place.own[1])
    else:
        who = dict(nobody="nobody", nogroup="nogroup", dovecot="dovecot",
                   dovecotgroup="dovecot", dovenull="dovenull")
    conf = CONF.format(lab=place.inner, relay=relay, **ports, **who)
    write(place.out("dc", "dovecot.conf"), conf + (OWN if place.own else ""))
    return ports


def start(place):
    return place.start("dovecot", [
        "/usr/sbin/dovecot", "-F", "-c", place.into("dc", "dovecot.conf")],
        log(place))


def log(place):
    return place.out("log", "dovecot.log")
