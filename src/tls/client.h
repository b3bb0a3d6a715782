/* SPDX-License-Identifier: ISC */
/* The certificate that we show to a server which asks for one. */
#ifndef TLS_CLIENT_H
#define TLS_CLIENT_H

#include "base/error.h"
#include "base/secret.h"
#include "tls/gnutls.h"

#define CLIENT_FILE_MAX (1u << 20) /* octets */

/* Two files in PEM form; NULL or "" is none.  Either may be the URL of an
 * object in a token instead, the certificate only where the key is: see
 * tls/token.h. */
struct client_files {
	const char *cert; /* ours first, then what leads to its authority */
	const char *key;  /* may be the same file */
	/* Finds the token's PIN; called once at most.  NULL: there is none. */
	int (*pin)(void *ctx, struct secret *out, struct error *err);
	void *pin_ctx;
};

/*
 * Puts them into cred, where there are any and no token has the key. ERR_CONFIG
 * when one is given without the other, cannot be read or used, when they do not
 * belong together, or when the key is not kept as a secret: it must be a
 * regular file of the caller or of root, which nobody else may use; the group
 * may read root's.
 */
int client_load(const struct client_files *files,
    gnutls_certificate_credentials_t cred, struct error *err);

#endif
