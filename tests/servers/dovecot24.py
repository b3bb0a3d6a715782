# SPDX-License-Identifier: ISC
"""Dovecot 2.4: a submission server that knows SCRAM with channel binding.

Doors: `submission` (STARTTLS), `submissions` (implicit TLS).  What it takes in
goes on to `relay`, the plain door of another server.
"""
from .common import free_ports, write
from .dovecot import OWN, SUBMISSION, passwords

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
mail_driver = maildir
mail_path = {lab}/mail/%{{user | username}}
mail_uid = {nobody}
mail_gid = {nogroup}
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
""" + SUBMISSION
MECHANISMS = ("plain", "login", "scram-sha-1", "scram-sha-1-plus",
              "scram-sha-256", "scram-sha-256-plus")


def prepare(place, relay):
    passwords(place)
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
