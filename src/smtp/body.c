/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "smtp/body.h"

#include <stdint.h>
#include <string.h>

#include "base/xalloc.h"

/* What one step may write past BODY_BLOCK: an octet behind a doubled dot, a
 * line end, the final dot. */
#define BODY_SLACK 16

/* 16 octets, which compilers turn into whatever the processor has. */
typedef unsigned char body_vec __attribute__((vector_size(16)));
typedef uint64_t body_pair __attribute__((vector_size(16)));

void
body_init(struct body *b,
    int (*write)(void *ctx, const char *p, size_t len, struct error *err),
    void *ctx)
{
	*b = (struct body){ .write = write, .ctx = ctx, .is_line_start = true };
	b->out = xmalloc(BODY_BLOCK + BODY_SLACK);
}

void
body_release(struct body *b)
{
	if (!b)
		return;
	free(b->out);
	b->out = NULL;
}

static inline bool
body_is_special(char c)
{
	return c == '\n' || c == '\r' || c == '\0';
}

/* All ones where x holds CR, LF or NUL. */
static inline body_vec
body_specials(body_vec x)
{
	return (body_vec)((x == '\n') | (x == '\r') | (x == 0));
}

/* The first octet in memory of a word that is not 0. */
static inline size_t
body_first(uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return (size_t)__builtin_ctzll(word) / 8;
#else
	return (size_t)__builtin_clzll(word) / 8;
#endif
}

/* The first octet that is set in 16; 16 when none is. */
static inline size_t
body_first_of(body_vec found)
{
	body_pair pair = (body_pair)found;

	if (pair[0])
		return body_first(pair[0]);
	return pair[1] ? 8 + body_first(pair[1]) : 16;
}

/*
 * Copies up to the first CR, LF or NUL; returns the octets copied.  out has
 * room for len octets, and all of it may be scribbled on: copying before
 * looking is what makes this fast.
 */
static inline size_t
body_copy_plain(char *out, const char *p, size_t len)
{
	size_t n = 0;

	for (; len - n >= 2 * sizeof(body_vec); n += 2 * sizeof(body_vec)) {
		body_vec a, b, in_a, in_b;
		body_pair any;

		memcpy(&a, p + n, sizeof(a));
		memcpy(&b, p + n + sizeof(a), sizeof(b));
		memcpy(out + n, &a, sizeof(a));
		memcpy(out + n + sizeof(a), &b, sizeof(b));
		in_a = body_specials(a);
		in_b = body_specials(b);
		any = (body_pair)(in_a | in_b);
		if (any[0] | any[1]) {
			size_t at = body_first_of(in_a);

			return n + (at < 16 ? at : 16 + body_first_of(in_b));
		}
	}
	for (; n < len && !body_is_special(p[n]); n++)
		out[n] = p[n];
	return n;
}

/* Hands on one block; what lies behind it moves to the front. */
static int
body_hand_on(struct body *b, struct error *err)
{
	if (b->write(b->ctx, b->out, BODY_BLOCK, err) < 0)
		return -1;
	b->len -= BODY_BLOCK;
	memcpy(b->out, b->out + BODY_BLOCK, b->len);
	return 0;
}

/* One CR, LF or NUL. */
static inline void
body_put_special(struct body *b, char c)
{
	if (c == '\0') {
		b->out[b->len++] = '?';
		b->is_line_start = false;
		return;
	}
	b->out[b->len++] = '\r';
	b->out[b->len++] = '\n';
	b->is_line_start = true;
	b->is_after_cr = c == '\r';
}

int
body_add(struct body *b, const char *p, size_t len, struct error *err)
{
	const char *end = p + len;

	while (p < end) {
		size_t room, n;

		if (b->len >= BODY_BLOCK && body_hand_on(b, err) < 0)
			return -1;
		if (b->is_after_cr) {
			b->is_after_cr = false;
			if (*p == '\n') {
				p++;
				continue;
			}
		}
		if (b->is_line_start && *p == '.')
			b->out[b->len++] = '.';
		room = BODY_BLOCK + 1 - b->len;
		n = (size_t)(end - p) < room ? (size_t)(end - p) : room;
		n = body_copy_plain(b->out + b->len, p, n);
		p += n;
		b->len += n;
		if (n)
			b->is_line_start = false;
		if (p < end && body_is_special(*p))
			body_put_special(b, *p++);
	}
	return 0;
}

int
body_end_line(struct body *b, struct error *err)
{
	if (!b->is_line_start && body_add(b, "\n", 1, err) < 0)
		return -1;
	b->is_after_cr = false;
	return 0;
}

int
body_end(struct body *b, struct error *err)
{
	if (body_end_line(b, err) < 0)
		return -1;
	if (b->len >= BODY_BLOCK && body_hand_on(b, err) < 0)
		return -1;
	memcpy(b->out + b->len, ".\r\n", 3);
	b->len += 3;
	return b->write(b->ctx, b->out, b->len, err);
}
