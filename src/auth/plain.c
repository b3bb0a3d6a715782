/* SPDX-License-Identifier: ISC */
/*
 * The mechanisms that only say something: PLAIN (RFC 4616), LOGIN, and EXTERNAL
 * (RFC 4422 A).  No library is opened for them.  Servers that pass over an
 * initial response ask for it: PLAIN and EXTERNAL say it again.
 */
#include "config.h"

#include <string.h>

#include "auth/engine.h"

/* Nobody to act as, who it is, his password. */
static int
plain_step(struct auth *a, const char *challenge, size_t len,
    struct secret *response, struct error *err)
{
	const struct secret *password = a->params.password;
	size_t user = strlen(a->params.user);

	(void)challenge;
	(void)len;
	(void)err; /* cannot fail */
	secret_reserve(response, user + password->len + 2);
	memcpy(response->data + 1, a->params.user, user);
	memcpy(response->data + user + 2, password->data, password->len);
	a->is_done = true;
	return 0;
}

/* Two answers, whatever the questions are: their words differ by server. */
static int
login_step(struct auth *a, const char *challenge, size_t len,
    struct secret *response, struct error *err)
{
	(void)challenge;
	(void)len;
	if (a->steps == 0) {
		secret_set(response, a->params.user, strlen(a->params.user));
		return 0;
	}
	if (a->steps > 1)
		return auth_refuse_challenge(a, err);
	secret_copy(response, a->params.password);
	a->is_done = true;
	return 0;
}

/* Who it is the certificate says; a user is whom to act as. */
static int
external_step(struct auth *a, const char *challenge, size_t len,
    struct secret *response, struct error *err)
{
	const char *user = a->params.user ? a->params.user : "";

	(void)challenge;
	(void)len;
	(void)err; /* cannot fail */
	secret_set(response, user, strlen(user));
	a->is_done = true;
	return 0;
}

const struct auth_engine plain_engine = {
	.size = sizeof(struct auth),
	.step = plain_step,
};

const struct auth_engine login_engine = {
	.size = sizeof(struct auth),
	.step = login_step,
};

const struct auth_engine external_engine = {
	.size = sizeof(struct auth),
	.step = external_step,
};
