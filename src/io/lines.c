/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "io/lines.h"

#include <string.h>

#include "base/i18n.h"

#define LINES_BLOCK 4096

void
lines_init(struct lines *l, struct stream **in, size_t line_max)
{
	l->in = in;
	/* a line, its end, and what one more read may bring */
	buf_init(&l->held, line_max + 2 + LINES_BLOCK);
	l->given = 0;
	l->line_max = line_max;
	l->is_bare = false;
}

void
lines_release(struct lines *l)
{
	if (l)
		buf_release(&l->held);
}

/* Reads once; 1, 0 at the end, -1. */
static int
lines_fill(struct lines *l, struct error *err)
{
	ssize_t n;

	if (l->given) {
		buf_consume(&l->held, l->given);
		l->given = 0;
	}
	/* Cannot pass the ceiling: see lines_init and lines_next. */
	(void)buf_reserve(&l->held, LINES_BLOCK);
	n = stream_read(*l->in, l->held.data + l->held.len, LINES_BLOCK, err);
	if (n <= 0)
		return (int)n;
	buf_grown(&l->held, (size_t)n);
	return 1;
}

static int
lines_too_long(const struct lines *l, struct error *err)
{
	return err_set(err, ERR_PROTOCOL,
	    _("the server sent a line longer than %zu octets"), l->line_max);
}

int
lines_next(struct lines *l, const char **line, size_t *len, struct error *err)
{
	for (;;) {
		size_t have = l->held.len - l->given;
		char *start = have ? l->held.data + l->given : NULL;
		char *lf = have ? memchr(start, '\n', have) : NULL;
		size_t n = lf ? (size_t)(lf - start) : have;
		int rc;

		if (lf) {
			l->given += n + 1;
			l->is_bare = !(n && start[n - 1] == '\r');
			if (!l->is_bare)
				n--;
		}
		if (n > l->line_max + !lf)
			return lines_too_long(l, err);
		if (lf) {
			start[n] = '\0';
			*line = start;
			*len = n;
			return 1;
		}
		rc = lines_fill(l, err);
		if (rc == 0 && have)
			return err_set(err, ERR_LOST,
			    _("the server closed the connection in the middle "
			      "of a line"));
		if (rc <= 0)
			return rc;
	}
}

bool
lines_pending(const struct lines *l)
{
	return l->given < l->held.len;
}
