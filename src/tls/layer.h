/* SPDX-License-Identifier: ISC */
/*
 * What carries data once the handshake is done, and the handshake's messages
 * before: the library's session between the stream below and its user.  Private
 * to src/tls.
 */
#ifndef TLS_LAYER_H
#define TLS_LAYER_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "io/stream.h"
#include "tls/gnutls.h"
#include "tls/pin.h"
#include "tls/tls.h"
#include "tls/token.h"
#include "tls/trust.h"

#define LAYER_RECORD (16 * 1024) /* octets of data in a record, at most */

struct layer {
	struct stream stream;
	gnutls_session_t session;
	gnutls_certificate_credentials_t cred;
	char *host; /* A-labels or an address */
	struct trust trust;
	struct pins pins;
	struct token token;
	const struct dane *dane; /* borrowed until the handshake is done */
	bool is_old_allowed;     /* TLS 1.1 or older, by the user's will */
	enum tls_verify mode;
	bool is_verified;
	struct error problem; /* why it is not */
	struct buf flight;   /* not yet sent: of the handshake, or last words */
	bool is_shaking;     /* the handshake is under way */
	struct error *err;   /* where the call under way wants its error */
	bool has_failed;     /* and has it: below broke */
	bool has_ended;      /* below came to its end */
	unsigned char first; /* octet the server sent; 0: none yet */
};

extern const struct stream_ops layer_ops;

/* The layer in the stack from s down, or NULL. */
const struct layer *layer_find(const struct stream *s);
/* An empty layer over below. */
struct layer *layer_new(struct stream *below);
/* Frees it without a word to the peer; below stays. */
void layer_release(struct layer *t);

/* The library's transport functions.  During the handshake what it writes is
 * gathered, as it writes its last messages one by one, and goes out before it
 * listens or with what is said next. */
ssize_t layer_pull(gnutls_transport_ptr_t ctx, void *p, size_t len);
ssize_t layer_push(gnutls_transport_ptr_t ctx, const void *p, size_t len);
/* The error for a handshake that the server's alert ended; -1. */
int layer_refused(struct layer *t, struct error *err);

#endif
