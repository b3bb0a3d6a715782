/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "tls/client.h"

#include <stdbool.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/secret.h"
#include "base/text.h"
#include "io/file.h"
#include "tls/token.h"

static bool
client_has(const char *path)
{
	return path && *path;
}

static int
client_read(
    const char *path, struct buf *out, struct stat *st, struct error *err)
{
	if (file_read(path, out, st, err) == 0)
		return 0;
	err->kind = ERR_CONFIG;
	return -1;
}

static int
client_failed(const struct client_files *files, int rc, struct error *err)
{
	(void)err_set(err, ERR_CONFIG,
	    _("cannot use tls_cert_file %s with tls_key_file %s"), files->cert,
	    files->key);
	(void)err_detail(err, "%s", gnutls_strerror(rc));
	if (rc != GNUTLS_E_DECRYPTION_FAILED)
		return -1;
	return err_hint(err,
	    _("The key has a passphrase, for which nobody can be asked: take "
	      "it off with openssl pkey -in %s."),
	    files->key);
}

static int
client_use(const struct client_files *files,
    gnutls_certificate_credentials_t cred, struct buf *cert, struct buf *key,
    struct error *err)
{
	gnutls_datum_t cert_pem, key_pem;
	struct stat st;
	int rc;

	if (client_read(files->cert, cert, NULL, err) < 0 ||
	    client_read(files->key, key, &st, err) < 0 ||
	    file_check_secret(files->key, &st, true, err) < 0)
		return -1;
	cert_pem = (gnutls_datum_t){ (unsigned char *)cert->data,
		(unsigned)cert->len };
	key_pem =
	    (gnutls_datum_t){ (unsigned char *)key->data, (unsigned)key->len };
	rc = gnutls_certificate_set_x509_key_mem2(
	    cred, &cert_pem, &key_pem, GNUTLS_X509_FMT_PEM, NULL, 0);
	return rc < 0 ? client_failed(files, rc, err) : 0;
}

static void
client_wipe(struct buf *b)
{
	if (b->len)
		secret_wipe(b->data, b->len);
}

int
client_load(const struct client_files *files,
    gnutls_certificate_credentials_t cred, struct error *err)
{
	AUTO(buf) struct buf cert = BUF_INIT(CLIENT_FILE_MAX);
	AUTO(buf) struct buf key = BUF_INIT(CLIENT_FILE_MAX);
	int rc;

	if (client_has(files->key) && !client_has(files->cert))
		return err_set(
		    err, ERR_CONFIG, _("tls_key_file requires tls_cert_file"));
	if (client_has(files->cert) && !client_has(files->key))
		return err_set(
		    err, ERR_CONFIG, _("tls_cert_file requires tls_key_file"));
	if (!client_has(files->cert) || token_is_named(files))
		return 0;
	if (text_has_caseprefix(files->cert, "pkcs11:"))
		return err_set(err, ERR_CONFIG,
		    _("tls_cert_file names an object of a token, tls_key_file "
		      "does not"));
	rc = client_use(files, cred, &cert, &key, err);
	client_wipe(&cert); /* it may be the same file */
	client_wipe(&key);
	return rc;
}
