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
	free(d->doubt);
	d->tls_warning = d->setback = d->converted = d->doubt = NULL;
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

/* What is told of the connection. */
static void
deliver_describe(struct delivery *d, struct connection *c)
{
	d->is_tls = c->is_tls;
	xreplace(&d->host, auto_take(c->peer.host));
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

/* One session; recipients may be left for another one. */
static int
deliver_session(struct job *j, int64_t stop_at, const struct trace *trace,
    struct delivery *d, struct error *err)
{
	AUTO(connection) struct connection c = { 0 };
	int rc = connection_open(&c, j->account, stop_at, trace, err);

	d->is_open |= rc == 0;
	d->lacks_dsn |= rc == 0 && !(smtp_extensions(c.smtp) & SMTP_EXT_DSN);
	if (rc == 0)
		rc = connection_check_wishes(&c, &j->envelope, err);
	if (rc == 0)
		rc = deliver_message(j, &c, d, err);
	deliver_describe(d, &c);
	return rc;
}

void
deliver(struct job *j, const struct trace *trace, struct delivery *d)
{
	AUTO(error) struct error err = ERROR_INIT;
	int64_t stop_at = deadline_in(j->account->total_timeout_s);
	size_t left = deliver_left(&j->envelope);

	d->is_auth =
	    j->account->auth != TOGGLE_UNSET && j->account->auth != TOGGLE_OFF;
	while (left) {
		size_t before = left;

		if (deliver_session(j, stop_at, trace, d, &err) < 0)
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
