/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail/mime.h"

#include <string.h>

#include "base/text.h"

/* Octets of a line that are kept to see whether it is a delimiter: dashes,
 * boundary, dashes, and some blanks. */
#define MIME_CANDIDATE_MAX (MIME_BOUNDARY_MAX + 100)

void
mime_walk_init(struct mime_walk *w, const struct mime_events *events, void *ctx)
{
	*w = (struct mime_walk){
		.events = events,
		.ctx = ctx,
		.head = BUF_INIT(MIME_HEAD_MAX),
		.line = BUF_INIT(MIME_HEAD_MAX),
		.is_at_start = true,
	};
}

void
mime_walk_release(struct mime_walk *w)
{
	if (!w)
		return;
	buf_release(&w->head);
	buf_release(&w->line);
}

/* --- telling -------------------------------------------------------------- */

static int
mime_tell(struct mime_walk *w, const char *p, size_t len, struct error *err)
{
	if (!len)
		return 0;
	if (w->state == MIME_IN_CONTENT)
		return w->events->content(w->ctx, p, len, err);
	return w->events->frame(w->ctx, MIME_MARGIN, p, len, err);
}

/* The line end that was held back is no delimiter's. */
static int
mime_tell_end(struct mime_walk *w, struct error *err)
{
	size_t len = strlen(w->end);
	char end[sizeof(w->end)];

	memcpy(end, w->end, sizeof(end));
	w->end[0] = '\0';
	return mime_tell(w, end, len, err);
}

/* What comes next is the header of an entity. */
static void
mime_begin_head(struct mime_walk *w)
{
	buf_reset(&w->head);
	w->end[0] = '\0';
	w->state = MIME_IN_HEAD;
}

static void
mime_open(struct mime_walk *w, const struct mime_type *type)
{
	struct mime_level *level = &w->level[w->depth];

	if (type->kind == MIME_MULTIPART) {
		memcpy(level->boundary, type->boundary, type->boundary_len);
		level->boundary_len = type->boundary_len;
		level->is_digest = type->is_digest;
		level->number = w->entities - 1;
		w->depth++;
		w->nested = 0;
		w->state = MIME_IN_MARGIN;
	} else if (type->kind == MIME_MESSAGE) {
		w->nested++;
		mime_begin_head(w);
	} else {
		w->state = MIME_IN_CONTENT;
	}
}

/* The header is whole. */
static int
mime_end_head(struct mime_walk *w, const char *blank, struct error *err)
{
	bool is_in_digest =
	    w->depth && !w->nested && w->level[w->depth - 1].is_digest;
	struct mime_entity e = { .number = w->entities++,
		.is_message = w->nested > 0,
		.head = buf_str(&w->head),
		.head_len = w->head.len,
		.blank = blank };

	mime_type_read(&e.type, e.head, e.head_len, is_in_digest);
	if (w->head.is_full || (e.type.kind != MIME_LEAF &&
				   w->depth + w->nested >= MIME_DEPTH_MAX))
		e.type.kind = MIME_SEALED;
	if (w->events->head(w->ctx, &e, err) < 0)
		return -1;
	mime_open(w, &e.type);
	return 0;
}

/* --- delimiters ----------------------------------------------------------- */

/* Whether the line is "--boundary" or "--boundary--", and blanks. */
static bool
mime_is_delimiter(const struct mime_level *level, const char *line, size_t len,
    bool *is_close)
{
	size_t n = 2 + level->boundary_len;

	if (!level->boundary_len || len < n || memcmp(line, "--", 2) != 0 ||
	    memcmp(line + 2, level->boundary, level->boundary_len) != 0)
		return false;
	*is_close = len >= n + 2 && memcmp(line + n, "--", 2) == 0;
	n += *is_close ? 2 : 0;
	while (n < len && text_is_blank(line[n]))
		n++;
	return n == len;
}

/* All that is open ends here; a header without its empty line, too. */
static int
mime_close(struct mime_walk *w, struct error *err)
{
	while (w->state == MIME_IN_HEAD)
		if (mime_end_head(w, "", err) < 0)
			return -1;
	if (w->state == MIME_IN_CONTENT)
		return w->events->content_end(w->ctx, err);
	return 0;
}

static int
mime_meet_delimiter(
    struct mime_walk *w, size_t depth, bool is_close, struct error *err)
{
	if (mime_close(w, err) < 0 ||
	    (*w->end && w->events->frame(w->ctx, MIME_DELIMITER, w->end,
			    strlen(w->end), err) < 0) ||
	    w->events->frame(
		w->ctx, MIME_DELIMITER, w->line.data, w->line.len, err) < 0)
		return -1;
	w->end[0] = '\0';
	w->depth = depth;
	w->nested = 0;
	if (is_close) {
		w->level[depth - 1].boundary_len = 0;
		w->state = MIME_IN_MARGIN;
	} else {
		mime_begin_head(w);
	}
	return 0;
}

/* The line in w->line is whole; its end is still to come.  1 when it was a
 * delimiter, the innermost that fits. */
static int
mime_try_delimiter(struct mime_walk *w, struct error *err)
{
	bool is_close;

	for (size_t i = w->depth; i > 0; i--)
		if (mime_is_delimiter(&w->level[i - 1], buf_str(&w->line),
			w->line.len, &is_close))
			return mime_meet_delimiter(w, i, is_close, err) < 0 ? -1
									    : 1;
	return 0;
}

/* --- lines ---------------------------------------------------------------- */

/* What has been kept of a line is content, or margin, after all. */
static int
mime_let_go(struct mime_walk *w, struct error *err)
{
	w->is_holding = false;
	if (mime_tell_end(w, err) < 0 ||
	    mime_tell(w, buf_str(&w->line), w->line.len, err) < 0)
		return -1;
	buf_reset(&w->line);
	return 0;
}

/* A line of the header is whole, but for its end, which is given.  2 when it
 * is none that a header can have: then it is still there. */
static int
mime_head_line(struct mime_walk *w, const char *end, struct error *err)
{
	if (!w->line.len && *end)
		return mime_end_head(w, end, err);
	if (w->line.is_full ||
	    !mime_is_head_line(buf_str(&w->line), w->line.len, !w->head.len) ||
	    buf_reserve(&w->head, w->line.len + 2) < 0)
		return mime_end_head(w, "\n", err) < 0 ? -1 : 2;
	(void)buf_add(&w->head, buf_str(&w->line), w->line.len);
	(void)buf_add_str(&w->head, end);
	buf_reset(&w->line);
	return 0;
}

/* The line that was held has ended; a header's lines are all held. */
static int
mime_end_held(struct mime_walk *w, const char *end, struct error *err)
{
	w->is_holding = false;
	for (;;) {
		int rc = mime_try_delimiter(w, err);

		if (rc > 0) {
			buf_reset(&w->line);
			return w->events->frame(
			    w->ctx, MIME_DELIMITER, end, strlen(end), err);
		}
		if (rc == 0 && w->state != MIME_IN_HEAD)
			break;
		/* a line that ends one header may begin the next one's */
		if (rc == 0)
			rc = mime_head_line(w, end, err);
		if (rc != 2)
			return rc < 0 ? -1 : 0;
	}
	if (mime_let_go(w, err) < 0)
		return -1;
	memcpy(w->end, end, strlen(end) + 1);
	return 0;
}

static int
mime_end_line(struct mime_walk *w, const char *end, struct error *err)
{
	w->is_at_start = true;
	if (w->is_holding || w->state == MIME_IN_HEAD)
		return mime_end_held(w, end, err);
	if (mime_tell_end(w, err) < 0)
		return -1;
	memcpy(w->end, end, strlen(end) + 1);
	return 0;
}

/* A header that is too long, or a line in it, ends where it is. */
static int
mime_overflow(struct mime_walk *w, struct error *err)
{
	w->head.is_full = true;
	while (w->state == MIME_IN_HEAD)
		if (mime_end_head(w, "\n", err) < 0)
			return -1;
	return mime_let_go(w, err);
}

/* Octets of a line, none of them its end. */
static int
mime_add_text(struct mime_walk *w, const char *p, size_t len, struct error *err)
{
	if (!len)
		return 0;
	if (w->is_at_start) {
		w->is_at_start = false;
		w->is_holding =
		    w->state == MIME_IN_HEAD || (w->depth && *p == '-');
	}
	if (w->is_holding) {
		bool is_long = w->line.len + len > MIME_CANDIDATE_MAX;
		int rc = 0;

		if (w->state == MIME_IN_HEAD) {
			if (buf_add(&w->line, p, len) == 0)
				return 0;
			rc = mime_overflow(w, err);
		} else if (!is_long) {
			return buf_add(&w->line, p, len);
		} else {
			rc = mime_let_go(w, err);
		}
		return rc < 0 ? -1 : mime_tell(w, p, len, err);
	}
	if (mime_tell_end(w, err) < 0)
		return -1;
	return mime_tell(w, p, len, err);
}

/* --- the walk ------------------------------------------------------------- */

int
mime_walk_head(
    struct mime_walk *w, const char *head, size_t len, struct error *err)
{
	struct mime_entity e = { .number = w->entities++,
		.is_message = true,
		.head = head,
		.head_len = len,
		.blank = "\n" };

	mime_type_read(&e.type, head, len, false);
	if (w->events->head(w->ctx, &e, err) < 0)
		return -1;
	mime_open(w, &e.type);
	return 0;
}

/* The first CR or LF, or end.  *lf is the LF found last: it is searched for
 * again only when it has been passed, so that CRs cost nothing more. */
static const char *
mime_find_end(const char *p, const char *end, const char **lf)
{
	const char *cr;

	if (!*lf || *lf < p) {
		*lf = memchr(p, '\n', (size_t)(end - p));
		if (!*lf)
			*lf = end;
	}
	cr = memchr(p, '\r', (size_t)(*lf - p));
	return cr ? cr : *lf;
}

int
mime_walk_push(
    struct mime_walk *w, const char *p, size_t len, struct error *err)
{
	const char *end = p + len;
	const char *lf = NULL;

	while (p < end) {
		const char *from = p;
		char c;

		if (w->is_after_cr) {
			w->is_after_cr = false;
			p += *p == '\n';
			if (mime_end_line(w, p > from ? "\r\n" : "\r", err) < 0)
				return -1;
			continue;
		}
		p = mime_find_end(p, end, &lf);
		if (mime_add_text(w, from, (size_t)(p - from), err) < 0)
			return -1;
		if (p == end)
			break;
		c = *p++;
		w->is_after_cr = c == '\r';
		if (c == '\n' && mime_end_line(w, "\n", err) < 0)
			return -1;
	}
	return 0;
}

int
mime_walk_finish(struct mime_walk *w, struct error *err)
{
	if (w->is_after_cr && mime_end_line(w, "\r", err) < 0)
		return -1;
	w->is_after_cr = false;
	/* a last line without an end */
	if (!w->is_at_start && mime_end_line(w, "", err) < 0)
		return -1;
	if (w->state != MIME_IN_HEAD && mime_tell_end(w, err) < 0)
		return -1;
	return mime_close(w, err);
}
