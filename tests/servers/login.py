# SPDX-License-Identifier: ISC
"""Dovecot with every way to log in, and a Kerberos realm.

Doors: `submission` (STARTTLS), `submissions` (implicit TLS), `kdc` (UDP and
TCP).  What is taken in goes on to `relay`, the plain door of another server.
Tokens are those of dovecot.py; certificates of the lab's CA may log
in as their common name.
"""
import os
import subprocess

from .common import free_ports, write
from .dovecot import OWN, STATS, SUBMISSION, passwords, write_keys

DOORS = ("submission", "submissions", "kdc")
REALM = "EXAMPLE.TEST"
MECHANISMS = ("plain", "login", "cram-md5", "digest-md5", "scram-sha-1",
              "scram-sha-256", "xoauth2", "oauthbearer", "external", "gssapi")

CONF = """\
base_dir = {lab}/run
state_dir = {lab}/run/state
log_path = {lab}/log/login.log
auth_verbose = yes
auth_debug = yes
protocols = submission
mail_location = maildir:{lab}/mail/%u
mail_uid = {nobody}
mail_gid = {nogroup}
ssl_cert = <{lab}/pki/server.pem
ssl_key = <{lab}/pki/server.key
ssl_ca = <{lab}/pki/ca.pem
ssl_verify_client_cert = yes
ssl_require_crl = no
auth_ssl_username_from_cert = yes
ssl_cert_username_field = commonName
disable_plaintext_auth = yes
auth_mechanisms = {mechanisms}
auth_realms = example.test
auth_default_realm = example.test
auth_username_format = %Lu
auth_failure_delay = 0
import_environment = KRB5_CONFIG={lab}/krb5/krb5.conf KRB5RCACHENAME=none:
auth_krb5_keytab = {lab}/krb5/keytab
auth_gssapi_hostname = "$ALL"
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {lab}/dc/oauth2.conf
}}
passdb {{
  driver = passwd-file
  mechanisms = plain login cram-md5 digest-md5 scram-sha-1 scram-sha-256
  args = username_format=%u {lab}/users
}}
passdb {{
  driver = static
  mechanisms = external gssapi
  args = nopassword=y
}}
userdb {{
  driver = static
  args = uid={nobody} gid={nogroup} home={lab}/mail/%u
}}
""" + SUBMISSION + STATS
KRB5 = """\
[libdefaults]
default_realm = {realm}
dns_lookup_realm = false
dns_lookup_kdc = false
dns_canonicalize_hostname = false
rdns = false
[realms]
{realm} = {{
  kdc = 127.0.0.1:{kdc}
}}
[domain_realm]
localhost = {realm}
"""
KDC = """\
[kdcdefaults]
kdc_listen = 127.0.0.1:{kdc}
kdc_tcp_listen = 127.0.0.1:{kdc}
[realms]
{realm} = {{
  database_name = {lab}/krb5/principal
  key_stash_file = {lab}/krb5/stash
  acl_file = {lab}/krb5/acl
  max_life = 1h
}}
[logging]
kdc = FILE:{lab}/log/kdc.log
"""


def kerberos(place):
    """What points a Kerberos program to the realm."""
    return ["/usr/bin/env", "KRB5_CONFIG=" + place.into("krb5", "krb5.conf"),
            "KRB5_KDC_PROFILE=" + place.into("krb5", "kdc.conf")]


def tool(place, *command):
    done = subprocess.run([*place.enter, *kerberos(place), *command],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise OSError("%s: %s" % (command[0], done.stdout.strip()))


def realm(place):
    tool(place, "/usr/sbin/kdb5_util", "create", "-s", "-r", REALM, "-P",
         "master")
    tool(place, "/usr/sbin/kadmin.local", "-q", "addprinc -randkey "
         "smtp/localhost@" + REALM)
    tool(place, "/usr/sbin/kadmin.local", "-q", "ktadd -k %s "
         "smtp/localhost@%s" % (place.into("krb5", "keytab"), REALM))
    # the client's, in place of a password typed at kinit
    tool(place, "/usr/sbin/kadmin.local", "-q", "addprinc -randkey alice@"
         + REALM)
    tool(place, "/usr/sbin/kadmin.local", "-q", "ktadd -k %s alice@%s" % (
        place.into("krb5", "alice.keytab"), REALM))
    for name in ("keytab", "alice.keytab"):
        os.chmod(place.out("krb5", name), 0o644)


def prepare(place, relay):
    passwords(place)
    place.makedir("krb5", mode=0o755)
    ports = dict(zip(DOORS, free_ports(len(DOORS))))
    words = dict(lab=place.inner, relay=relay, realm=REALM, **ports,
                 mechanisms=" ".join(MECHANISMS),
                 **place.users("nobody", "nogroup", "dovecot", "dovenull"))
    write(place.out("dovecot.conf"),
          CONF.format(**words) + (OWN if place.own else ""))
    write_keys(place)
    write(place.out("krb5", "krb5.conf"), KRB5.format(**words))
    write(place.out("krb5", "kdc.conf"), KDC.format(**words))
    write(place.out("krb5", "acl"), "")
    realm(place)
    return ports


def start(place):
    return [
        place.start("kdc", [*kerberos(place), "/usr/sbin/krb5kdc", "-n"],
                    place.out("log", "kdc.log")),
        place.start("login", [
            *kerberos(place), "/usr/sbin/dovecot", "-F", "-c",
            place.into("dovecot.conf")], log(place))]


def log(place):
    return place.out("log", "login.log")
