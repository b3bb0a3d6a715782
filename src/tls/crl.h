/* SPDX-License-Identifier: ISC */
/* Lists of revoked certificates (RFC 5280 5), from a file of the user. */
#ifndef TLS_CRL_H
#define TLS_CRL_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "tls/der.h"
#include "tls/gnutls.h"

#define CRL_FILE_MAX (64u << 20) /* octets */

/* Reads a PEM file into pem.  ERR_CONFIG when it cannot be read, or holds no
 * list, or one that cannot be understood (TV-34). */
int crl_read(struct buf *pem, const char *path, struct error *err);

/* Gives a trust list the lists in pem; that may be empty.  -1 when it does not
 * take all of them. */
int crl_add(const struct buf *pem, gnutls_x509_trust_list_t list);

/*
 * What the library does not look at.  0 when the lists of these issuers (Names,
 * with their headers) are valid now, and none of them has the certificate leaf,
 * which may be a trust anchor itself.  Else -1: for a list out of date err is
 * set (ERR_TLS_CERT), and *is_listed tells that leaf has been revoked.
 */
int crl_check(const struct buf *pem, const struct der *issuers, size_t count,
    const gnutls_datum_t *leaf, bool *is_listed, struct error *err);

#endif
