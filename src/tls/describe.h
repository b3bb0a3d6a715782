/* SPDX-License-Identifier: ISC */
/* Why a certificate was refused, in words that let one mend it. */
#ifndef TLS_DESCRIBE_H
#define TLS_DESCRIBE_H

#include "base/error.h"
#include "tls/gnutls.h"

/* Fills err (ERR_TLS_CERT) for a non-zero verification status of chain, which
 * was asked to prove host.  Returns -1. */
int describe_refusal(const char *host, const gnutls_datum_t *chain,
    unsigned count, unsigned status, struct error *err);

#endif
