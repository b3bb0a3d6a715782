/* SPDX-License-Identifier: ISC */
/* The transcript of --debug. */
#include "config.h"

#include "io/stream.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"

/* A longer line is shown in pieces.  No reply that is read as one is longer, so
 * that a secret in it is in one piece where it is to be starred. */
#define TAP_LINE_MAX 16384

struct stream_tap {
	struct stream stream;
	tap_show *show;
	void *ctx;
	bool is_hidden;
	struct buf line[2]; /* begun lines: theirs, ours */
};

static void
tap_flush(struct stream_tap *t, bool is_ours)
{
	struct buf *line = &t->line[is_ours];
	size_t len = line->len;

	if (len && line->data[len - 1] == '\n')
		len--;
	if (len && line->data[len - 1] == '\r')
		len--;
	t->show(t->ctx, is_ours, buf_str(line), len);
	buf_reset(line);
}

static void
tap_pass(struct stream_tap *t, bool is_ours, const char *p, size_t len)
{
	struct buf *line = &t->line[is_ours];

	while (len) {
		const char *lf = memchr(p, '\n', len);
		size_t n = lf ? (size_t)(lf - p) + 1 : len;

		if (n > TAP_LINE_MAX - line->len)
			n = TAP_LINE_MAX - line->len;
		(void)buf_add(line, p, n);
		p += n;
		len -= n;
		if (line->len == TAP_LINE_MAX ||
		    line->data[line->len - 1] == '\n')
			tap_flush(t, is_ours);
	}
}

static ssize_t
tap_read(struct stream *stream, void *p, size_t len, struct error *err)
{
	struct stream_tap *t = (struct stream_tap *)stream;
	ssize_t n = stream_read(stream->below, p, len, err);

	if (n > 0)
		tap_pass(t, false, p, (size_t)n);
	return n;
}

static int
tap_write(struct stream *stream, const void *p, size_t len, struct error *err)
{
	struct stream_tap *t = (struct stream_tap *)stream;

	if (t->is_hidden) {
		char text[64];
		int n = snprintf(text, sizeof(text), "[%zu octets not shown]\n",
		    (len + 15) / 16 * 16);

		tap_pass(t, true, text, (size_t)n);
	} else {
		tap_pass(t, true, p, len);
	}
	return stream_write(stream->below, p, len, err);
}

static void
tap_free(struct stream *stream)
{
	struct stream_tap *t = (struct stream_tap *)stream;

	for (int side = 0; side < 2; side++) {
		if (t->line[side].len)
			tap_flush(t, side == 1);
		buf_release(&t->line[side]);
	}
	free(t);
}

static const struct stream_ops tap_ops = {
	"tap",
	tap_read,
	tap_write,
	tap_free,
};

struct stream *
stream_tap_new(struct stream *below, tap_show *show, void *ctx)
{
	struct stream_tap *t = xcalloc(1, sizeof(*t));

	t->stream.ops = &tap_ops;
	t->stream.below = below;
	t->show = show;
	t->ctx = ctx;
	buf_init(&t->line[0], TAP_LINE_MAX);
	buf_init(&t->line[1], TAP_LINE_MAX);
	return &t->stream;
}

void
stream_tap_hide(struct stream *s, bool is_hidden)
{
	if (s->ops == &tap_ops)
		((struct stream_tap *)s)->is_hidden = is_hidden;
}
