/* SPDX-License-Identifier: ISC */
/* Certificates: nothing outside the octets is read, the front part says what
 * the whole says, and issuer and subject are those that the TLS library
 * sees. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tls/der.h"
#include "tls/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_require(bool claim)
{
	if (!claim)
		abort();
}

static bool
fuzz_is_within(const struct der *d, const uint8_t *data, size_t size)
{
	return !d->len || (d->p >= data && d->p + d->len <= data + size);
}

static void
fuzz_names(const struct cert *c, const uint8_t *data, size_t size)
{
	struct der names = cert_names(c), name;
	unsigned kind;

	while (cert_name_next(&names, &kind, &name))
		fuzz_require(fuzz_is_within(&name, data, size));
	(void)verify_names_host(c, "mail.test");
	(void)verify_names_host(c, "127.0.0.1");
}

typedef int fuzz_get(gnutls_x509_crt_t, gnutls_datum_t *);

static void
fuzz_same_name(gnutls_x509_crt_t crt, fuzz_get *get, const struct der *ours)
{
	gnutls_datum_t theirs = { NULL, 0 };

	if (get(crt, &theirs) == 0) {
		const struct der d = { theirs.data, theirs.size };

		fuzz_require(der_equal(&d, ours));
	}
	gnutls_free(theirs.data);
}

static void
fuzz_compare(const struct cert *c, const uint8_t *data, size_t size)
{
	gnutls_datum_t der = { (unsigned char *)data, (unsigned)size };
	gnutls_x509_crt_t crt;

	fuzz_require(gnutls_x509_crt_init(&crt) == 0);
	if (gnutls_x509_crt_import(crt, &der, GNUTLS_X509_FMT_DER) == 0) {
		fuzz_same_name(crt, gnutls_x509_crt_get_raw_dn, &c->subject);
		fuzz_same_name(
		    crt, gnutls_x509_crt_get_raw_issuer_dn, &c->issuer);
	}
	gnutls_x509_crt_deinit(crt);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct cert whole, front;
	bool has_front = cert_read_front(data, size, &front);

	fuzz_require(gnutls_load(&err) == 0);
	if (!cert_read(data, size, &whole))
		return 0;
	fuzz_require(has_front);
	fuzz_require(der_equal(&whole.subject, &front.subject));
	fuzz_require(der_equal(&whole.issuer, &front.issuer));
	fuzz_require(fuzz_is_within(&whole.subject, data, size));
	fuzz_require(fuzz_is_within(&whole.issuer, data, size));
	fuzz_require(fuzz_is_within(&whole.key, data, size));
	fuzz_names(&whole, data, size);
	fuzz_compare(&whole, data, size);
	return 0;
}
