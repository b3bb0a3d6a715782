# SPDX-License-Identifier: ISC
"""Dovecot 2.4: a submission server that knows SCRAM with channel binding.

Doors: `submission` (STARTTLS), `submissions` (implicit TLS).  What it takes in
goes on to `relay`, the plain door of another server.
"""
from .common import USERS, free_ports, write
from .dovecot import OWN

DOORS = ("submission", "submissions")

CONF = """\
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
base_dir = {lab}/run
state_dir = {lab}/run/state
log_path = {lab}/log/dovecot24.log
log_debug = category=auth
auth_verbose = yes
protocols {{
  submission = yes
}}
listen = 127.0.0.1
mail_driver = maildir
mail_path = {lab}/mail/%{{user | username}}
mail_uid = {nobody}
mail_gid = {nogroup}
first_valid_uid = 1
default_internal_user = {dovecot}
default_internal_group = {dovecotgroup}
default_login_user = {dovenull}
ssl = yes
ssl_server_cert_file = {lab}/pki/server.pem
ssl_server_key_file = {lab}/pki/server.key
auth_allow_cleartext = no
auth_default_domain = example.test
auth_failure_delay = 0
auth_mechanisms = {mechanisms}
passdb passwd-file {{
  passwd_file_path = {lab}/users
  default_password_scheme = PLAIN
}}
userdb static {{
  fields {{
    uid = {nobody}
    gid = {nogroup}
    home = {lab}/mail/%{{user | username}}
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
MECHANISMS = ("plain", "login", "scram-sha-1", "scram-sha-1-plus",
              "scram-sha-256", "scram-sha-256-plus")


def prepare(place, relay):
    write(place.out("users"),
          "".join("%s:{PLAIN}%s\n" % u for u in USERS.items()))
    place.makedir("run")
    place.makedir("mail", mode=0o777)
    ports = dict(zip(DOORS, free_ports(len(DOORS))))
    conf = CONF.format(lab=place.inner, relay=relay, **ports,
                       mechanisms=" ".join(MECHANISMS),
                       **place.users("nobody", "nogroup", "dovecot",
                                     "dovenull"))
    write(place.out("dovecot.conf"), conf + (OWN if place.own else ""))
    return ports


def start(place):
    return place.start("dovecot24", [
        "/usr/sbin/dovecot", "-F", "-c", place.into("dovecot.conf")],
        log(place))


def log(place):
    return place.out("log", "dovecot24.log")
