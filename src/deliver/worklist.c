/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/worklist.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/xalloc.h"
#include "deliver/pick.h"
#include "deliver/retry.h"
#include "queue/backoff.h"
#include "queue/walk.h"

void
worklist_release(struct worklist *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->count; i++) {
		free(l->groups[i].key);
		free(l->groups[i].name);
		free(l->groups[i].ids);
		free(l->groups[i].uids);
	}
	free(l->groups);
	*l = (struct worklist){ 0 };
}

static bool
worklist_is_meant(const struct run *run, const struct entry *e, time_t now)
{
	return pick_entry(run->call, e) &&
	       (run_is_forced(run) || backoff_is_due(&e->cells, now));
}

/* --- what is no work ------------------------------------------------------ */

/* Looked at once more under its lock: a file that was just being finished is
 * not damaged. */
static void
worklist_handle(
    const struct run *run, const char *id, struct run_counts *counts)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(error) struct error second = ERROR_INIT;
	AUTO(entry) struct entry e;
	int rc = entry_open(&e, run->queue, QUEUE_ACTIVE, id, &err);

	if (rc > 0 && entry_is_over(&e))
		counts->over += entry_remove(&e, &err) == 0;
	if (rc >= 0)
		return;
	if (err.kind == ERR_DATA) {
		counts->bad++;
		(void)entry_set_aside(run->queue, QUEUE_ACTIVE, id, &second);
	}
	if (run->warn)
		run->warn(run->ctx, NULL, &err);
}

/* --- the list ------------------------------------------------------------- */

static struct work_group *
worklist_group(struct worklist *l, const struct entry *e)
{
	auto_free char *key = retry_key(e);
	const char *name = e->account;

	for (size_t i = l->count; i > 0; i--)
		if (strcmp(l->groups[i - 1].key, key) == 0)
			return &l->groups[i - 1];
	for (size_t i = 0; i < e->option_count && !e->account; i++)
		if (strcmp(e->options[i].name, "host") == 0 ||
		    (!name && strcmp(e->options[i].name, "socket") == 0))
			name = e->options[i].value;
	l->groups = xreallocarray(l->groups, l->count + 1, sizeof(*l->groups));
	l->groups[l->count] = (struct work_group){
		.key = auto_take(key),
		.name = xstrdup(name ? name : ""),
	};
	return &l->groups[l->count++];
}

static void
worklist_add(struct worklist *l, const struct entry *e)
{
	struct work_group *g = worklist_group(l, e);

	if (g->count == g->cap) {
		g->cap = g->cap ? 2 * g->cap : 16;
		g->ids = xreallocarray(g->ids, g->cap, sizeof(*g->ids));
		g->uids = xreallocarray(g->uids, g->cap, sizeof(*g->uids));
	}
	memcpy(g->ids[g->count], e->id, QUEUE_ID_SIZE);
	g->uids[g->count++] = e->uid;
}

/* How many of the same user come before. */
struct worklist_rank {
	size_t rank, index;
};

static int
worklist_compare(const void *a, const void *b)
{
	const struct worklist_rank *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

struct worklist_user {
	uid_t uid;
	size_t count;
};

static size_t
worklist_rank_of(struct worklist_user **users, size_t *count, uid_t uid)
{
	for (size_t i = 0; i < *count; i++)
		if ((*users)[i].uid == uid)
			return (*users)[i].count++;
	*users = xreallocarray(*users, *count + 1, sizeof(**users));
	(*users)[(*count)++] = (struct worklist_user){ uid, 1 };
	return 0;
}

/* Each user's first, then each user's second, ...: one who sends a thousand
 * does not stand before one who sends one. */
static void
worklist_make_fair(struct work_group *g)
{
	auto_free struct worklist_user *users = NULL;
	auto_free struct worklist_rank *ranks =
	    xcalloc(g->count, sizeof(*ranks));
	char(*ids)[QUEUE_ID_SIZE];
	size_t user_count = 0;

	for (size_t i = 0; i < g->count; i++)
		ranks[i] = (struct worklist_rank){
			worklist_rank_of(&users, &user_count, g->uids[i]), i
		};
	if (user_count < 2)
		return;
	qsort(ranks, g->count, sizeof(*ranks), worklist_compare);
	ids = xcalloc(g->count, sizeof(*ids));
	for (size_t i = 0; i < g->count; i++)
		memcpy(ids[i], g->ids[ranks[i].index], QUEUE_ID_SIZE);
	free(g->ids);
	g->ids = ids;
}

int
worklist_make(struct worklist *l, const struct run *run,
    struct run_counts *counts, struct error *err)
{
	AUTO(queue_ids) struct queue_ids ids = { 0 };
	time_t now = time(NULL);

	if (queue_list(run->queue, QUEUE_ACTIVE, &ids, err) < 0)
		return -1;
	for (size_t i = 0; i < ids.count; i++) {
		AUTO(error) struct error why = ERROR_INIT;
		AUTO(entry) struct entry e;
		int rc =
		    entry_peek(&e, run->queue, QUEUE_ACTIVE, ids.ids[i], &why);

		if (rc == 0)
			continue;
		if (rc < 0 || entry_is_over(&e))
			worklist_handle(run, ids.ids[i], counts);
		else if (worklist_is_meant(run, &e, now))
			worklist_add(l, &e);
	}
	for (size_t i = 0; i < l->count; i++) {
		worklist_make_fair(&l->groups[i]);
		xreplace((char **)&l->groups[i].uids, NULL);
	}
	return 0;
}
