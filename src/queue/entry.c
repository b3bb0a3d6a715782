/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "queue/entry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/xalloc.h"
#include "queue/backoff.h"
#include "queue/entry_head.h"
#include "queue/entry_io.h"

/* --- in place ------------------------------------------------------------- */

int
entry_failed(const struct entry *e, int os, struct error *err)
{
	return err_set_os(
	    err, ERR_QUEUE, os, _("cannot write to the queued mail %s"), e->id);
}

/* Octets first..end of the block, as they are in memory. */
static int
entry_put(struct entry *e, size_t first, size_t end, struct error *err)
{
	if (entry_pwrite(
		e->fd, e->head.data + first, end - first, (int64_t)first) == 0)
		return 0;
	return entry_failed(e, errno, err);
}

static int
entry_sync(struct entry *e, struct error *err)
{
	return fdatasync(e->fd) == 0 ? 0 : entry_failed(e, errno, err);
}

/* The cells in memory, doubt included. */
static int
entry_put_cells(struct entry *e, struct error *err)
{
	return entry_put(e, HEAD_MAGIC_LEN, head_at(HEAD_DOUBT, NULL) + 1, err);
}

/* Nothing went out: as if there had been no mark. */
static void
entry_undoubt(struct entry *e)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (!e->is_ahead)
		return;
	e->is_ahead = false;
	head_put_cells(e, &e->cells);
	/* one that stays does no harm but to patience */
	(void)entry_put_cells(e, &err);
}

/* --- life ----------------------------------------------------------------- */

void
entry_init(struct entry *e)
{
	*e = (struct entry){
		.envelope = ENVELOPE_INIT,
		.fd = -1,
		.head = BUF_INIT(ENTRY_HEAD_MAX),
	};
}

void
entry_release(struct entry *e)
{
	if (!e)
		return;
	free(e->account);
	free(e->config);
	for (size_t i = 0; i < e->option_count; i++) {
		free(e->options[i].name);
		free(e->options[i].value);
	}
	free(e->options);
	envelope_release(&e->envelope);
	entry_undoubt(e);
	if (e->fd >= 0)
		(void)close(e->fd); /* what matters was synced */
	buf_release(&e->head);
	free(e->verdicts);
	entry_init(e);
}

void
entry_add_option(struct entry *e, const char *name, const char *value)
{
	e->options =
	    xreallocarray(e->options, e->option_count + 1, sizeof(*e->options));
	e->options[e->option_count++] =
	    (struct entry_option){ xstrdup(name), xstrdup(value) };
}

/* --- the mark ------------------------------------------------------------- */

/* The mark and the time, in one write: who dies then leaves a mail that is not
 * tried again at once. */
static int
entry_put_doubt(struct entry *e, struct error *err)
{
	struct entry_cells cells = e->cells;

	cells.next_s = time(NULL) + BACKOFF_DOUBT_S;
	cells.is_in_doubt = true;
	head_put_cells(e, &cells);
	return entry_put_cells(e, err);
}

int
entry_doubt(struct entry *e, struct error *err)
{
	if (e->is_doubted)
		return 0; /* in this attempt */
	if (!e->is_ahead &&
	    (entry_put_doubt(e, err) < 0 || entry_sync(e, err) < 0)) {
		head_put_cells(e, &e->cells);
		return -1;
	}
	e->is_ahead = false;
	e->cells.is_in_doubt = e->is_doubted = true;
	return 0;
}

/* Syncs those of the list that are not NULL; is_safe tells where that went
 * well. */
static void
entry_sync_all(struct entry *const *list, bool *is_safe, size_t count,
    struct syncer *syncer)
{
	int fds[SYNCER_MAX] = { 0 }, errors[SYNCER_MAX] = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (list[i])
			fds[n++] = list[i]->fd;
	syncer_run(syncer, fds, errors, n);
	n = 0;
	for (size_t i = 0; i < count; i++)
		is_safe[i] = list[i] && !errors[n++];
}

void
entry_doubt_ahead(
    struct entry *const *list, size_t count, struct syncer *syncer)
{
	struct entry *put[SYNCER_MAX] = { NULL };
	bool is_safe[SYNCER_MAX] = { false };

	for (size_t i = 0; i < count; i++) {
		AUTO(error) struct error err = ERROR_INIT;

		/* entry_doubt() will say what is wrong */
		if (!list[i]->is_doubted && !list[i]->is_ahead &&
		    entry_put_doubt(list[i], &err) == 0)
			put[i] = list[i];
	}
	entry_sync_all(put, is_safe, count, syncer);
	for (size_t i = 0; i < count; i++)
		if (is_safe[i])
			list[i]->is_ahead = true;
		else if (!list[i]->is_doubted && !list[i]->is_ahead)
			head_put_cells(list[i], &list[i]->cells);
}

/* --- verdicts ------------------------------------------------------------- */

static bool
entry_anybody_in_doubt(const struct envelope *env)
{
	for (size_t i = 0; i < env->count; i++)
		if (env->rcpts[i].why.kind == ERR_IN_DOUBT &&
		    env->rcpts[i].fate != FATE_SENT)
			return true;
	return false;
}

static bool
entry_stays_in_doubt(const struct entry *e, const struct envelope *env)
{
	return e->cells.is_in_doubt && entry_anybody_in_doubt(env);
}

/* Octets first..end of the block were changed. */
static void
entry_touch(struct entry *e, size_t first, size_t end)
{
	if (!e->unsafe_end || first < e->unsafe_first)
		e->unsafe_first = first;
	if (end > e->unsafe_end)
		e->unsafe_end = end;
}

/* The verdicts, in memory. */
static void
entry_rule(struct entry *e, const struct envelope *env, bool with_failures)
{
	if (e->cells.is_in_doubt && !entry_stays_in_doubt(e, env)) {
		struct entry_cells cells = e->cells; /* next_s: before it */

		cells.is_in_doubt = false;
		head_put_cells(e, &cells);
		entry_touch(e, HEAD_MAGIC_LEN, head_at(HEAD_DOUBT, NULL) + 1);
	}
	for (size_t i = 0; i < e->rcpt_count && i < env->count; i++) {
		size_t at = e->verdicts[i];
		char verdict = 'N';

		if (env->rcpts[i].fate == FATE_SENT)
			verdict = 'D';
		else if (env->rcpts[i].fate == FATE_FAIL && with_failures)
			verdict = 'X';
		if (verdict == 'N' || e->head.data[at] != 'N')
			continue;
		e->head.data[at] = verdict;
		entry_touch(e, at, at + 1);
	}
}

/* One write: what lies between is what it was. */
static int
entry_put_unsafe(struct entry *e, struct error *err)
{
	return entry_put(e, e->unsafe_first, e->unsafe_end, err);
}

static void
entry_settled(struct entry *e, const struct envelope *env)
{
	e->cells.is_in_doubt = entry_stays_in_doubt(e, env);
	e->is_doubted &= e->cells.is_in_doubt;
	e->unsafe_first = e->unsafe_end = 0;
}

int
entry_settle(struct entry *e, const struct envelope *env, bool with_failures,
    struct error *err)
{
	entry_undoubt(e);
	entry_rule(e, env, with_failures);
	if (!e->unsafe_end)
		return 0;
	if (entry_put_unsafe(e, err) < 0 || entry_sync(e, err) < 0)
		return -1;
	entry_settled(e, env);
	return 0;
}

void
entry_settle_ahead(struct entry *const *list,
    const struct envelope *const *envs, size_t count, struct syncer *syncer)
{
	struct entry *put[SYNCER_MAX] = { NULL };
	bool is_safe[SYNCER_MAX] = { false };

	for (size_t i = 0; i < count; i++) {
		AUTO(error) struct error err = ERROR_INIT;

		entry_undoubt(list[i]);
		entry_rule(list[i], envs[i], false);
		/* entry_settle() will say what is wrong */
		if (list[i]->unsafe_end && entry_put_unsafe(list[i], &err) == 0)
			put[i] = list[i];
	}
	entry_sync_all(put, is_safe, count, syncer);
	for (size_t i = 0; i < count; i++)
		if (is_safe[i])
			entry_settled(list[i], envs[i]);
}

bool
entry_is_over(const struct entry *e)
{
	for (size_t i = 0; i < e->rcpt_count; i++)
		if (e->head.data[e->verdicts[i]] == 'N')
			return false;
	return true;
}

int
entry_revive(struct entry *e, struct error *err)
{
	size_t first = SIZE_MAX, end = 0;

	for (size_t i = 0; i < e->rcpt_count; i++) {
		size_t at = e->verdicts[i];

		if (e->head.data[at] != 'X')
			continue;
		e->head.data[at] = 'N';
		first = at < first ? at : first;
		end = at + 1;
	}
	if (!end)
		return 0;
	return entry_put(e, first, end, err) < 0 ? -1 : entry_sync(e, err);
}

int
entry_set_cells(
    struct entry *e, const struct entry_cells *cells, struct error *err)
{
	bool is_in_doubt = e->cells.is_in_doubt;

	e->cells = *cells;
	e->cells.is_in_doubt = is_in_doubt;
	head_put_cells(e, &e->cells);
	return entry_put(e, HEAD_MAGIC_LEN, head_at(HEAD_DOUBT, NULL), err);
}

void
entry_keep(struct entry *e)
{
	/* the lock is that of all descriptors that were made of this one */
	(void)fcntl(e->fd, F_DUPFD_CLOEXEC, 0); /* one more attempt, else */
}
