/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/slot.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/i18n.h"
#include "base/stop.h"
#include "base/xalloc.h"
#include "deliver/fallback.h"
#include "queue/backoff.h"

/* Octets of a message that is hardly ever on its way for long. */
#define SLOT_SMALL ((uint64_t)64 * 1024)

/* --- slots ---------------------------------------------------------------- */

struct slot *
slot_at(struct worker *w, size_t i)
{
	return &w->slots[(w->first + i) % WORKER_WINDOW];
}

static void
slot_mark(struct worker *w, const struct slot *s, const char *id)
{
	size_t i = (size_t)(s - w->slots);

	(void)snprintf(w->share->at[i], QUEUE_ID_SIZE, "%s", id);
}

void
slot_begin(struct worker *w, const struct slot *s)
{
	slot_mark(w, s, s->entry.id);
}

void
slot_free(struct worker *w, struct slot *s)
{
	slot_mark(w, s, "");
	job_release(&s->job);
	message_release(&s->fitted);
	xreplace(&s->converted, NULL);
	xreplace(&s->remote, NULL);
	xreplace(&s->setback, NULL);
	entry_release(&s->entry);
}

/* A damaged file is not for us: the next pass sets it aside. */
void
slot_complain(
    struct worker *w, const struct account *a, const struct error *err)
{
	if (w->run->warn)
		w->run->warn(w->run->ctx, a, err);
}

/* ST-17: what the open connection was asked for must be all that this mail asks
 * for, too: it may be another one than when it was looked at. */
static bool
slot_is_ours(const struct worker *w, const struct entry *e)
{
	auto_free char *key = retry_key(e);

	return strcmp(key, w->key) == 0;
}

/* Somebody else may have tried it since it was looked at. */
static bool
slot_is_due(const struct worker *w, const struct entry *e)
{
	return !entry_is_over(e) && slot_is_ours(w, e) &&
	       (run_is_forced(w->run) || backoff_is_due(&e->cells, time(NULL)));
}

void
slot_set_aside(struct worker *w, struct entry *e, const char *id)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (e)
		(void)entry_move(e, QUEUE_HOLD, &err);
	else
		(void)entry_set_aside(w->run->queue, QUEUE_ACTIVE, id, &err);
	w->share->counts.bad++;
}

/* Tells why, and gives it back. */
static bool
slot_refuse(struct worker *w, struct slot *s, const char *id, bool is_open,
    const struct error *err)
{
	if (err->kind == ERR_DATA)
		slot_set_aside(w, is_open ? &s->entry : NULL, id);
	if (err->kind)
		slot_complain(w, w->retry.account, err);
	slot_free(w, s);
	return false;
}

/* Opens the mail: false when there is nothing to do about it. */
static bool
slot_open(struct worker *w, struct slot *s, const char *id)
{
	AUTO(error) struct error err = ERROR_INIT;
	int rc;

	entry_init(&s->entry);
	job_init(&s->job);
	message_init(&s->fitted);
	s->mail = NULL;
	s->lacks_dsn = s->was_open = false;
	slot_mark(w, s, id);
	rc = entry_open(&s->entry, w->run->queue, QUEUE_ACTIVE, id, &err);
	if (rc > 0 && slot_is_due(w, &s->entry))
		return true;
	if (rc == 0)
		w->share->counts.busy++;
	return slot_refuse(w, s, id, rc > 0, &err);
}

/* Makes it ready to be tried: the same. */
static bool
slot_take(struct worker *w, struct slot *s)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (retry_job(&w->retry, &s->entry, &s->job, &err) < 0)
		return slot_refuse(w, s, s->entry.id, true, &err);
	s->was_in_doubt = s->entry.cells.is_in_doubt;
	if (s->was_in_doubt)
		entry_log(&s->entry, "tried again, may arrive twice");
	slot_mark(w, s, "");
	return true;
}

/* Their marks, all at once. */
static void
slot_doubt(struct worker *w)
{
	struct entry *list[WORKER_WINDOW];
	size_t n = 0;

	for (size_t i = 0; i < w->taken; i++) {
		struct slot *s = slot_at(w, w->over + w->under + i);

		if (s->entry.message_size <= SLOT_SMALL)
			list[n++] = &s->entry;
	}
	if (n > 1)
		entry_doubt_ahead(list, n, &w->syncer);
}

/* The next one, into the ring.  true: as slot_take_some(). */
static bool
slot_take_one(struct worker *w, const struct work_group *g)
{
	size_t beside = w->over + w->under + w->taken;
	struct slot *s = slot_at(w, beside);
	bool is_apart = w->share->is_careful;

	if (is_apart && beside)
		return true;
	s->index = w->next;
	if (slot_open(w, s, g->ids[w->next])) {
		/* the next death over it shall be laid at nobody else's door */
		is_apart |= s->entry.cells.deaths > 0;
		if (is_apart && beside) {
			slot_free(w, s);
			return true;
		}
		if (slot_take(w, s))
			w->taken++;
	}
	w->next++;
	return is_apart && w->taken;
}

bool
slot_take_some(struct worker *w, const struct work_group *g, size_t most)
{
	bool is_apart = false;

	while (!is_apart && w->taken < most && w->next < g->count &&
	       w->over + w->under + w->taken < WORKER_WINDOW)
		is_apart = slot_take_one(w, g);
	if (w->is_open)
		slot_doubt(w);
	return is_apart;
}

/* --- the end of an attempt ------------------------------------------------ */

size_t
slot_pending(const struct envelope *env)
{
	size_t n = 0;

	for (size_t i = 0; i < env->count; i++)
		n += env->rcpts[i].fate == FATE_PENDING;
	return n;
}

static void
slot_tell(struct worker *w, const struct attempt *a, const struct delivery *d,
    enum settle_result result, const struct error *trouble)
{
	struct run_counts *n = &w->share->counts;

	n->over += result == SETTLE_OVER;
	n->waiting += result == SETTLE_WAITS;
	n->aside += result == SETTLE_ASIDE;
	if (w->run->tell)
		w->run->tell(w->run->ctx, a, d, result, trouble);
}

/* The accounts that it names, for those who were put off. */
static void
slot_fall_back(struct worker *w, struct slot *s, struct attempt *a)
{
	AUTO(fallback) struct fallback f = { 0 };

	if (!s->job.account->fallback || stop_signal())
		return;
	fallback_init(&f, &w->retry.conf, NULL);
	while (fallback_next(&f, &s->job)) {
		AUTO(delivery) struct delivery d = { 0 };

		deliver(&s->job, w->c.trace, &d);
		a->was_open |= d.is_open;
	}
}

void
slot_end(struct worker *w)
{
	struct slot *s = slot_at(w, w->over);

	w->under--;
	w->over++;
	xreplace(&s->remote, w->c.peer.host ? xstrdup(w->c.peer.host) : NULL);
	s->is_tls = w->c.is_tls;
	/* once for all mails of this session */
	if (w->c.setback)
		xreplace(&s->setback, auto_take(w->c.setback));
}

/* Writes down what became of it, and frees the slot. */
static void
slot_settle_one(struct worker *w, struct slot *s)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(delivery) struct delivery d = { 0 };
	struct attempt a = {
		.entry = &s->entry,
		.job = &s->job,
		.was_open = s->was_open,
		.offers = w->is_open ? smtp_extensions(w->c.smtp) : 0,
		.lacks_dsn = s->lacks_dsn,
		.remote = s->remote,
	};
	enum settle_result result;

	d.is_open = s->was_open;
	d.is_tls = s->is_tls;
	d.host = s->remote ? xstrdup(s->remote) : NULL;
	d.converted = auto_take(s->converted);
	if (s->was_in_doubt)
		d.doubt = xasprintf(
		    _("%s is tried again, and may arrive twice"), s->entry.id);
	d.setback = auto_take(s->setback);
	slot_fall_back(w, s, &a);
	result = settle(&a, &err);
	slot_tell(w, &a, &d, result, &err);
	slot_free(w, s);
}

/* The verdicts of all of them at once: the disk is waited for once.  What may
 * go by another account still is no verdict. */
static void
slot_settle_ahead(struct worker *w)
{
	struct entry *list[WORKER_WINDOW];
	const struct envelope *envs[WORKER_WINDOW];
	size_t n = 0;

	for (size_t i = 0; i < w->over; i++) {
		struct slot *s = slot_at(w, i);

		if (s->job.account->fallback)
			continue;
		list[n] = &s->entry;
		envs[n++] = &s->job.envelope;
	}
	if (n > 1)
		entry_settle_ahead(list, envs, n, &w->syncer);
}

void
slot_settle(struct worker *w)
{
	slot_settle_ahead(w);
	for (; w->over; w->over--) {
		slot_settle_one(w, slot_at(w, 0));
		w->first = (w->first + 1) % WORKER_WINDOW;
	}
}
