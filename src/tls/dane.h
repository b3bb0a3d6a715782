/* SPDX-License-Identifier: ISC */
/*
 * A certificate that the DNS vouches for (RFC 6698, 7671; for a smarthost as in
 * RFC 7672 2.2 and RFC 7673).  What the DNS's proof is worth was seen to
 * before.
 */
#ifndef TLS_DANE_H
#define TLS_DANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "tls/gnutls.h"

#define DANE_MAX 32

enum dane_usage {
	DANE_TA = 2, /* an authority that the chain leads to; the name counts */
	DANE_EE = 3, /* the server's own; neither name nor dates count */
};

struct dane_record {
	uint8_t usage, selector, matching;
	const uint8_t *data; /* borrowed */
	size_t len;
};

struct dane {
	struct dane_record records[DANE_MAX];
	size_t count;
	const char *base; /* a name of the host's besides the configured one,
			   * that the certificate may prove; borrowed */
};

/* One TLSA record as it stands in the DNS, which stays the caller's.  False,
 * and nothing is added, where it is broken or of a kind that is not used for
 * mail (usages 0 and 1, unknown selectors and matching types). */
bool dane_add(struct dane *d, const uint8_t *rdata, size_t len);

/* Whether the server's own certificate is one of those that usage 3 names. */
bool dane_matches_leaf(const struct dane *d, const gnutls_datum_t *leaf);
/* The authorities of usage 2 among the certificates of the chain, and those
 * that the DNS holds whole; NULL where there is none.  The caller's. */
gnutls_x509_trust_list_t dane_authorities(
    const struct dane *d, const gnutls_datum_t *chain, unsigned count);

#endif
