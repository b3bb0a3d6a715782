/* SPDX-License-Identifier: ISC */
/* What runs a mechanism: GNU SASL, or a few lines of ours. */
#ifndef AUTH_ENGINE_H
#define AUTH_ENGINE_H

#include "auth/auth.h"

/* Where an engine's own structure begins. */
struct auth {
	const struct auth_mech *mech;
	struct auth_params params;
	unsigned steps; /* that were made before this one */
	bool is_done;
	char *complaint;
};

struct auth_engine {
	size_t size; /* of its structure */
	/* Each as the function of auth.h; start finds the fields above set. */
	int (*start)(struct auth *a, struct error *err); /* or NULL */
	int (*step)(struct auth *a, const char *challenge, size_t len,
	    struct secret *response, struct error *err);
	void (*stop)(struct auth *a); /* or NULL */
};

/* auth/plain.c: PLAIN, LOGIN, EXTERNAL; auth/bearer.c: XOAUTH2 and OAUTHBEARER;
 * auth/scram_client.c: SCRAM; auth/sasl.c: what libgsasl knows */
extern const struct auth_engine plain_engine, login_engine, external_engine,
    bearer_engine, scram_engine, sasl_engine;

/* ERR_AUTH: the mechanism has no answer to what the server asks. */
int auth_refuse_challenge(const struct auth *a, struct error *err);

/* RFC 5801 4: a user's name, in which ',' and '=' have a meaning. */
void auth_add_name(struct buf *out, const char *name);

#endif
