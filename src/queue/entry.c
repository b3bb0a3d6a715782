/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "queue/entry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "queue/backoff.h"
#include "queue/entry_head.h"
#include "queue/entry_io.h"

/* Octets of one line of the log. */
#define ENTRY_LOG_MAX 1024
/* Octets of the log that are looked at for its last line. */
#define ENTRY_LOG_TAIL 2048

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

int
entry_failed(const struct entry *e, int os, struct error *err)
{
	return err_set_os(
	    err, ERR_QUEUE, os, _("cannot write to the queued mail %s"), e->id);
}

/* --- in place ------------------------------------------------------------- */

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

/* The time goes with the mark, in one write: who dies now leaves a mail that
 * is not tried again at once. */
int
entry_doubt(struct entry *e, struct error *err)
{
	struct entry_cells cells = e->cells;

	if (e->is_doubted)
		return 0; /* in this attempt */
	cells.next_s = time(NULL) + BACKOFF_DOUBT_S;
	cells.is_in_doubt = true;
	head_put_cells(e, &cells);
	if (entry_put_cells(e, err) < 0 || entry_sync(e, err) < 0) {
		head_put_cells(e, &e->cells);
		return -1;
	}
	e->cells.is_in_doubt = e->is_doubted = true;
	return 0;
}

static bool
entry_anybody_in_doubt(const struct envelope *env)
{
	for (size_t i = 0; i < env->count; i++)
		if (env->rcpts[i].why.kind == ERR_IN_DOUBT &&
		    env->rcpts[i].fate != FATE_SENT)
			return true;
	return false;
}

int
entry_settle(struct entry *e, const struct envelope *env, bool with_failures,
    struct error *err)
{
	size_t first = SIZE_MAX, end = 0;
	bool is_in_doubt = e->cells.is_in_doubt && entry_anybody_in_doubt(env);

	if (e->cells.is_in_doubt && !is_in_doubt) {
		struct entry_cells cells = e->cells; /* next_s: before it */

		cells.is_in_doubt = false;
		head_put_cells(e, &cells);
		first = HEAD_MAGIC_LEN;
		end = head_at(HEAD_DOUBT, NULL) + 1;
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
		first = at < first ? at : first;
		end = at + 1 > end ? at + 1 : end;
	}
	if (!end)
		return 0;
	/* one write: what lies between is what it was */
	if (entry_put(e, first, end, err) < 0 || entry_sync(e, err) < 0)
		return -1;
	e->cells.is_in_doubt = is_in_doubt;
	e->is_doubted &= is_in_doubt;
	return 0;
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

/* --- the log -------------------------------------------------------------- */

/* Adds the end of the line and writes it. */
static void
entry_log_line(struct entry *e, struct buf *line)
{
	(void)buf_add_char(line, '\n');
	/* losing it changes nothing */
	if (entry_pwrite(e->fd, line->data, line->len, e->size) == 0)
		e->size += (int64_t)line->len;
}

static void
entry_log_time(struct buf *line)
{
	time_t now = time(NULL);
	struct tm tm;
	char text[32] = "";

	if (gmtime_r(&now, &tm))
		(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	(void)buf_printf(line, "%s ", text);
}

void
entry_log(struct entry *e, const char *fmt, ...)
{
	AUTO(buf) struct buf line = BUF_INIT(4 * ENTRY_LOG_MAX);
	auto_free char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	entry_log_time(&line);
	text_escape(&line, text, strlen(text), ENTRY_LOG_MAX);
	entry_log_line(e, &line);
}

static const char *
entry_fate_word(const struct rcpt *r)
{
	if (r->why.kind == ERR_IN_DOUBT)
		return "in-doubt";
	return r->fate == FATE_SENT   ? "sent"
	       : r->fate == FATE_FAIL ? "failed"
				      : "deferred";
}

void
entry_log_verdicts(struct entry *e, const struct envelope *env)
{
	for (size_t i = 0; i < env->count && i < e->rcpt_count; i++) {
		const struct rcpt *r = &env->rcpts[i];

		if (r->fate == FATE_PENDING ||
		    (r->fate != FATE_DEFER && !r->why.kind &&
			!r->why.reply.code))
			continue; /* in an earlier attempt */
		if (r->why.reply.code)
			entry_log(e, "%s %s %d %s", entry_fate_word(r), r->addr,
			    r->why.reply.code,
			    r->why.reply.text ? r->why.reply.text : "");
		else
			entry_log(e, "%s %s %s", entry_fate_word(r), r->addr,
			    r->why.text ? r->why.text : "");
	}
}

char *
entry_last_log(const struct entry *e)
{
	char tail[ENTRY_LOG_TAIL];
	int64_t from = (int64_t)(e->head.len + e->message_size);
	ssize_t n;
	const char *lf;

	if (from < e->size - (int64_t)sizeof(tail))
		from = e->size - (int64_t)sizeof(tail);
	n = pread(e->fd, tail, sizeof(tail), from);
	if (n <= 1)
		return xstrdup("");
	n -= tail[n - 1] == '\n';
	lf = memrchr(tail, '\n', (size_t)n);
	lf = lf ? lf + 1 : tail;
	return xmemdupz(lf, (size_t)(tail + n - lf));
}

/* --- the end -------------------------------------------------------------- */

bool
entry_is_there(const struct entry *e)
{
	AUTO(error) struct error err = ERROR_INIT;
	int dir = queue_state_dir(e->queue, e->state, &err);
	struct stat own, named;

	return dir >= 0 && fstat(e->fd, &own) == 0 &&
	       fstatat(dir, e->id, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       own.st_dev == named.st_dev && own.st_ino == named.st_ino;
}

int
entry_remove(struct entry *e, struct error *err)
{
	int dir = queue_state_dir(e->queue, e->state, err);

	if (dir < 0)
		return -1;
	if (unlinkat(dir, e->id, 0) == 0 || errno == ENOENT)
		return 0;
	return err_set_os(err, ERR_QUEUE, errno,
	    _("cannot remove the queued mail %s"), e->id);
}

static int
entry_rename(struct queue *q, enum queue_state from, enum queue_state to,
    const char *id, struct error *err)
{
	int old = queue_state_dir(q, from, err);
	int new = old < 0 ? -1 : queue_state_dir(q, to, err);

	if (new < 0)
		return -1;
	if (renameat(old, id, new, id) < 0)
		return err_set_os(err, ERR_QUEUE, errno,
		    _("cannot move the queued mail %s"), id);
	return 0;
}

static int
entry_sync_both(
    struct queue *q, enum queue_state a, enum queue_state b, struct error *err)
{
	return queue_sync(q, a, err) < 0 || queue_sync(q, b, err) < 0 ? -1 : 0;
}

int
entry_shift(struct entry *e, enum queue_state state, struct error *err)
{
	if (state == e->state)
		return 0;
	if (entry_rename(e->queue, e->state, state, e->id, err) < 0)
		return -1;
	e->state = state;
	return 0;
}

int
entry_move(struct entry *e, enum queue_state state, struct error *err)
{
	enum queue_state from = e->state;

	if (entry_shift(e, state, err) < 0)
		return -1;
	return from == state ? 0 : entry_sync_both(e->queue, state, from, err);
}

int
entry_set_aside(
    struct queue *q, enum queue_state state, const char *id, struct error *err)
{
	return entry_rename(q, state, QUEUE_BAD, id, err) < 0
		   ? -1
		   : entry_sync_both(q, QUEUE_BAD, state, err);
}
