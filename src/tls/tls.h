/* SPDX-License-Identifier: ISC */
/*
 * TLS as a stream layer (GnuTLS): TLS 1.2 at least, where the user does not
 * want it otherwise, the certificate verified inside the handshake and looked
 * at again after it (RFC 8314, 9325, 9525). No session is ever resumed, and
 * SSLKEYLOGFILE has no effect.
 *
 * The library is opened by whatever needs it first: see tls/gnutls.h.
 *
 * Reading from the layer fails with ERR_TLS, beside what stream_read says, when
 * the server wants to negotiate anew; an end of the connection that TLS did not
 * announce is ERR_LOST, never the end of the stream.
 */
#ifndef TLS_TLS_H
#define TLS_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/buf.h"
#include "io/stream.h"
#include "tls/client.h"
#include "tls/dane.h"
#include "tls/pin.h"
#include "tls/priority.h"

enum tls_verify {
	TLS_VERIFY_REQUIRED, /* no verified certificate, no connection */
	TLS_VERIFY_REPORT,   /* opportunistic: what is wrong goes to
			      * tls_info.problem and the session goes on */
	TLS_VERIFY_OFF,      /* the user switched it off */
};

struct tls_params {
	const char *host;       /* reference identity: a name (U- or A-labels, a
				 * trailing dot is ignored) or an address */
	const char *trust_file; /* PEM bundle; NULL: the system's store */
	const char *crl_file;   /* revoked certificates, PEM; or NULL */
	enum tls_verify verify;
	struct pins_text pins;   /* see tls/pin.h */
	const struct dane *dane; /* in place of trusted authorities; or NULL */
	struct client_files client;
	struct priority_text priority; /* what is no good is ERR_CONFIG, too */
};

/* What a finished handshake established. */
struct tls_info {
	bool is_verified;
	struct error problem; /* why not, where verify was REPORT or OFF */
	char *description;    /* "(TLS1.3)-(ECDHE-SECP256R1)-..."; owned */
	char *warning;        /* for the log, of what is bad for all that; or
			       * NULL; owned */
};

#define TLS_INFO_INIT                                                          \
	{                                                                      \
		false, ERROR_INIT, NULL, NULL                                  \
	}

void tls_info_release(struct tls_info *i);
AUTO_DEFINE(tls_info);

/* What can be known without a server: ERR_CONFIG when the host cannot be one,
 * or a pin is none, or the client's certificate or the CRL file cannot be used,
 * or the trust file cannot be read or holds no certificate (TV-30; not looked
 * at where pins take its place; the system's store may be missing where verify
 * is REPORT). Cheap: one certificate is decoded, none is imported. */
int tls_check(const struct tls_params *p, struct error *err);

/*
 * Shakes hands over below, under its deadline.  On success *out is the new
 * layer, which owns below; on failure below stays the caller's and no
 * application data has passed.  ERR_TLS when no TLS came about (with a hint
 * where the server spoke plain SMTP), ERR_LOST when the server hung up
 * meanwhile, ERR_TIMEOUT past the deadline, ERR_CONFIG as tls_check,
 * ERR_TLS_CERT when the certificate does not prove the host: text and detail
 * name what was expected and what was found, dates with the local clock, the
 * missing issuer.
 */
int tls_wrap(struct stream *below, const struct tls_params *p,
    struct tls_info *info, struct stream **out, struct error *err);

enum tls_binding {
	TLS_BINDING_EXPORTER, /* RFC 9266; TLS 1.3 only */
	TLS_BINDING_UNIQUE,   /* TLS 1.2 with extended master secret only */
};

/* Channel binding of a layer made by tls_wrap; appended to out.  -1 when this
 * session has none of that kind. */
int tls_channel_binding(
    const struct stream *s, enum tls_binding kind, struct buf *out);

#endif
