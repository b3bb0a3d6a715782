/* SPDX-License-Identifier: ISC */
/*
 * Trust anchors, imported only where they can matter.
 *
 * A bundle has 150 certificates and a chain needs one of them.  An anchor can
 * only take part in a verification when its subject equals the issuer or the
 * subject of a presented certificate (the library compares the DER of both).
 * So the bundle is walked as text, the front of each certificate is decoded,
 * and only such anchors are imported.  Whoever is about to refuse a chain
 * loads the whole bundle first and asks again.
 */
#ifndef TLS_TRUST_H
#define TLS_TRUST_H

#include "base/buf.h"
#include "base/error.h"
#include "tls/crl.h"
#include "tls/der.h"
#include "tls/gnutls.h"

#define TRUST_FILE_MAX (16u << 20) /* octets */

struct trust {
	struct buf pem; /* the bundle's text; empty: the library's own store */
	struct buf crl; /* lists of revoked certificates, of crl_read(); empty:
			 * none */
};

#define TRUST_INIT                                                             \
	{                                                                      \
		BUF_INIT(TRUST_FILE_MAX), BUF_INIT(CRL_FILE_MAX)               \
	}

void trust_release(struct trust *t);
AUTO_DEFINE(trust);

/*
 * Reads a PEM file ("CERTIFICATE" blocks, other text between them is skipped);
 * path NULL: the system's bundle, as configured at build time, and where there
 * is no such file whatever store the TLS library knows.  ERR_CONFIG when it
 * cannot be read or has no certificate that can be decoded.
 */
int trust_read(struct trust *t, const char *path, struct error *err);

/* A new list with the anchors whose subject is one of names; with names NULL
 * all of them; and with the lists of revoked certificates.  The caller's; NULL
 * when it cannot be made. */
gnutls_x509_trust_list_t trust_select(
    const struct trust *t, const struct der *names, size_t count);

#endif
