/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "tls/token.h"

#include <gnutls/pkcs11.h>
#include <string.h>

#include "base/i18n.h"
#include "base/text.h"

void
token_release(struct token *t)
{
	for (unsigned i = 0; i < t->count; i++)
		gnutls_pcert_deinit(&t->certs[i]);
	if (t->key)
		gnutls_privkey_deinit(t->key);
	error_release(&t->err);
	*t = (struct token)TOKEN_INIT;
}

bool
token_is_named(const struct client_files *files)
{
	return files->key && text_has_caseprefix(files->key, "pkcs11:");
}

static int
token_failed(struct token *t, const char *what, int rc)
{
	if (t->err.kind != ERR_NONE)
		return -1; /* there was no PIN */
	(void)err_set(
	    &t->err, ERR_CREDENTIAL, _("cannot use %s of the token"), what);
	(void)err_detail(&t->err, "%s", gnutls_strerror(rc));
	if (rc == GNUTLS_E_PKCS11_REQUESTED_OBJECT_NOT_AVAILBLE ||
	    rc == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
		return err_hint(&t->err,
		    _("p11tool --list-all shows what the token holds."));
	if (rc == GNUTLS_E_PKCS11_PIN_ERROR)
		return err_hint(&t->err,
		    _("The PIN is wrong: it was tried once, for a token "
		      "locks itself after some attempts."));
	return -1;
}

/* Once: another attempt would be with the same PIN.  The parameters are the
 * library's choice. */
static int
/* NOLINTNEXTLINE(readability-function-size) */
token_pin(void *ctx, int attempt, const char *url, const char *label,
    unsigned flags, char *pin, size_t size)
{
	struct token *t = ctx;
	AUTO(secret) struct secret found = SECRET_INIT;

	(void)url;
	(void)label;
	if (attempt || flags & GNUTLS_PIN_WRONG || t->was_asked)
		return -1;
	t->was_asked = true;
	if (!t->files->pin)
		return err_set(&t->err, ERR_NO_CREDENTIAL,
		    _("the token wants a PIN and there is none"));
	if (t->files->pin(t->files->pin_ctx, &found, &t->err) < 0)
		return -1;
	if (found.len >= size)
		return err_set(
		    &t->err, ERR_CREDENTIAL, _("the token's PIN is too long"));
	memcpy(pin, found.data, found.len + 1);
	return 0;
}

static int
token_certificates(struct token *t)
{
	unsigned count = TOKEN_CERTS_MAX;
	int rc = gnutls_pcert_list_import_x509_file(t->certs, &count,
	    t->files->cert, GNUTLS_X509_FMT_PEM, token_pin, t, 0);

	if (rc < 0)
		return token_failed(t, "tls_cert_file", rc);
	t->count = count;
	return 0;
}

static int
token_key(struct token *t)
{
	int rc = gnutls_privkey_init(&t->key);

	if (rc < 0)
		return token_failed(t, "tls_key_file", rc);
	gnutls_privkey_set_pin_function(t->key, token_pin, t);
	rc = gnutls_privkey_import_url(t->key, t->files->key, 0);
	return rc < 0 ? token_failed(t, "tls_key_file", rc) : 0;
}

int
token_retrieve(struct token *t, gnutls_pcert_st **certs, unsigned *count,
    gnutls_privkey_t *key)
{
	if (!t->files ||
	    (!t->count && (token_certificates(t) < 0 || token_key(t) < 0)))
		return -1;
	*certs = t->certs;
	*count = t->count;
	*key = t->key;
	return 0;
}
