/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "cmd/mailback.h"

#include <time.h>

#include "base/i18n.h"
#include "base/xalloc.h"
#include "cmd/trace.h"
#include "cmd/words.h"
#include "deliver/bounce.h"
#include "deliver/deliver.h"
#include "mail/compose.h"

/* Whether a server spoke about the mail: where there was no way to it, none
 * leads there now. */
static bool
mailback_has_way(const struct envelope *e)
{
	for (size_t i = 0; i < e->count; i++)
		if (e->rcpts[i].fate == FATE_SENT ||
		    e->rcpts[i].why.kind == ERR_TOO_BIG ||
		    e->rcpts[i].why.kind == ERR_REFUSED ||
		    e->rcpts[i].why.kind == ERR_REJECTED ||
		    e->rcpts[i].why.kind == ERR_DEFERRED)
			return true;
	return false;
}

static int
mailback_send(const struct plan *plan, const struct account *account,
    struct job *report, struct error *err)
{
	AUTO(delivery) struct delivery d = { 0 };
	const struct rcpt *rcpt;

	report->account = account_new();
	account_copy(report->account, account);
	deliver(report, trace_of(plan), &d);
	rcpt = &report->envelope.rcpts[0];
	if (rcpt->fate == FATE_SENT)
		return 0;
	err_copy(err, &rcpt->why);
	return -1;
}

int
mailback(
    const struct plan *plan, const struct job *j, const char *remote, int code)
{
	AUTO(job) struct job report;
	AUTO(error) struct error err = ERROR_INIT;
	auto_free char *id = compose_token();
	struct bounce b = {
		.id = id,
		.attempt = 1,
		.now = time(NULL),
		.born = time(NULL),
		.account = j->account,
		.envelope = &j->envelope,
		.message = &j->message,
		.remote = remote,
		.tells = BOUNCE_REFUSED | BOUNCE_EXPIRED,
	};
	int rc;

	job_init(&report);
	if (!code ||
	    (plan->errors != ERRORS_MAIL && plan->errors != ERRORS_MAIL_OK))
		return code;
	rc = bounce_make(&b, &report, &err);
	if (rc > 0 && j->account->bounce_mbox)
		rc = bounce_file(&b, &report, &err) < 0 ? -1 : 1;
	else if (rc > 0 && mailback_has_way(&j->envelope))
		rc =
		    mailback_send(plan, j->account, &report, &err) < 0 ? -1 : 1;
	else
		return code;
	if (rc > 0)
		return plan->errors == ERRORS_MAIL_OK ? 0 : code;
	words_note(plan->program, _("the sender could not be told by mail:"));
	words_error(plan->program, &err);
	return code;
}
