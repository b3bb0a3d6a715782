/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/worker.h"

#include <time.h>

#include "base/stop.h"
#include "base/xalloc.h"
#include "deliver/fit.h"
#include "deliver/slot.h"
#include "queue/wait.h"

/* Connections in a row that broke before they brought anything. */
#define WORKER_FAILURES_MAX 2
/* Milliseconds, more or less, that a verdict waits for others, to be made
 * durable with them. */
#define WORKER_PATIENCE_MS 20

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
	if (connection_open(&w->c, a, DEADLINE_NONE, w->run->trace, err) < 0) {
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
	while (w->under) {
		struct slot *s = slot_at(w, w->over);

		if (s->mail)
			smtp_give_up(s->mail, why);
		slot_end(w);
	}
	worker_close(w);
}

/* --- one mail after the other --------------------------------------------- */

/* The message as this server takes it. */
static int
worker_fit(struct worker *w, struct slot *s, struct error *err)
{
	struct smtp *smtp = w->c.smtp;

	message_release(&s->fitted); /* for another server */
	message_init(&s->fitted);
	xreplace(&s->converted, NULL);
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
	if (worker_open(w, err) < 0)
		return -1;
	smtp_set_commit(w->c.smtp, s->job.commit, &s->entry);
	return worker_fit(w, s, err);
}

/* By itself, with nothing else under way; it counts as over. */
static void
worker_alone(struct worker *w, struct slot *s)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct envelope *env = &s->job.envelope;
	size_t left = slot_pending(env);
	int64_t begun = deadline_now();

	smtp_set_commit(w->c.smtp, s->job.commit, &s->entry);
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
	w->alone_ms = deadline_now() - begun;
}

static void worker_end_all(struct worker *w);

/* The oldest that is under way, or that only seems to be: it has its verdict
 * already, or can be sent only now that nothing else is under way. */
static void
worker_end(struct worker *w)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct slot *s = slot_at(w, w->over);
	int rc = 0;

	if (s->mail) {
		rc = smtp_end(s->mail, &err);
		w->failures = rc < 0 ? w->failures + 1 : 0;
	}
	slot_end(w);
	if (rc < 0) {
		worker_break(w, &err);
	} else if (slot_pending(&s->job.envelope)) {
		/* or recipients that were too many for one transaction */
		worker_end_all(w);
		if (w->is_open)
			worker_alone(w, s);
	}
}

static void
worker_end_all(struct worker *w)
{
	while (w->under)
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
		if (rc != 0 || !w->under || !slot_pending(&s->job.envelope))
			return rc;
		worker_end(w);
		if (!w->is_open)
			return 0;
	}
}

/* The first of those that were taken.  It stays that when the connection is
 * gone before it was begun. */
static void
worker_send(struct worker *w)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct slot *s = slot_at(w, w->over + w->under);
	int rc = 0;

	s->was_open = true;
	slot_begin(w, s);
	if (worker_fit(w, s, &err) < 0)
		envelope_rule(&s->job.envelope, &err);
	else
		rc = worker_begin(w, s, &err);
	if (!w->is_open)
		return;
	w->taken--;
	w->under++;
	w->share->next = s->index + 1;
	if (rc < 0) {
		w->failures++;
		worker_break(w, &err);
	} else if (!s->mail && w->under == 1) {
		worker_end(w);
	}
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
 * that stand in for this one.  Whether there are any. */
static bool
worker_without(struct worker *w, const struct error *why)
{
	struct slot *s = slot_at(w, 0);
	bool is_over;

	if (!w->taken)
		return true;
	is_over = !slot_pending(&s->job.envelope); /* its time is over */
	envelope_rule(&s->job.envelope, why);
	s->was_open = false;
	w->taken--;
	w->under++;
	w->share->next = s->index + 1;
	slot_end(w);
	slot_settle(w);
	return is_over || w->retry.account->fallback != NULL;
}

/* How many mails are taken at once.  Where they go one by one, it is as many as
 * are soon through: so long nobody writes down who has the first. */
static size_t
worker_most(const struct worker *w)
{
	size_t most = WORKER_PATIENCE_MS / ((size_t)w->alone_ms + 1);

	if (smtp_can_begin(w->c.smtp) || most > WORKER_WINDOW)
		return WORKER_WINDOW;
	return most ? most : 1;
}

/* Waits for the oldest that is under way, and takes what else was answered. */
static void
worker_gather(struct worker *w)
{
	int64_t begun = deadline_now();

	do {
		worker_end(w);
	} while (w->under && smtp_is_answered(w->c.smtp) &&
		 deadline_now() - begun <= WORKER_PATIENCE_MS);
}

static void
worker_drain(struct worker *w)
{
	while (w->under) {
		worker_gather(w);
		slot_settle(w);
	}
}

/* false: there is no use in going on. */
static bool
worker_round(struct worker *w, const struct work_group *g, struct error *down)
{
	bool is_apart;

	if (w->is_open && smtp_is_spent(w->c.smtp)) {
		worker_drain(w);
		worker_close(w);
	}
	if (!down->kind && worker_open(w, down) < 0) {
		if (stop_signal())
			return false;
		slot_complain(w, w->retry.account, down);
	}
	is_apart = slot_take_some(w, g, down->kind ? 1 : worker_most(w));
	if (down->kind)
		return worker_without(w, down);
	while (w->taken && w->is_open && !stop_signal() &&
	       !smtp_is_spent(w->c.smtp)) {
		worker_send(w);
		if (w->alone_ms > WORKER_PATIENCE_MS)
			slot_settle(w);
	}
	if (is_apart)
		worker_drain(w);
	else if (w->under == WORKER_WINDOW || (w->under && w->next == g->count))
		worker_gather(w);
	slot_settle(w);
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

static void
worker_release(struct worker *w)
{
	worker_drain(w);
	worker_close(w);
	for (size_t i = 0; i < w->taken; i++)
		slot_free(w, slot_at(w, i));
	syncer_release(&w->syncer);
	retry_release(&w->retry);
}

void
worker_run(const struct run *run, const struct work_group *g,
    struct worker_share *share)
{
	struct worker *w = xcalloc(1, sizeof(*w));
	AUTO(error) struct error err = ERROR_INIT;

	*w = (struct worker){
		.run = run,
		.share = share,
		.key = g->key,
		.alone_ms = WORKER_PATIENCE_MS,
	};
	if (worker_look_up(w, g, &err) < 0) {
		settle_account(run->queue, g->name, &err);
		slot_complain(w, NULL, &err);
	} else if (!worker_is_held(w)) {
		w->next = share->next;
		while (!stop_signal() &&
		       (w->next < g->count || w->under || w->taken))
			if (!worker_round(w, g, &err))
				break;
	}
	worker_release(w);
	free(w);
	share->is_done = true;
}
