/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/deliver.h"

#include "base/deadline.h"
#include "base/i18n.h"
#include "base/xalloc.h"
#include "deliver/advice.h"
#include "deliver/fit.h"

void
delivery_release(struct delivery *d)
{
	if (!d)
		return;
	free(d->host);
	d->host = NULL;
	error_release(&d->tls_problem);
	free(d->tls_warning);
	free(d->setback);
	free(d->converted);
	d->tls_warning = d->setback = d->converted = NULL;
}

/* RFC 8689 4.1: a server that has not proven who it is cannot promise
 * anything. */
static int
deliver_check_tls(
    const struct job *j, const struct connection *c, struct error *err)
{
	if (!j->envelope.wishes.needs_tls || (c->is_tls && c->tls.is_verified))
		return 0;
	return err_set(err, ERR_TLS_CERT,
	    _("requiretls needs TLS with a certificate that was verified"));
}

/* Makes the message fit for the server, and hands it over. */
static int
deliver_message(
    struct job *j, struct connection *c, struct delivery *d, struct error *err)
{
	AUTO(message) struct message fitted;
	struct message *m = &j->message;
	char *remark;

	message_init(&fitted);
	if (fit_message(&m, j->account, smtp_extensions(c->smtp), &fitted,
		&remark, err) < 0)
		return -1;
	xreplace(&d->converted, remark);
	if (remark)
		connection_note(c, remark);
	smtp_set_commit(c->smtp, j->commit, j->commit_ctx);
	return smtp_transact(c->smtp, &j->envelope, m, err);
}

/* What is told of the connection; of what was told before, nothing. */
static void
deliver_describe(struct delivery *d, struct connection *c)
{
	d->is_tls = c->is_tls;
	xreplace(&d->host, c->peer.host ? xstrdup(c->peer.host) : NULL);
	err_move(&d->tls_problem, &c->tls.problem);
	xreplace(&d->tls_warning, auto_take(c->tls.warning));
	/* without a session the error says it all */
	xreplace(&d->setback, c->smtp ? auto_take(c->setback) : NULL);
}

static size_t
deliver_left(const struct envelope *e)
{
	size_t left = 0;

	for (size_t i = 0; i < e->count; i++)
		left += e->rcpts[i].fate == FATE_PENDING;
	return left;
}

/* The well-known refusals of senders and recipients. */
static void
deliver_advise(struct envelope *e)
{
	for (size_t i = 0; i < e->count; i++) {
		struct error *why = &e->rcpts[i].why;

		if (e->rcpts[i].fate != FATE_SENT && why->kind && !why->hint)
			(void)advice_add(why);
	}
}

/* A connection that was kept may turn out to be gone, or not wanted any more:
 * that tells nothing about the mail, as long as it was not out. */
static bool
deliver_may_begin_anew(const struct error *err)
{
	return err->kind == ERR_LOST ||
	       (err->kind == ERR_DEFERRED && err->reply.code == 421);
}

/* Those who would wait for a later session get this one. */
static void
deliver_take_back(struct envelope *e, const bool *was_pending)
{
	for (size_t i = 0; i < e->count; i++) {
		struct rcpt *rcpt = &e->rcpts[i];

		if (!was_pending[i] || rcpt->fate != FATE_DEFER ||
		    !deliver_may_begin_anew(&rcpt->why))
			continue;
		rcpt->fate = FATE_PENDING;
		error_release(&rcpt->why);
	}
}

/* One session; recipients may be left for another one. */
static int
deliver_session(struct series *s, struct job *j, const struct trace *trace,
    struct delivery *d, struct error *err)
{
	struct envelope *e = &j->envelope;
	auto_free bool *was_pending = xcalloc(e->count, sizeof(bool));
	bool is_used;
	int rc;

	for (size_t i = 0; i < e->count; i++)
		was_pending[i] = e->rcpts[i].fate == FATE_PENDING;
	rc = series_open(s, j->account, trace, &is_used, err);
	d->is_open |= rc == 0;
	d->lacks_dsn |= rc == 0 && !(smtp_extensions(s->c.smtp) & SMTP_EXT_DSN);
	if (rc == 0)
		rc = deliver_check_tls(j, &s->c, err);
	if (rc == 0)
		rc = deliver_message(j, &s->c, d, err);
	deliver_describe(d, &s->c);
	series_pause(s, rc == 0);
	if (rc == 0 || !is_used || !deliver_may_begin_anew(err))
		return rc;
	deliver_take_back(e, was_pending);
	error_release(err);
	return deliver_left(e) ? deliver_session(s, j, trace, d, err) : -1;
}

void
deliver_next(struct series *s, struct job *j, const struct trace *trace,
    struct delivery *d)
{
	AUTO(error) struct error err = ERROR_INIT;
	int64_t stop_at = deadline_in(j->account->total_timeout_s);
	size_t left = deliver_left(&j->envelope);

	d->is_auth =
	    j->account->auth != TOGGLE_UNSET && j->account->auth != TOGGLE_OFF;
	while (left) {
		size_t before = left;

		if (deliver_session(s, j, trace, d, &err) < 0)
			break;
		left = deliver_left(&j->envelope);
		if (left == before)
			(void)err_set(&err, ERR_DEFERRED,
			    _("the server takes no mail in this session"));
		else if (left && !deadline_poll_ms(stop_at))
			(void)err_set(
			    &err, ERR_TIMEOUT, _("the operation timed out"));
		if (err.kind)
			break;
	}
	envelope_rule(&j->envelope, &err);
	deliver_advise(&j->envelope);
}

void
deliver(struct job *j, const struct trace *trace, struct delivery *d)
{
	AUTO(series) struct series s;

	series_init(&s, false);
	deliver_next(&s, j, trace, d);
}
