/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/settle.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/i18n.h"
#include "base/stop.h"
#include "base/text.h"
#include "deliver/notice.h"
#include "queue/backoff.h"
#include "queue/wait.h"

int
settle_commit(void *ctx, struct error *err)
{
	return entry_doubt(ctx, err);
}

/* --- accounts ------------------------------------------------------------- */

bool
settle_is_offline(const struct error *err)
{
	switch (err->kind) {
	case ERR_HOST:
	case ERR_HOST_TEMP:
	case ERR_CONNECT:
	case ERR_TIMEOUT:
	case ERR_LOST:
		return true;
	default:
		return false;
	}
}

const char *
settle_account_name(const struct account *a)
{
	if (a->name)
		return a->name;
	return a->host ? a->host : a->socket ? a->socket : "";
}

void
settle_account(struct queue *q, const char *account, const struct error *err)
{
	if (err->kind == ERR_NONE)
		queue_wait_clear(q, account);
	else if (!stop_signal()) /* that would not be its fault */
		queue_wait_set(q, account, settle_is_offline(err),
		    err->text ? err->text : "", time(NULL));
}

/* --- the mail ------------------------------------------------------------- */

static bool
settle_has(const struct envelope *env, enum fate fate)
{
	for (size_t i = 0; i < env->count; i++)
		if (env->rcpts[i].fate == fate)
			return true;
	return false;
}

/* Whether somebody failed in this attempt. */
static bool
settle_has_failed(const struct envelope *env)
{
	for (size_t i = 0; i < env->count; i++)
		if (env->rcpts[i].fate == FATE_FAIL && env->rcpts[i].why.kind)
			return true;
	return false;
}

static bool
settle_says_greylisted(const struct reply *reply)
{
	static const char *const words[] = { "greylist", "graylist",
		"grey list", "gray list" };

	if (!reply_is_transient(reply) || !reply->text)
		return false;
	for (const char *p = reply->text; *p; p++)
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (text_has_caseprefix(p, words[i]))
				return true;
	return false;
}

static enum backoff_cause
settle_cause(const struct envelope *env)
{
	enum backoff_cause cause = BACKOFF_DEFERRED;

	for (size_t i = 0; i < env->count; i++) {
		const struct rcpt *r = &env->rcpts[i];

		if (r->fate != FATE_DEFER)
			continue;
		if (r->why.kind == ERR_IN_DOUBT)
			return BACKOFF_IN_DOUBT;
		if (settle_says_greylisted(&r->why.reply))
			cause = BACKOFF_GREYLISTED;
	}
	return cause;
}

/* What cannot be written where it belongs: on a filesystem that copies what is
 * written, a full disk refuses even that (after the fact; see QUEUE.md). */
static enum settle_result
settle_unwritable(const struct attempt *a, struct error *err)
{
	AUTO(error) struct error second = ERROR_INIT;
	const struct envelope *env = &a->job->envelope;

	if (!settle_has(env, FATE_DEFER) && !settle_has(env, FATE_PENDING) &&
	    (a->is_told || !settle_has_failed(env)) &&
	    entry_remove(a->entry, &second) == 0)
		return SETTLE_OVER;
	if (entry_move(a->entry, QUEUE_HOLD, &second) < 0) {
		entry_keep(a->entry);
		return SETTLE_WAITS;
	}
	(void)err_hint(err, _("Some of its recipients may have it already; "
			      "see the log of the mail."));
	return SETTLE_ASIDE;
}

/* The sender is told of those who failed, safely, before they are marked. */
static enum settle_result
settle_failures(const struct attempt *a, bool is_expired, struct error *err)
{
	struct envelope *env = &a->job->envelope;

	if (!a->is_told && notice_failed(a, is_expired, err) < 0) {
		entry_log(a->entry, "not told %s", err->text);
		/* aside nobody would try it for the others: these are refused
		 * once more, then */
		if (settle_has(env, FATE_DEFER) ||
		    settle_has(env, FATE_PENDING))
			return SETTLE_WAITS;
		if (entry_settle(a->entry, env, true, err) == 0)
			(void)entry_move(a->entry, QUEUE_FAILED, err);
		return SETTLE_ASIDE;
	}
	return entry_settle(a->entry, env, true, err) < 0
		   ? settle_unwritable(a, err)
		   : SETTLE_OVER;
}

/* Everybody who was put off is given up. */
static void
settle_give_up(struct envelope *env)
{
	for (size_t i = 0; i < env->count; i++)
		if (env->rcpts[i].fate == FATE_DEFER)
			env->rcpts[i].fate = FATE_FAIL;
}

/* Whether we gave up before it was tried. */
static bool
settle_was_stopped(const struct envelope *env)
{
	for (size_t i = 0; stop_signal() && i < env->count; i++)
		if (env->rcpts[i].fate == FATE_DEFER &&
		    env->rcpts[i].why.kind == ERR_TIMEOUT)
			return true;
	return false;
}

/* What its sender has given it (RFC 2852), from now on; false: nothing. */
static bool
settle_time_left(const struct envelope *env, int64_t *left_s)
{
	const char *by = env->wishes.deliver_by;

	if (by)
		*left_s = strtoll(by, NULL, 10);
	return by != NULL;
}

/* When that is over there is something to be told, and not hours later. */
static void
settle_heed_time(const struct envelope *env, struct entry_cells *cells)
{
	int64_t left_s;

	if (!cells->is_in_doubt && settle_time_left(env, &left_s) &&
	    left_s > 0 && cells->next_s > cells->last_s + left_s)
		cells->next_s = cells->last_s + left_s;
}

static bool
settle_is_late(const struct envelope *env, const struct entry_cells *cells)
{
	int64_t left_s;

	return backoff_is_late(cells) ||
	       (!cells->is_delay_told && settle_time_left(env, &left_s) &&
		   left_s <= 0);
}

/* When it is tried again, or that it is not. */
static enum settle_result
settle_schedule(const struct attempt *a, struct error *err)
{
	struct entry *e = a->entry;
	struct envelope *env = &a->job->envelope;
	struct entry_cells cells = e->cells;
	AUTO(error) struct error late = ERROR_INIT;

	if (!a->was_open || !settle_has(env, FATE_DEFER) ||
	    settle_was_stopped(env))
		return SETTLE_WAITS;
	backoff_count(&cells, e->born_s, settle_cause(env), time(NULL));
	if (backoff_is_expired(&cells, !*env->from, e->expiry_s)) {
		entry_log(e, "given up after %u attempts", cells.tries);
		settle_give_up(env);
		if (settle_failures(a, true, err) == SETTLE_ASIDE)
			return SETTLE_ASIDE;
		return entry_is_over(e) ? SETTLE_OVER : SETTLE_WAITS;
	}
	settle_heed_time(env, &cells);
	if (settle_is_late(env, &cells) &&
	    notice_delayed(a, &cells, &late) == 0)
		cells.is_delay_told = true;
	(void)entry_set_cells(e, &cells, err); /* then it is tried earlier */
	return SETTLE_WAITS;
}

enum settle_result
settle(const struct attempt *a, struct error *err)
{
	struct entry *e = a->entry;
	struct envelope *env = &a->job->envelope;
	enum settle_result result = SETTLE_WAITS;

	if (entry_settle(e, env, false, err) < 0)
		return settle_unwritable(a, err);
	/* in this order: a notice that a crash takes is not a mail twice */
	if (a->lacks_dsn && notice_relayed(a, err) < 0)
		error_release(err);
	/* who has it all at once leaves no file to keep a log in */
	if (!entry_is_over(e))
		entry_log_verdicts(e, env);
	if (settle_has_failed(env))
		result = settle_failures(a, false, err);
	if (result == SETTLE_ASIDE)
		return result;
	if (!entry_is_over(e))
		result = settle_schedule(a, err);
	if (result == SETTLE_ASIDE || !entry_is_over(e))
		return result;
	return entry_remove(e, err) < 0 ? SETTLE_WAITS : SETTLE_OVER;
}
