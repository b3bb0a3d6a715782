/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "smtp/body.h"

#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

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

/* The same for all octets up to CR: one comparison finds what may be special,
 * and tabs are rare enough to be looked at again. */
static inline body_vec
body_suspects(body_vec x)
{
	return (body_vec)(x <= '\r');
}

static inline bool
body_any(body_vec found)
{
#ifdef __SSE2__
	return _mm_movemask_epi8((__m128i)found) != 0;
#else
	return (((body_pair)found)[0] | ((body_pair)found)[1]) != 0;
#endif
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
#ifdef __SSE2__
	unsigned bits = (unsigned)_mm_movemask_epi8((__m128i)found);

	return (size_t)__builtin_ctz(bits | 1U << 16);
#else
	body_pair pair = (body_pair)found;

	if (pair[0])
		return body_first(pair[0]);
	return pair[1] ? 8 + body_first(pair[1]) : 16;
#endif
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

	for (; n + 2 * sizeof(body_vec) <= len; n += 2 * sizeof(body_vec)) {
		body_vec a, b;
		size_t at;

		memcpy(&a, p + n, sizeof(a));
		memcpy(&b, p + n + sizeof(a), sizeof(b));
		memcpy(out + n, &a, sizeof(a));
		memcpy(out + n + sizeof(a), &b, sizeof(b));
		if (!body_any(body_suspects(a) | body_suspects(b)))
			continue;
		at = body_first_of(body_specials(a));
		if (at == 16)
			at += body_first_of(body_specials(b));
		if (at < 32)
			return n + at;
	}
	for (; n < len && !body_is_special(p[n]); n++)
		out[n] = p[n];
	return n;
}

/* Encodes until the input ends or out holds a block; what was not encoded. */
static const char *
body_fill(struct body *b, const char *p, const char *end)
{
	char *out = b->out + b->len;
	const char *full = b->out + BODY_BLOCK;
	bool is_line_start = b->is_line_start;

	if (b->is_after_cr && *p == '\n')
		p++;
	b->is_after_cr = false;
	while (p < end && out < full) {
		size_t room, n;

		if (is_line_start && *p == '.')
			*out++ = '.';
		room = (size_t)(full - out) + 1;
		n = (size_t)(end - p) < room ? (size_t)(end - p) : room;
		n = body_copy_plain(out, p, n);
		is_line_start = is_line_start && !n;
		p += n;
		out += n;
		if (p == end || !body_is_special(*p))
			continue;
		is_line_start = *p != '\0';
		memcpy(out, is_line_start ? "\r\n" : "?", 2);
		out += 1 + is_line_start;
		if (*p++ == '\r') {
			b->is_after_cr = p == end;
			p += p < end && *p == '\n';
		}
	}
	b->is_line_start = is_line_start;
	b->len = (size_t)(out - b->out);
	return p;
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

int
body_add(struct body *b, const char *p, size_t len, struct error *err)
{
	const char *end = p + len;

	while (p < end) {
		p = body_fill(b, p, end);
		if (b->len >= BODY_BLOCK && body_hand_on(b, err) < 0)
			return -1;
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
	memcpy(b->out + b->len, ".\r\n", 3);
	b->len += 3;
	return b->write(b->ctx, b->out, b->len, err);
}
