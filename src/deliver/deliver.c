/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/deliver.h"

#include "deliver/fit.h"

void
delivery_release(struct delivery *d)
{
	if (!d)
		return;
	free(d->host);
	d->host = NULL;
	error_release(&d->tls_problem);
}

void
deliver(struct job *j, const struct trace *trace, struct delivery *d)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(connection) struct connection c = { 0 };
	AUTO(message) struct message fitted;
	struct message *m = &j->message;

	d->is_auth =
	    j->account->auth != TOGGLE_UNSET && j->account->auth != TOGGLE_OFF;
	message_init(&fitted);
	if (connection_open(&c, j->account, trace, &err) < 0 ||
	    fit_message(
		&m, j->account, smtp_extensions(c.smtp), &fitted, &err) < 0 ||
	    smtp_transact(c.smtp, &j->envelope, m, &err) < 0)
		envelope_rule(&j->envelope, &err);
	d->is_tls = c.is_tls;
	d->host = auto_take(c.peer.host);
	err_move(&d->tls_problem, &c.tls.problem);
}
