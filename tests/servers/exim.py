# SPDX-License-Identifier: ISC
"""Exim: user bench, password secret; nosuch@ is refused, defer@ deferred.
Mail for void.test is taken in and dropped.

Doors: `plain` (no AUTH wanted), `submission` (STARTTLS), `submissions`.
"""
from .common import free_ports, write

DOORS = ("plain", "submission", "submissions")

CONF = """\
primary_hostname = smtp.bench.test
exim_user = Debian-exim
exim_group = Debian-exim
spool_directory = {lab}/exim/spool
log_file_path = {lab}/log/exim-%slog
pid_file_path = {lab}/exim/exim.pid
deliver_drop_privilege = true
local_interfaces = <; 127.0.0.1
daemon_smtp_ports = {plain} : {submission} : {submissions}
tls_on_connect_ports = {submissions}
tls_advertise_hosts = *
tls_certificate = {lab}/pki/server.pem
tls_privatekey = {lab}/pki/server.key
chunking_advertise_hosts = *
dsn_advertise_hosts = *
smtputf8_advertise_hosts = *
prdr_enable = true
pipelining_connect_advertise_hosts = *
message_size_limit = 2047M
recipients_max = 0
smtp_accept_max = 200
smtp_accept_queue_per_connection = 0
check_spool_space = 0
check_spool_inodes = 0
host_lookup =
rfc1413_hosts =
keep_environment =
timezone = UTC
acl_smtp_mail = am
acl_smtp_rcpt = ar
acl_smtp_data = ad
acl_smtp_data_prdr = accept
begin acl
am:
  deny condition = ${{if eq{{$received_port}}{{{plain}}}{{no}}{{yes}}}}
       !authenticated = *
       message = 5.7.0 Authentication required
  accept
ar:
  deny local_parts = nosuch
       message = 5.1.1 no such user here
  defer local_parts = defer
       message = 4.2.0 mailbox busy
  accept
ad:
  accept
begin routers
v:
  driver = redirect
  domains = void.test
  data = :blackhole:
r:
  driver = accept
  transport = md
begin transports
md:
  driver = appendfile
  directory = {lab}/exim/maildir
  maildir_format
  create_directory
  envelope_to_add
  return_path_add
  user = Debian-exim
  group = Debian-exim
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{bench}}}}{{eq{{$auth3}}{{secret}}}}}}}}
  server_set_id = $auth2
  server_advertise_condition = ${{if def:tls_in_cipher}}
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${{if and{{{{eq{{$auth1}}{{bench}}}}{{eq{{$auth2}}{{secret}}}}}}}}
  server_set_id = $auth1
  server_advertise_condition = ${{if def:tls_in_cipher}}
cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = ${{if eq{{$auth1}}{{bench}}{{secret}}fail}}
  server_set_id = $auth1
ntlm:
  driver = spa
  public_name = NTLM
  server_password = ${{if eq{{$auth1}}{{bench}}{{secret}}fail}}
  server_set_id = $auth1
"""


def prepare(place):
    for parts in (("exim",), ("exim", "spool"), ("exim", "maildir")):
        place.makedir(*parts, user="Debian-exim", group="Debian-exim")
    ports = dict(zip(DOORS, free_ports(len(DOORS))))
    write(place.out("exim.conf"), CONF.format(lab=place.inner, **ports))
    return ports


def start(place):
    return place.start("exim", ["/usr/sbin/exim4", "-C",
                                place.into("exim.conf"), "-bdf"], log(place))


def maildir(place):
    return place.out("exim", "maildir", "new")


def log(place):
    return place.out("log", "exim-mainlog")
