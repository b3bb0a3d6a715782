/* SPDX-License-Identifier: ISC */
/* What stands in a certificate, and why one was refused, in words that let one
 * mend it. */
#ifndef TLS_DESCRIBE_H
#define TLS_DESCRIBE_H

#include "base/buf.h"
#include "base/error.h"
#include "tls/der.h"
#include "tls/gnutls.h"

/* Appends the names of leaf, "DNS:a.test, IP:192.0.2.1", not sanitised; returns
 * how many there are. */
unsigned describe_names(struct buf *out, const struct cert *leaf);
/* Fills err (ERR_TLS_CERT) for a non-zero verification status of chain, which
 * was asked to prove host.  Returns -1. */
int describe_refusal(const char *host, const gnutls_datum_t *chain,
    unsigned count, unsigned status, struct error *err);

#endif
