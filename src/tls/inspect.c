/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "tls/inspect.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "tls/describe.h"
#include "tls/gnutls.h"
#include "tls/layer.h"

#define INSPECT_NAMES_MAX (16 * 1024) /* octets */
#define INSPECT_SHA1_SIZE 20

void
inspect_release(struct inspect *i)
{
	if (!i)
		return;
	free(i->subject);
	free(i->issuer);
	free(i->names);
	free(i->key);
	free(i->signature);
	*i = (struct inspect){ .subject = NULL };
}

typedef int inspect_dn(gnutls_x509_crt_t, gnutls_datum_t *, unsigned);

static char *
inspect_name(gnutls_x509_crt_t crt, inspect_dn *get)
{
	gnutls_datum_t dn = { NULL, 0 };
	char *name;

	if (get(crt, &dn, GNUTLS_X509_DN_FLAG_COMPAT) < 0)
		return xstrdup("");
	name = xmemdupz((const char *)dn.data, dn.size);
	gnutls_free(dn.data);
	return name;
}

static char *
inspect_word(const char *word)
{
	return xstrdup(word ? word : "?");
}

static char *
inspect_key(gnutls_x509_crt_t crt)
{
	unsigned bits = 0;
	int kind = gnutls_x509_crt_get_pk_algorithm(crt, &bits);
	const char *name = kind < 0 ? NULL : gnutls_pk_get_name(kind);

	return name ? xasprintf("%s, %u bits", name, bits) : inspect_word(name);
}

static char *
inspect_signature(gnutls_x509_crt_t crt)
{
	int kind = gnutls_x509_crt_get_signature_algorithm(crt);

	return inspect_word(kind < 0 ? NULL : gnutls_sign_get_name(kind));
}

static void
inspect_sha1(char out[PIN_PRINT_SIZE], const gnutls_datum_t *der)
{
	uint8_t octets[INSPECT_SHA1_SIZE];

	out[0] = '\0';
	if (gnutls_hash_fast(GNUTLS_DIG_SHA1, der->data, der->size, octets) < 0)
		return;
	for (size_t i = 0; i < sizeof(octets); i++)
		(void)snprintf(out + 3 * i, 4, "%02X%s", octets[i],
		    i + 1 < sizeof(octets) ? ":" : "");
}

static void
inspect_fill(
    struct inspect *i, gnutls_x509_crt_t crt, const gnutls_datum_t *der)
{
	const struct der whole = { der->data, der->size };
	AUTO(buf) struct buf names = BUF_INIT(INSPECT_NAMES_MAX);
	struct cert leaf;

	i->subject = inspect_name(crt, gnutls_x509_crt_get_dn3);
	i->issuer = inspect_name(crt, gnutls_x509_crt_get_issuer_dn3);
	i->key = inspect_key(crt);
	i->signature = inspect_signature(crt);
	i->begin = gnutls_x509_crt_get_activation_time(crt);
	i->end = gnutls_x509_crt_get_expiration_time(crt);
	pin_print_of(i->sha256, &whole);
	inspect_sha1(i->sha1, der);
	if (cert_read(der->data, der->size, &leaf)) {
		(void)describe_names(&names, &leaf);
		pin_of_key(i->pin, &leaf.key);
	}
	i->names = buf_detach(&names);
}

int
inspect_read(const struct stream *s, struct inspect *i)
{
	const struct layer *layer = layer_find(s);
	const gnutls_datum_t *chain;
	gnutls_x509_crt_t crt;
	int rc;

	*i = (struct inspect){ .subject = NULL };
	if (!layer)
		return -1;
	chain = gnutls_certificate_get_peers(layer->session, &i->count);
	if (!chain || !i->count || gnutls_x509_crt_init(&crt) < 0)
		return -1;
	rc = gnutls_x509_crt_import(crt, &chain[0], GNUTLS_X509_FMT_DER);
	if (rc == 0)
		inspect_fill(i, crt, &chain[0]);
	gnutls_x509_crt_deinit(crt);
	return rc == 0 ? 0 : -1;
}
