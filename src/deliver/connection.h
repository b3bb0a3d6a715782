/* SPDX-License-Identifier: ISC */
/*
 * An open, authenticated way to the smarthost of one account: dial, TLS,
 * greeting, EHLO, STARTTLS, AUTH, in this order.  Here net, tls, smtp, cred and
 * auth are joined; none of them knows the others.
 */
#ifndef DELIVER_CONNECTION_H
#define DELIVER_CONNECTION_H

#include <stdbool.h>

#include "base/auto.h"
#include "base/error.h"
#include "conf/account.h"
#include "io/stream.h"
#include "deliver/dane_setup.h"
#include "net/dial.h"
#include "smtp/session.h"
#include "tls/tls.h"

/* What is told while it happens; both may be NULL. */
struct trace {
	tap_show *line; /* the transcript (see stream_tap_new) */
	/* one event in words; not sanitised */
	void (*note)(void *ctx, const char *text);
	void *ctx;
};

struct connection {
	const struct account *account; /* borrowed */
	const struct trace *trace;     /* borrowed, or NULL */
	struct stream *io;             /* top of the stack */
	struct stream **tls_slot;      /* where TLS goes in or has gone in */
	struct smtp *smtp;
	struct peer peer;
	struct dane_setup dane;
	int64_t stop_at; /* of the account's total_timeout */
	bool is_probe;   /* nobody authenticates, no certificate is refused */
	bool is_tls;
	bool is_starttls;    /* by that command */
	bool needs_proof;    /* who does not want to look only refuses a
			      * certificate that is not verified */
	struct tls_info tls; /* while is_tls */
	char *setback; /* why not the server before this one, or NULL; owned */
};

/*
 * account and trace stay the caller's and must outlive c, which is to be
 * released whatever is returned.
 *
 * A server that is of no use before a password would be needed (no greeting or
 * a bad one, 421, no TLS, a certificate that does not verify) is followed by
 * the next address, the next host, where there is one: of each the same is
 * demanded.  Whoever refuses the password has the last word.
 *
 * stop_at: when everything over this connection must be done.
 */
int connection_open(struct connection *c, const struct account *account,
    int64_t stop_at, const struct trace *trace, struct error *err);
/* The same for looking only: nothing secret is sent and nobody authenticates.
 * Where c->needs_proof the certificate must still be judged: c->tls. */
int connection_probe(struct connection *c, const struct account *account,
    const struct trace *trace, struct error *err);
/* Whether a mail with these wishes may go over this connection: where
 * REQUIRETLS is wished, its certificate must have been verified (RFC 8689 4.1).
 */
int connection_check_wishes(
    const struct connection *c, const struct envelope *e, struct error *err);
/* The port where the account names none. */
uint16_t connection_port(const struct account *a);
/* Tells the trace of an event. */
void connection_note(const struct connection *c, const char *text);
/* How the account wants SMTP to be spoken. */
void connection_settings(struct smtp *s, const struct account *a);
/* Says QUIT where the protocol allows it, without waiting for the answer. */
void connection_release(struct connection *c);
AUTO_DEFINE(connection);

#endif
