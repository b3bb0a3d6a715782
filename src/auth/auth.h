/* SPDX-License-Identifier: ISC */
/*
 * SASL mechanisms (RFC 4422): which one may be used, and its steps.  The
 * command dialogue of RFC 4954 is smtp_auth()'s; deliver/ joins the two.
 */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"

/* What decides which mechanism may be used. */
struct auth_policy {
	const char *mechanism; /* the one asked for, upper case, or NULL */
	bool may_send_clear;   /* the channel is verified TLS, or the user or
				* loopback makes a bare password acceptable */
	bool has_binding;      /* TLS channel binding is available */
};

/* A row of the mechanism table. */
struct auth_mech {
	const char *name;
	const struct auth_engine *engine;
	bool speaks_first;
	bool needs_user;
	bool needs_password; /* or a token in its place */
	bool needs_cert;     /* a client certificate */
	bool sends_password; /* in clear inside the channel */
	bool needs_binding;
	bool is_automatic; /* may be chosen without being asked for */
};

/*
 * The mechanism to use out of those the server offers (upper case, one blank
 * between), by the table's order: SCRAM-SHA-256-PLUS, SCRAM-SHA-1-PLUS,
 * SCRAM-SHA-256, SCRAM-SHA-1, PLAIN, LOGIN; the others only by name.  The
 * mechanism "SCRAM" stands for the best of that family and nothing else.
 * ERR_UNSUPPORTED names what was offered and what would be used.
 */
int auth_choose(const char *offered, const struct auth_policy *policy,
    const struct auth_mech **out, struct error *err);

/* What becomes of one of the mechanisms that a server offers. */
enum auth_verdict {
	AUTH_CHOSEN,
	AUTH_SECOND,  /* usable, but another one is preferred */
	AUTH_UNKNOWN, /* nothing that is known here */
	AUTH_UNBOUND, /* wants channel binding, which there is not */
	AUTH_CLEAR,   /* would show the password to whoever listens */
	AUTH_UNASKED, /* another one was asked for, or nobody asked for it */
};

/* The verdict on name, which is upper case and offered; chosen is the one of
 * auth_choose(), or NULL where that failed. */
enum auth_verdict auth_judge(const char *name, const struct auth_policy *policy,
    const struct auth_mech *chosen);

struct auth_params {
	/* Borrowed until auth_free(). */
	const char *user; /* NULL only where the mechanism needs none */
	const struct secret *password; /* password or token */
	const char *host; /* the configured name, for mechanisms that want it */
	uint16_t port;    /* ditto; 0: not known */
	const char *domain;      /* NTLM's; or NULL */
	bool is_binding_offered; /* by the server: it lists some -PLUS */
	/* Channel binding octets; -1 when the session has none of that kind.
	 * Without -PLUS SCRAM says whether they are there. */
	int (*binding)(void *ctx, bool is_exporter, struct buf *out);
	void *binding_ctx;
};

/* One run of one mechanism. */
struct auth;

struct auth *auth_new(const struct auth_mech *mech,
    const struct auth_params *params, struct error *err);
void auth_free(struct auth *a);
/* Whether the client speaks first. */
bool auth_has_initial(const struct auth *a);
/* The answer to one decoded challenge ("" for the initial response).  ERR_AUTH
 * when the server could not prove itself or asks for what we refuse (SCRAM
 * iterations outside 4096..10,000,000). */
int auth_step(struct auth *a, const char *challenge, size_t len,
    struct secret *response, struct error *err);
/* Whether the mechanism is content with the server: a 235 before that is an
 * authentication failure (RFC 5802: no valid server signature was seen). */
bool auth_is_done(const struct auth *a);
/* What the server said in the exchange of why it will refuse (RFC 7628 3.2.2),
 * not yet made safe to show; or NULL.  Borrowed. */
const char *auth_complaint(const struct auth *a);

#endif
