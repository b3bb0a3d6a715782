# SPDX-License-Identifier: ISC
"""A lab CA, a server certificate and a foreign CA, made on the spot."""
import os
import subprocess

CA = """\
cn = "%s"
ca
cert_signing_key
expiration_days = 30
"""
SERVER = """\
cn = "mail.example.test"
dns_name = "mail.example.test"
dns_name = "localhost"
ip_address = "127.0.0.1"
tls_www_server
signing_key
encryption_key
expiration_days = 30
"""


def certtool(*args):
    run = subprocess.run(["certtool", *args], stdin=subprocess.DEVNULL,
                         capture_output=True, text=True)
    if run.returncode:
        raise RuntimeError("certtool: " + run.stderr.strip())


class Pki:
    """The files, all in `folder`:

    ca         the certificate that clients are to trust
    other_ca   a CA that signed nothing here
    cert, key  the server's, for localhost, 127.0.0.1 and mail.example.test
    """

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        self.ca = self._ca("ca", "Lab CA")
        self.other_ca = self._ca("other", "Other Lab CA")
        self.cert, self.key = self.issue("server", SERVER)

    def _path(self, name):
        return os.path.join(self.folder, name)

    def _template(self, name, text):
        with open(self._path(name + ".tmpl"), "w") as f:
            f.write(text)
        return self._path(name + ".tmpl")

    def _key(self, name):
        certtool("--generate-privkey", "--key-type=ecdsa", "--outfile",
                 self._path(name + ".key"))
        return self._path(name + ".key")

    def _ca(self, name, cn):
        key = self._key(name)
        certtool("--generate-self-signed", "--load-privkey", key,
                 "--template", self._template(name, CA % cn),
                 "--outfile", self._path(name + ".pem"))
        return self._path(name + ".pem")

    def issue(self, name, template, ca="ca"):
        """A certificate by `ca`, as a certtool template says: its file and
        the file of its key."""
        key = self._key(name)
        cert = self._path(name + ".pem")
        certtool("--generate-certificate", "--load-privkey", key,
                 "--load-ca-certificate", self._path(ca + ".pem"),
                 "--load-ca-privkey", self._path(ca + ".key"),
                 "--template", self._template(name, template),
                 "--outfile", cert)
        return cert, key
