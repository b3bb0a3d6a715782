/* SPDX-License-Identifier: ISC */
/* The log at the end of a queue file. */
#include "config.h"

#include "queue/entry.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "queue/entry_io.h"

/* Octets of one line of the log. */
#define ENTRY_LOG_MAX 1024
/* Octets of the log that are looked at for its last line. */
#define ENTRY_LOG_TAIL 2048

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

	if (from >= e->size)
		return xstrdup("");
	if (from < e->size - (int64_t)sizeof(tail))
		from = e->size - (int64_t)sizeof(tail);
	n = entry_pread(e->fd, tail, sizeof(tail), from);
	if (n <= 1)
		return xstrdup("");
	n -= tail[n - 1] == '\n';
	lf = memrchr(tail, '\n', (size_t)n);
	lf = lf ? lf + 1 : tail;
	return xmemdupz(lf, (size_t)(tail + n - lf));
}
