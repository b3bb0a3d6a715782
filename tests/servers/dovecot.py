# SPDX-License-Identifier: ISC
"""Dovecot: the SASL server behind Postfix, a submission server, and LMTP.

Doors: `submission` (STARTTLS), `submissions` (implicit TLS); what comes in
there goes on to `relay`: Postfix's plain door, or smtp-sink without root.
`lmtp` (and the Unix socket `lmtp` in dcrun) stores what it gets in the box
`lmtp`.  There are alice, bob, and full@example.test, whose box takes nothing.
"""
import base64

from .common import USERS, free_ports, write

DOORS = ("submission", "submissions", "lmtp")
FULL = "full@example.test"

# What every Dovecot here has: a submission server, and no penalty for the wrong
# passwords of the tests before.
SUBMISSION = """\
listen = 127.0.0.1
first_valid_uid = 1
ssl = yes
default_internal_user = {dovecot}
default_internal_group = {dovecotgroup}
default_login_user = {dovenull}
service submission-login {{
  inet_listener submission {{
    port = {submission}
  }}
  inet_listener submissions {{
    port = {submissions}
    ssl = yes
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
hostname = mail.example.test
submission_relay_host = 127.0.0.1
submission_relay_port = {relay}
submission_relay_trusted = yes
"""
STATS = """\
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
"""

CONF = """\
base_dir = {lab}/dcrun
state_dir = {lab}/dcrun/state
log_path = {lab}/log/dovecot.log
auth_verbose = yes
protocols = submission lmtp
mail_location = maildir:{lab}/dcmail
mail_plugins = quota
mail_uid = {nobody}
mail_gid = {nogroup}
ssl_cert = <{lab}/pki/server.pem
ssl_key = <{lab}/pki/server.key
disable_plaintext_auth = yes
auth_mechanisms = plain login scram-sha-1 scram-sha-256 cram-md5 \
  digest-md5 xoauth2 oauthbearer
auth_realms = example.test
auth_default_realm = example.test
auth_username_format = %Lu
auth_failure_delay = 0
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {lab}/dc/oauth2.conf
}}
passdb {{
  driver = passwd-file
  mechanisms = plain login scram-sha-1 scram-sha-256 cram-md5 digest-md5
  args = username_format=%u {lab}/dc/passwd
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {lab}/dc/passwd
  default_fields = uid={nobody} gid={nogroup} home={lab}/dcmail
}}
plugin {{
  quota = maildir:User quota
}}
service auth {{
  unix_listener sasl {{
    mode = 0666
  }}
  unix_listener auth-userdb {{
    mode = 0666
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
  unix_listener lmtp {{
    mode = 0666
  }}
}}
submission_max_recipients = 0
""" + SUBMISSION + STATS

# Tokens are JWTs signed with SIGNING_KEY.
OAUTH2 = """\
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={lab}/dc/keys/
username_attribute = sub
openid_configuration_url = https://id.example.test/.well-known
"""
SIGNING_KEY = b"the key of nobody's tokens, and long enough"

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


def write_keys(place):
    write(place.out("dc", "oauth2.conf"), OAUTH2.format(lab=place.inner))
    write(place.out("dc", "keys", "default", "HS256", "default"),
          base64.b64encode(SIGNING_KEY).decode())


def passwords(place):
    """Who may log in, and where a Dovecot in front of another one keeps what it
    has to keep."""
    write(place.out("users"),
          "".join("%s:{PLAIN}%s\n" % u for u in USERS.items()))
    place.makedir("run")
    place.makedir("mail", mode=0o777)


def prepare(place, relay):
    users = "".join("%s:{PLAIN}%s::::::\n" % u for u in USERS.items())
    users += (FULL + ":{PLAIN}x::::::userdb_quota_rule=*:bytes=100 "
              "userdb_mail=maildir:%s\n" % place.into("dcfull"))
    write(place.out("dc", "passwd"), users)
    write_keys(place)
    place.makedir("dcrun")
    for name in ("dcmail", "dcfull"):
        place.makedir(name, mode=0o777)
    ports = dict(zip(DOORS, free_ports(len(DOORS))))
    who = place.users("nobody", "nogroup", "dovecot", "dovenull")
    conf = CONF.format(lab=place.inner, relay=relay, **ports, **who)
    write(place.out("dc", "dovecot.conf"), conf + (OWN if place.own else ""))
    return ports


def start(place):
    return place.start("dovecot", [
        "/usr/sbin/dovecot", "-F", "-c", place.into("dc", "dovecot.conf")],
        log(place))


def log(place):
    return place.out("log", "dovecot.log")


def maildir(place):
    return place.out("dcmail", "new")
