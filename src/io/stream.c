/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "io/stream.h"

ssize_t
stream_read(struct stream *s, void *p, size_t len, struct error *err)
{
	return s->ops->read(s, p, len, err);
}

int
stream_write(struct stream *s, const void *p, size_t len, struct error *err)
{
	return s->ops->write(s, p, len, err);
}

static struct stream *
stream_bottom(struct stream *s)
{
	while (s->below)
		s = s->below;
	return s;
}

void
stream_set_deadline(struct stream *s, int64_t deadline)
{
	struct stream *bottom = stream_bottom(s);

	bottom->deadline =
	    bottom->limit ? deadline_min(deadline, bottom->limit) : deadline;
}

void
stream_set_limit(struct stream *s, int64_t limit)
{
	struct stream *bottom = stream_bottom(s);

	bottom->limit = limit;
	stream_set_deadline(s, bottom->deadline);
}

void
stream_end(struct stream *s)
{
	for (; s; s = s->below)
		s->is_ending = true;
}

void
stream_free(struct stream *s)
{
	while (s) {
		struct stream *below = s->below;

		s->ops->free(s);
		s = below;
	}
}
