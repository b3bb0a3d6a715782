/* SPDX-License-Identifier: ISC */
/* The dialogue of AUTH (RFC 4954); what is said in it is the mechanism's. */
#include "config.h"

#include "smtp/session.h"

#include <string.h>

#include "base/base64.h"
#include "base/i18n.h"
#include "base/text.h"
#include "smtp/wire.h"

#define AUTH_LINE_MAX 512  /* octets of the command with its CRLF */
#define AUTH_ROUNDS_MAX 10 /* challenges answered (SA-17) */
/* Octets of a response before base64: tokens are long (CR-02). */
#define AUTH_RESPONSE_MAX ((size_t)128 * 1024)

/* A buffer whose contents are wiped; big enough from the start, so that no
 * copy stays behind where it grew. */
static void
auth_buf_init(struct buf *b, size_t len)
{
	size_t coded = (len + 2) / 3 * 4;

	buf_init(b, coded + 1);
	(void)buf_reserve(b, coded); /* below the ceiling */
}

static void
auth_buf_wipe(struct buf *b)
{
	if (b->data)
		secret_wipe(b->data, b->cap);
	buf_release(b);
}

static int
auth_answer(const struct smtp_sasl *sasl, const char *challenge, size_t len,
    struct secret *response, struct error *err)
{
	if (sasl->step(sasl->ctx, challenge, len, response, err) < 0)
		return -1;
	if (response->len > AUTH_RESPONSE_MAX)
		return err_set(err, ERR_CREDENTIAL,
		    _("the credentials are too long for method %s"),
		    sasl->mechanism);
	return 0;
}

/* Says one line that nobody else is to see, and takes the reply.  What it says
 * is starred from now on as it stands on the wire; the password itself is the
 * caller's to add, and the user's name, which is all that some responses hold,
 * is no secret. */
static int
auth_say(struct smtp *s, const char *command, const struct secret *response,
    struct reply *reply, struct error *err)
{
	struct buf coded;
	int rc;

	auth_buf_init(&coded, response->len);
	/* fits by its size */
	(void)base64_encode(&coded, response->data, response->len);
	redact_add(&s->redact, buf_str(&coded), coded.len);
	stream_tap_hide(*s->io, true);
	rc = wire_ask(s, PHASE_AUTH, reply, err, "%s%s", command,
	    *command && !coded.len ? "=" : buf_str(&coded));
	stream_tap_hide(*s->io, false);
	auth_buf_wipe(&coded);
	return rc;
}

/* Gives the exchange up (RFC 4954 4) and keeps err as the reason. */
static int
auth_cancel(struct smtp *s, struct error *err)
{
	AUTO(error) struct error ignored = ERROR_INIT;
	AUTO(reply) struct reply reply = REPLY_INIT;

	/* 501 is the answer; whatever it is, we are not authenticated. */
	(void)wire_ask(s, PHASE_AUTH, &reply, &ignored, "*");
	return err->kind ? -1 : err_set(err, ERR_SOFTWARE, "AUTH");
}

static int
auth_decode(const char *text, struct buf *out, struct error *err)
{
	size_t len = strlen(text);

	buf_init(out, len);
	if (base64_decode(out, text, len) < 0)
		return err_set(err, ERR_PROTOCOL,
		    _("the server sent an invalid authentication challenge"));
	return 0;
}

/* RFC 4954 does not let a server put its last words into the 235, some do all
 * the same: good enough if they prove what they have to prove (SA-09). */
static bool
auth_is_proven(const struct smtp_sasl *sasl, const struct reply *reply)
{
	AUTO(error) struct error ignored = ERROR_INIT;
	AUTO(secret) struct secret response = SECRET_INIT;
	AUTO(buf) struct buf words = BUF_INIT(0);
	const char *last = strrchr(reply->text, ' ');

	if (sasl->is_done(sasl->ctx))
		return true;
	last = last ? last + 1 : reply->text;
	if (!*last || auth_decode(last, &words, &ignored) < 0)
		return false;
	return auth_answer(sasl, buf_str(&words), words.len, &response,
		   &ignored) == 0 &&
	       sasl->is_done(sasl->ctx);
}

static int
auth_finish(struct smtp *s, const struct smtp_sasl *sasl,
    const struct reply *reply, struct error *err)
{
	if (auth_is_proven(sasl, reply))
		return 0;
	(void)err_set_reply(err, ERR_AUTH, reply,
	    _("the server could not prove that it knows the password "
	      "(method %s)"),
	    sasl->mechanism);
	redact_error(&s->redact, err);
	return err_hint(
	    err, _("Somebody else may be answering in the server's place."));
}

/* Answers challenges until the server has decided. */
static int
auth_exchange(struct smtp *s, const struct smtp_sasl *sasl, struct reply *reply,
    struct secret *initial, struct error *err)
{
	for (int round = 0;; round++) {
		AUTO(secret) struct secret response = SECRET_INIT;
		AUTO(buf) struct buf challenge = BUF_INIT(0);

		if (phase_judge(PHASE_AUTH, reply, sasl->mechanism, err) < 0)
			return -1;
		if (reply->code == 235)
			return auth_finish(s, sasl, reply, err);
		if (round == AUTH_ROUNDS_MAX) {
			(void)err_set(err, ERR_PROTOCOL,
			    _("the server does not come to an end of the "
			      "authentication (method %s)"),
			    sasl->mechanism);
			return auth_cancel(s, err);
		}
		if (auth_decode(reply->text, &challenge, err) < 0)
			return auth_cancel(s, err);
		/* An initial response that was too long for the command. */
		if (initial->data)
			secret_copy(&response, initial);
		else if (auth_answer(sasl, buf_str(&challenge), challenge.len,
			     &response, err) < 0)
			return auth_cancel(s, err);
		secret_release(initial);
		if (auth_say(s, "", &response, reply, err) < 0)
			return -1;
	}
}

int
smtp_auth(struct smtp *s, const struct smtp_sasl *sasl, struct error *err)
{
	AUTO(reply) struct reply reply = REPLY_INIT;
	AUTO(secret) struct secret initial = SECRET_INIT;
	AUTO(buf) struct buf command = BUF_INIT(AUTH_LINE_MAX);
	size_t coded;

	if (sasl->has_initial && auth_answer(sasl, "", 0, &initial, err) < 0)
		return -1;
	(void)buf_printf(&command, "AUTH %s", sasl->mechanism); /* short */
	coded = initial.len ? (initial.len + 2) / 3 * 4 : 1;
	if (sasl->has_initial && command.len + 1 + coded + 2 <= AUTH_LINE_MAX) {
		(void)buf_add_char(&command, ' '); /* ditto */
		if (auth_say(s, buf_str(&command), &initial, &reply, err) < 0)
			return -1;
		secret_release(&initial);
	} else if (wire_ask(s, PHASE_AUTH, &reply, err, "%s",
		       buf_str(&command)) < 0) {
		return -1;
	}
	return auth_exchange(s, sasl, &reply, &initial, err);
}
