/* SPDX-License-Identifier: ISC */
/*
 * A growable string of octets with a ceiling.
 *
 * data is NULL or NUL-terminated at data[len]; it may hold NULs before that.
 * What would make it longer than max is refused whole: the function returns -1,
 * the contents stay as they were, and is_full becomes true and stays so until
 * buf_reset().  A caller may therefore add piece by piece and look once.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"

struct buf {
	char *data;
	size_t len; /* octets */
	size_t cap; /* octets allocated, including the final NUL */
	size_t max; /* ceiling for len, octets */
	bool is_full;
};

#define BUF_INIT(ceiling)                                                      \
	{                                                                      \
		NULL, 0, 0, (ceiling), false                                   \
	}

void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b);
AUTO_DEFINE(buf);

/* Empties b; keeps its memory. */
void buf_reset(struct buf *b);
int buf_add(struct buf *b, const void *p, size_t len);
int buf_add_str(struct buf *b, const char *s);
int buf_add_char(struct buf *b, char c);
int buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
int buf_vprintf(struct buf *b, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

/* Room for len more octets at b->data + b->len, for a caller that fills it
 * itself and then adds to b->len through buf_grown().  -1 past the ceiling. */
int buf_reserve(struct buf *b, size_t len);
void buf_grown(struct buf *b, size_t len);

/* Removes the first len octets. */
void buf_consume(struct buf *b, size_t len);
void buf_truncate(struct buf *b, size_t len);

/* The contents as a string, never NULL ("" when empty); borrowed. */
const char *buf_str(const struct buf *b);
/* The contents as a string the caller owns; b is empty afterwards. */
char *buf_detach(struct buf *b);

#endif
