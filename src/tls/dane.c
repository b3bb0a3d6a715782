/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "tls/dane.h"

#include <string.h>

#include "tls/der.h"

enum dane_selector { DANE_CERT = 0, DANE_KEY = 1 };
enum dane_matching { DANE_WHOLE = 0, DANE_SHA256 = 1, DANE_SHA512 = 2 };

#define DANE_FIXED 3 /* octets before the data */
#define DANE_HASH_MAX 64

static size_t
dane_hash_size(unsigned matching)
{
	return matching == DANE_SHA256 ? 32 : DANE_HASH_MAX;
}

bool
dane_add(struct dane *d, const uint8_t *rdata, size_t len)
{
	struct dane_record *r = &d->records[d->count];

	if (d->count == DANE_MAX || len <= DANE_FIXED)
		return false;
	*r = (struct dane_record){ rdata[0], rdata[1], rdata[2],
		rdata + DANE_FIXED, len - DANE_FIXED };
	if ((r->usage != DANE_TA && r->usage != DANE_EE) ||
	    r->selector > DANE_KEY || r->matching > DANE_SHA512)
		return false;
	if (r->matching != DANE_WHOLE && r->len != dane_hash_size(r->matching))
		return false;
	d->count++;
	return true;
}

/* RFC 7671 9: where there is a stronger hash of the same, a weaker one does not
 * count. */
static bool
dane_is_superseded(const struct dane *d, const struct dane_record *r)
{
	if (r->matching != DANE_SHA256)
		return false;
	for (size_t i = 0; i < d->count; i++)
		if (d->records[i].usage == r->usage &&
		    d->records[i].selector == r->selector &&
		    d->records[i].matching == DANE_SHA512)
			return true;
	return false;
}

static bool
dane_matches(const struct dane_record *r, const gnutls_datum_t *crt)
{
	uint8_t hash[DANE_HASH_MAX];
	struct der whole = { crt->data, crt->size };
	struct cert c;

	if (!cert_read(crt->data, crt->size, &c))
		return false;
	if (r->selector == DANE_KEY)
		whole = c.key;
	if (r->matching == DANE_WHOLE)
		return r->len == whole.len &&
		       memcmp(r->data, whole.p, whole.len) == 0;
	return gnutls_hash_fast(r->matching == DANE_SHA256 ? GNUTLS_DIG_SHA256
							   : GNUTLS_DIG_SHA512,
		   whole.p, whole.len, hash) == 0 &&
	       memcmp(r->data, hash, r->len) == 0;
}

bool
dane_matches_leaf(const struct dane *d, const gnutls_datum_t *leaf)
{
	for (size_t i = 0; i < d->count; i++) {
		const struct dane_record *r = &d->records[i];

		if (r->usage == DANE_EE && !dane_is_superseded(d, r) &&
		    dane_matches(r, leaf))
			return true;
	}
	return false;
}

/* Makes the certificate one that the list trusts. */
static bool
dane_trust(gnutls_x509_trust_list_t list, const gnutls_datum_t *der)
{
	gnutls_x509_crt_t crt = NULL;

	if (gnutls_x509_crt_init(&crt) < 0)
		return false;
	if (gnutls_x509_crt_import(crt, der, GNUTLS_X509_FMT_DER) == 0 &&
	    gnutls_x509_trust_list_add_cas(list, &crt, 1, 0) == 1)
		return true;
	gnutls_x509_crt_deinit(crt);
	return false;
}

/* Whether one of the authorities is in the chain, or stands in the DNS whole.
 */
static bool
dane_trust_record(const struct dane_record *r, gnutls_x509_trust_list_t list,
    const gnutls_datum_t *chain, unsigned count)
{
	bool is_any = false;

	if (r->selector == DANE_CERT && r->matching == DANE_WHOLE) {
		gnutls_datum_t der = { (unsigned char *)r->data,
			(unsigned)r->len };

		return dane_trust(list, &der);
	}
	/* the server's own is no authority */
	for (unsigned i = 1; i < count; i++)
		if (dane_matches(r, &chain[i]) && dane_trust(list, &chain[i]))
			is_any = true;
	return is_any;
}

gnutls_x509_trust_list_t
dane_authorities(
    const struct dane *d, const gnutls_datum_t *chain, unsigned count)
{
	gnutls_x509_trust_list_t list;
	bool is_any = false;

	if (gnutls_x509_trust_list_init(&list, 0) < 0)
		return NULL;
	for (size_t i = 0; i < d->count; i++) {
		const struct dane_record *r = &d->records[i];

		if (r->usage == DANE_TA && !dane_is_superseded(d, r) &&
		    dane_trust_record(r, list, chain, count))
			is_any = true;
	}
	if (is_any)
		return list;
	gnutls_x509_trust_list_deinit(list, 1);
	return NULL;
}
