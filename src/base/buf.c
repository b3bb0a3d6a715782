/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/xalloc.h"

/* Octets that are printed without a look at the heap. */
#define BUF_LITTLE 256

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf)BUF_INIT(max);
}

void
buf_release(struct buf *b)
{
	if (!b)
		return;
	free(b->data);
	buf_init(b, b->max);
}

void
buf_reset(struct buf *b)
{
	buf_truncate(b, 0);
	b->is_full = false;
}

int
buf_reserve(struct buf *b, size_t len)
{
	size_t need, cap;

	if (len > b->max - b->len) {
		b->is_full = true;
		return -1;
	}
	need = b->len + len + 1;
	if (need <= b->cap)
		return 0;
	cap = b->cap ? b->cap : 64;
	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : cap * 2;
	b->data = xrealloc(b->data, cap);
	b->cap = cap;
	b->data[b->len] = '\0';
	return 0;
}

void
buf_grown(struct buf *b, size_t len)
{
	b->len += len;
	b->data[b->len] = '\0';
}

int
buf_add(struct buf *b, const void *p, size_t len)
{
	if (buf_reserve(b, len) < 0)
		return -1;
	if (len)
		memcpy(b->data + b->len, p, len);
	buf_grown(b, len);
	return 0;
}

int
buf_add_str(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int
buf_add_char(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

/* Into the room there is; once more where that was not enough. */
int
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	auto_free char *s = NULL;
	char little[BUF_LITTLE];
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(little, sizeof(little), fmt, again);
	va_end(again);
	if (n >= 0 && (size_t)n < sizeof(little))
		return buf_add(b, little, (size_t)n);
	s = xvasprintf(fmt, ap);
	return buf_add_str(b, s);
}

int
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = buf_vprintf(b, fmt, ap);
	va_end(ap);
	return rc;
}

void
buf_consume(struct buf *b, size_t len)
{
	if (!len)
		return;
	memmove(b->data, b->data + len, b->len - len + 1);
	b->len -= len;
}

void
buf_truncate(struct buf *b, size_t len)
{
	if (len >= b->len)
		return;
	b->len = len;
	b->data[len] = '\0';
}

const char *
buf_str(const struct buf *b)
{
	return b->data ? b->data : "";
}

char *
buf_detach(struct buf *b)
{
	char *s = b->data ? b->data : xstrdup("");

	b->data = NULL;
	buf_release(b);
	return s;
}
