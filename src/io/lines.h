/* SPDX-License-Identifier: ISC */
/* Lines from a stream, bounded.  A line ends at LF; one CR before it goes too
 * (servers that end replies with a bare LF exist). */
#ifndef IO_LINES_H
#define IO_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "io/stream.h"

struct lines {
	struct stream **in; /* the slot that holds the top of the stack, so
			     * that a layer pushed in between is seen */
	struct buf held;    /* read but not yet given out */
	size_t given;       /* octets of held already given out */
	size_t line_max;    /* octets in a line, its end not counted */
	bool is_bare;       /* the last line given out ended in LF alone */
};

void lines_init(struct lines *l, struct stream **in, size_t line_max);
void lines_release(struct lines *l);

/* 1 with *line (borrowed until the next call; NUL-terminated, may hold NULs)
 * and *len; 0 at the end of the stream with nothing begun; -1 with ERR_LOST
 * when the stream ends inside a line, ERR_PROTOCOL for a line that is too
 * long, or what the stream said. */
int lines_next(
    struct lines *l, const char **line, size_t *len, struct error *err);
/* Whether octets are held that have not been given out: at a point where the
 * server must wait for us, somebody spoke out of turn. */
bool lines_pending(const struct lines *l);

#endif
