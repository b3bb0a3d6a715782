/* SPDX-License-Identifier: ISC */
/*
 * A client certificate whose key is in a token (PKCS #11, RFC 7512): it is
 * touched when the server has been proven and asks for it, not before.
 */
#ifndef TLS_TOKEN_H
#define TLS_TOKEN_H

#include <stdbool.h>

#include "base/error.h"
#include "tls/client.h"
#include "tls/gnutls.h"

#define TOKEN_CERTS_MAX 8

struct token {
	const struct client_files *files; /* NULL: not used */
	struct error err;                 /* why it could not be */
	bool was_asked;                   /* for the PIN */
	gnutls_pcert_st certs[TOKEN_CERTS_MAX];
	unsigned count;
	gnutls_privkey_t key;
};

#define TOKEN_INIT                                                             \
	{                                                                      \
		.err = ERROR_INIT                                              \
	}

void token_release(struct token *t);

/* Whether the key is named by a URL. */
bool token_is_named(const struct client_files *files);

/* For the library's request: see
 * gnutls_certificate_set_retrieve_function3(3).  -1 with t->err. */
int token_retrieve(struct token *t, gnutls_pcert_st **certs, unsigned *count,
    gnutls_privkey_t *key);

#endif
