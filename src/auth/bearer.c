/* SPDX-License-Identifier: ISC */
/*
 * OAUTHBEARER (RFC 7628) and XOAUTH2, which Google and Microsoft had before it:
 * a token in one message.  A server that refuses it says why in JSON, and waits
 * for an answer without meaning before it says 535.
 */
#include "config.h"

#include <string.h>

#include "auth/engine.h"
#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"

/* Octets of the server's reason that are kept. */
#define BEARER_COMPLAINT_MAX 2000

/* RFC 6750 2.1: a token is printable, and the messages are built with \001. */
static int
bearer_start(struct auth *a, struct error *err)
{
	const struct secret *token = a->params.password;

	if (text_has_control(a->params.user, strlen(a->params.user)))
		return err_set(err, ERR_CONFIG,
		    _("the user name holds a control character"));
	if (token->len && text_is_ascii(token->data, token->len) &&
	    !text_has_control(token->data, token->len) &&
	    !memchr(token->data, ' ', token->len))
		return 0;
	(void)err_set(
	    err, ERR_CONFIG, _("the password is no OAuth access token"));
	return err_hint(err,
	    _("With %s the password is an access token: printable, without "
	      "blanks.  A command (passwordeval) can get a fresh one."),
	    a->mech->name);
}

static void
bearer_say(const struct auth *a, struct secret *response)
{
	const struct auth_params *p = &a->params;
	size_t most =
	    p->password->len + 3 * strlen(p->user) + strlen(p->host) + 100;
	AUTO(buf) struct buf text = BUF_INIT(most);

	/* all at once: growing would leave copies behind */
	(void)buf_reserve(&text, most);
	if (strcmp(a->mech->name, "XOAUTH2") == 0) {
		(void)buf_printf(&text, "user=%s\001", p->user);
	} else {
		(void)buf_add_str(&text, "n,a=");
		auth_add_name(&text, p->user);
		(void)buf_printf(&text, ",\001host=%s\001", p->host);
		if (p->port)
			(void)buf_printf(&text, "port=%u\001", p->port);
	}
	(void)buf_add_str(&text, "auth=Bearer ");
	(void)buf_add(&text, p->password->data, p->password->len);
	(void)buf_add_str(&text, "\001\001");
	secret_set(response, buf_str(&text), text.len);
	secret_wipe(text.data, text.cap);
}

static int
bearer_step(struct auth *a, const char *challenge, size_t len,
    struct secret *response, struct error *err)
{
	(void)err; /* cannot fail */
	if (a->steps == 0) {
		bearer_say(a, response);
		a->is_done = true;
		return 0;
	}
	if (!a->complaint && len)
		a->complaint = xmemdupz(challenge,
		    len < BEARER_COMPLAINT_MAX ? len : BEARER_COMPLAINT_MAX);
	/* RFC 7628 3.2.3; XOAUTH2 wants an empty line */
	if (strcmp(a->mech->name, "XOAUTH2") == 0)
		secret_set(response, "", 0);
	else
		secret_set(response, "\001", 1);
	return 0;
}

const struct auth_engine bearer_engine = {
	.size = sizeof(struct auth),
	.start = bearer_start,
	.step = bearer_step,
};
