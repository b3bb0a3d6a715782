/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/submit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "base/xalloc.h"
#include "deliver/place.h"

enum submit_way
submit_way(const struct plan *plan, const struct account *a)
{
	bool is_sendmail = plan->personality == PERSONALITY_SENDMAIL;

	if (a->queue == QUEUEING_OFF ||
	    (a->queue == QUEUEING_UNSET && !is_sendmail))
		return SUBMIT_DIRECT;
	switch (plan->delivery) {
	case DELIVERY_NOW:
		return SUBMIT_ON_FAILURE;
	case DELIVERY_BEHIND:
		return SUBMIT_BEHIND;
	case DELIVERY_QUEUE:
		return SUBMIT_QUEUE;
	case DELIVERY_UNSET:
		break;
	}
	return a->queue == QUEUEING_ALWAYS ? SUBMIT_BEHIND : SUBMIT_ON_FAILURE;
}

/* Options that say nothing about how a mail that is ready is delivered. */
static bool
submit_is_settled(enum opt_id id)
{
	return id == OPT_FROM || id == OPT_QUEUE || id == OPT_QUEUE_DIR ||
	       id == OPT_QUEUE_LINGER || id == OPT_QUEUE_QUOTA ||
	       id == OPT_QUEUE_QUOTA_MAILS ||
	       opt_table[id].type == OPT_TYPE_WISH ||
	       opt_table[id].type == OPT_TYPE_SECRET;
}

/* A value as it can be set again; owned, or NULL. */
static char *
submit_value(const struct account *a, enum opt_id id)
{
	const struct opt_row *row = &opt_table[id];
	int64_t seconds;

	if (row->type == OPT_TYPE_AUTH && a->auth == TOGGLE_OFF)
		return xstrdup("off");
	if (row->type == OPT_TYPE_AUTH && a->auth == TOGGLE_ON)
		return xstrdup("on");
	if (row->type != OPT_TYPE_SECONDS)
		return opt_text(a, id);
	seconds = *(const int64_t *)((const char *)a + row->field);
	return seconds ? xasprintf("%" PRId64, seconds) : xstrdup("off");
}

static void
submit_options(
    struct entry *e, const struct plan *plan, const struct account *a)
{
	for (enum opt_id id = 0; id < OPT_COUNT; id++) {
		auto_free char *value = NULL;

		if (submit_is_settled(id) ||
		    (!plan->overrides.is_own[id] &&
			a->origin[id].kind != ORIGIN_ENVIRONMENT))
			continue;
		value = submit_value(a, id);
		if (value)
			entry_add_option(e, opt_table[id].name, value);
	}
}

int
submit_accept(const struct job *j, const struct plan *plan, struct queue *q,
    struct entry *e, struct error *err)
{
	auto_free char *path = NULL;

	if (place_of(j->account, &path, err) < 0 ||
	    queue_open(q, path, true, err) < 0)
		return -1;
	e->account = j->account->name ? xstrdup(j->account->name) : NULL;
	if (plan->file) {
		e->config = realpath(plan->file, NULL);
		if (!e->config)
			e->config = xstrdup(plan->file);
	}
	submit_options(e, plan, j->account);
	e->expiry_s = plan->expiry_s;
	e->quota = (struct quota){ .size = j->account->queue_quota,
		.mails = j->account->queue_quota_mails };
	e->cells.next_s = time(NULL);
	return entry_write(e, q, &j->envelope, &j->message, err);
}
