/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/notice.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/xalloc.h"
#include "deliver/bounce.h"
#include "queue/backoff.h"

/* The report goes out through the account of the mail. */
static int
notice_queue(const struct attempt *a, const char *purpose, struct job *report,
    struct error *err)
{
	AUTO(entry) struct entry e;
	const struct entry *from = a->entry;

	entry_init(&e);
	queue_id_derive(e.id, from->id, purpose);
	e.account = from->account ? xstrdup(from->account) : NULL;
	e.config = from->config ? xstrdup(from->config) : NULL;
	for (size_t i = 0; i < from->option_count; i++)
		entry_add_option(
		    &e, from->options[i].name, from->options[i].value);
	if (entry_write(
		&e, from->queue, &report->envelope, &report->message, err) < 0)
		return -1;
	queue_wake(from->queue);
	return 0;
}

static int
notice_make(const struct attempt *a, struct bounce *b, const char *purpose,
    struct error *err)
{
	AUTO(job) struct job report;
	char words[64];
	int rc;

	job_init(&report);
	b->id = a->entry->id;
	b->now = time(NULL);
	b->born = a->entry->born_s;
	b->account = a->job->account;
	b->envelope = &a->job->envelope;
	b->message = &a->job->message;
	b->remote = a->remote;
	b->offers = a->offers;
	rc = bounce_make(b, &report, err);
	if (rc <= 0)
		return rc;
	if (b->account->bounce_mbox)
		return bounce_file(b, &report, err);
	(void)snprintf(words, sizeof(words), "%s %u", purpose, b->attempt);
	return notice_queue(a, words, &report, err);
}

int
notice_failed(const struct attempt *a, bool is_expired, struct error *err)
{
	struct bounce b = {
		.attempt = a->entry->cells.tries + 1,
		.tells = is_expired ? BOUNCE_EXPIRED : BOUNCE_REFUSED,
	};

	return notice_make(a, &b, is_expired ? "expired" : "failed", err);
}

int
notice_relayed(const struct attempt *a, struct error *err)
{
	struct bounce b = {
		.attempt = a->entry->cells.tries + 1,
		.tells = BOUNCE_RELAYED,
	};

	return notice_make(a, &b, "relayed", err);
}

int
notice_delayed(
    const struct attempt *a, const struct entry_cells *cells, struct error *err)
{
	struct bounce b = {
		.attempt = cells->tries,
		.tells = BOUNCE_LATE,
		.retry_until = cells->last_s - cells->waited_s +
			       (a->entry->expiry_s ? a->entry->expiry_s
						   : BACKOFF_EXPIRY_S),
	};

	return notice_make(a, &b, "delayed", err);
}
