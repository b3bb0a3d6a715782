/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/worker.h"

#include <time.h>

#include "base/xalloc.h"
#include "deliver/fit.h"
#include "deliver/slot.h"
#include "queue/wait.h"

/* Connections in a row that broke before they brought anything. */
#define WORKER_FAILURES_MAX 2

/* --- the connection ------------------------------------------------------- */

static void
worker_close(struct worker *w)
{
	connection_release(&w->c);
	w->is_open = false;
}

static int
worker_open(struct worker *w, struct error *err)
{
	static const struct error none = ERROR_INIT;
	const struct account *a = w->retry.account;
	const char *name = settle_account_name(a);

	if (w->is_open)
		return 0;
	if (connection_open(&w->c, a, w->run->trace, err) < 0) {
		worker_close(w);
		settle_account(w->run->queue, name, err);
		return -1;
	}
	settle_account(w->run->queue, name, &none);
	w->is_open = true;
	return 0;
}

/* Everything that is under way is given up with the connection. */
static void
worker_break(struct worker *w, const struct error *why)
{
	while (w->count) {
		struct slot *s = slot_at(w, 0);

		smtp_give_up(s->mail, why);
		slot_settle(w, s, true);
		w->first = (w->first + 1) % WORKER_WINDOW;
		w->count--;
	}
	worker_close(w);
}

/* --- one mail after the other --------------------------------------------- */

/* The message as this server takes it. */
static int
worker_fit(struct worker *w, struct slot *s, struct error *err)
{
	struct smtp *smtp = w->c.smtp;

	s->message = &s->job.message;
	s->lacks_dsn = !(smtp_extensions(smtp) & SMTP_EXT_DSN);
	if (connection_check_wishes(&w->c, &s->job.envelope, err) < 0)
		return -1;
	return fit_message(&s->message, s->job.account, smtp_extensions(smtp),
	    &s->fitted, &s->converted, err);
}

/* Another session for those whom the last one left out, because it had brought
 * as many mails as the server takes in one (RFC 9422 4.1). */
static int
worker_renew(struct worker *w, struct slot *s, struct error *err)
{
	worker_close(w);
	message_release(&s->fitted);
	message_init(&s->fitted);
	xreplace(&s->converted, NULL);
	if (worker_open(w, err) < 0)
		return -1;
	smtp_set_commit(w->c.smtp, s->job.commit, &s->entry);
	return worker_fit(w, s, err);
}

/* By itself, with nothing else under way. */
static void
worker_alone(struct worker *w, struct slot *s)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct envelope *env = &s->job.envelope;
	size_t left = slot_pending(env);

	while (left) {
		size_t before = left;
		int rc = smtp_transact(w->c.smtp, env, s->message, &err);

		w->failures = rc < 0 ? w->failures + 1 : 0;
		if (rc < 0)
			worker_close(w);
		left = rc < 0 ? 0 : slot_pending(env);
		if (left == before || (left && worker_renew(w, s, &err) < 0))
			break;
	}
	/* no session: those who are left wait */
	if (left && err.kind)
		envelope_rule(env, &err);
	slot_settle(w, s, true);
}

static void worker_end_all(struct worker *w);

/* The oldest that is under way. */
static void
worker_end(struct worker *w)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct slot *s = slot_at(w, 0);
	int rc = smtp_end(s->mail, &err);

	w->first = (w->first + 1) % WORKER_WINDOW;
	w->count--;
	w->failures = rc < 0 ? w->failures + 1 : 0;
	if (rc == 0 && slot_pending(&s->job.envelope)) {
		/* recipients that were too many for one transaction */
		worker_end_all(w);
		if (w->is_open) {
			smtp_set_commit(w->c.smtp, s->job.commit, &s->entry);
			worker_alone(w, s);
			return;
		}
	}
	slot_settle(w, s, true);
	if (rc < 0)
		worker_break(w, &err);
}

static void
worker_end_all(struct worker *w)
{
	while (w->count)
		worker_end(w);
}

/* Begins it as soon as there is room: as smtp_begin(); 0 also when the
 * connection is gone. */
static int
worker_begin(struct worker *w, struct slot *s, struct error *err)
{
	for (;;) {
		int rc;

		smtp_set_commit(w->c.smtp, s->job.commit, &s->entry);
		rc = smtp_begin(
		    w->c.smtp, &s->job.envelope, s->message, &s->mail, err);
		if (rc != 0 || !w->count || !slot_pending(&s->job.envelope))
			return rc;
		worker_end(w);
		if (!w->is_open)
			return 0;
	}
}

/* The mail in the slot behind the last.  false: the connection was gone before
 * it was begun. */
static bool
worker_send(struct worker *w, struct slot *s)
{
	AUTO(error) struct error err = ERROR_INIT;
	int rc;

	if (worker_fit(w, s, &err) < 0) {
		envelope_rule(&s->job.envelope, &err);
		slot_settle(w, s, true);
		return true;
	}
	rc = worker_begin(w, s, &err);
	if (rc > 0) {
		w->count++;
	} else if (rc < 0) {
		w->failures++;
		slot_settle(w, s, true);
		worker_break(w, &err);
	} else if (w->is_open) {
		worker_alone(w, s);
	} else {
		slot_free(w, s);
		return false;
	}
	return true;
}

/* --- all of them ---------------------------------------------------------- */

/* The account, by the first of the mails that is there still.  What a damaged
 * one says of its account is not believed. */
static int
worker_look_up(struct worker *w, const struct work_group *g, struct error *err)
{
	for (; w->share->next < g->count; w->share->next++) {
		const char *id = g->ids[w->share->next];
		AUTO(entry) struct entry e;

		if (entry_open(&e, w->run->queue, QUEUE_ACTIVE, id, err) > 0) {
			if (retry_init(&w->retry, &e, w->run->call, err) < 0)
				return -1;
			/* it is the time for one mail, and here come many */
			w->retry.account->total_timeout_s = 0;
			return 0;
		}
		if (err->kind == ERR_DATA)
			slot_set_aside(w, NULL, id);
		if (err->kind)
			slot_complain(w, NULL, err);
		error_release(err);
	}
	return 0;
}

/* There is no way to the server: the mail says so, and goes by those accounts
 * that stand in for this one. */
static void
worker_without(struct worker *w, struct slot *s, const struct error *why)
{
	envelope_rule(&s->job.envelope, why);
	slot_settle(w, s, false);
}

/* The mail, in the next slot; NULL when there is nothing to do about it. */
static struct slot *
worker_take(struct worker *w, const char *id)
{
	struct slot *s = slot_at(w, w->count);

	if (!slot_open(w, s, id))
		return NULL;
	/* the next death over it shall be laid at nobody else's door */
	if (s->entry.cells.deaths)
		worker_end_all(w);
	return slot_take(w, s) ? s : NULL;
}

/* false: there is no use in going on. */
static bool
worker_one(struct worker *w, struct error *down, const char *id)
{
	bool is_alone = w->share->is_careful;
	struct slot *s;

	if (w->is_open && smtp_is_spent(w->c.smtp)) {
		worker_end_all(w);
		worker_close(w);
	}
	if (!down->kind && worker_open(w, down) < 0)
		slot_complain(w, w->retry.account, down);
	s = worker_take(w, id);
	if (!s) {
		w->share->next++;
		return true;
	}
	if (down->kind) {
		w->share->next++;
		worker_without(w, s, down);
		return w->retry.account->fallback != NULL;
	}
	is_alone |= s->entry.cells.deaths > 0;
	if (!w->is_open) /* it went with those before */
		slot_free(w, s);
	else if (worker_send(w, s))
		w->share->next++;
	if (w->count == WORKER_WINDOW)
		worker_end(w);
	if (is_alone)
		worker_end_all(w);
	return w->failures <= WORKER_FAILURES_MAX;
}

/* Whether the account has to wait still. */
static bool
worker_is_held(struct worker *w)
{
	AUTO(queue_wait) struct queue_wait wait = { 0 };
	const struct conf *conf = &w->retry.conf;

	if (run_is_forced(w->run) ||
	    !queue_wait_read(w->run->queue,
		settle_account_name(w->retry.account), time(NULL), &wait))
		return false;
	return wait.is_offline || !conf_is_newer(conf, wait.set_s);
}

void
worker_run(const struct run *run, const struct work_group *g,
    struct worker_share *share)
{
	struct worker *w = xcalloc(1, sizeof(*w));
	AUTO(error) struct error err = ERROR_INIT;

	*w = (struct worker){ .run = run, .share = share, .key = g->key };
	if (worker_look_up(w, g, &err) < 0) {
		settle_account(run->queue, g->name, &err);
		slot_complain(w, NULL, &err);
	} else if (!worker_is_held(w)) {
		while (share->next < g->count &&
		       worker_one(w, &err, g->ids[share->next]))
			;
		worker_end_all(w);
		worker_close(w);
	}
	retry_release(&w->retry);
	free(w);
	share->is_done = true;
}
