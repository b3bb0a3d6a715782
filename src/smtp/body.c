/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "smtp/body.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/xalloc.h"

/* Octets encoded at a time: what comes out of them, twice as many at most,
 * fits behind a block that is almost full, and so does the end. */
#define BODY_PIECE (BODY_BLOCK / 4)
#define BODY_ROOM (BODY_BLOCK + 2 * BODY_PIECE + 16)

/* Octets looked at in one step. */
#define BODY_STEP 32

void
body_init(struct body *b,
    int (*write)(void *ctx, const char *p, size_t len, struct error *err),
    void *ctx)
{
	*b = (struct body){ .write = write, .ctx = ctx, .is_line_start = true };
	b->out = xmalloc(BODY_ROOM);
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

/*
 * Copies BODY_STEP octets and returns a bit for each that may be special.  One
 * comparison finds everything up to CR; what is none after all (tabs) is rare
 * enough to be looked at again.
 */
#ifdef __SSE2__
static inline unsigned
body_copy_step(char *out, const char *p)
{
	const __m128i limit = _mm_set1_epi8('\r');
	__m128i a = _mm_loadu_si128((const __m128i *)p);
	__m128i b = _mm_loadu_si128((const __m128i *)(p + 16));
	__m128i least = _mm_min_epu8(a, b);

	_mm_storeu_si128((__m128i *)out, a);
	_mm_storeu_si128((__m128i *)(out + 16), b);
	least = _mm_cmpeq_epi8(_mm_min_epu8(least, limit), least);
	if (__builtin_expect(!_mm_movemask_epi8(least), 1))
		return 0;
	a = _mm_cmpeq_epi8(_mm_min_epu8(a, limit), a);
	b = _mm_cmpeq_epi8(_mm_min_epu8(b, limit), b);
	return (unsigned)_mm_movemask_epi8(a) | (unsigned)_mm_movemask_epi8(b)
						    << 16;
}
#else
static inline unsigned
body_copy_step(char *out, const char *p)
{
	unsigned bits = 0;

	for (unsigned i = 0; i < BODY_STEP; i++) {
		out[i] = p[i];
		bits |= (unsigned)((unsigned char)p[i] <= '\r') << i;
	}
	return bits;
}
#endif

/*
 * Copies up to the first CR, LF or NUL; returns the octets copied.  out has
 * room for len octets, and all of it may be scribbled on: copying before
 * looking is what makes this fast.
 */
static inline size_t
body_copy_plain(char *out, const char *p, size_t len)
{
	size_t n = 0;

	for (; n + BODY_STEP <= len; n += BODY_STEP) {
		unsigned bits = body_copy_step(out + n, p + n);

		for (; __builtin_expect(bits, 0); bits &= bits - 1) {
			size_t at = n + (size_t)__builtin_ctz(bits);

			if (body_is_special(p[at]))
				return at;
		}
	}
	for (; n < len && !body_is_special(p[n]); n++)
		out[n] = p[n];
	return n;
}

/* Encodes all of it; out has room for twice as many octets. */
static void
body_fill(struct body *b, const char *p, const char *end)
{
	char *out = b->out + b->len;

	if (b->is_after_cr && *p == '\n')
		p++;
	b->is_after_cr = false;
	while (p < end) {
		size_t n;
		char c;

		if (*p == '.' && b->is_line_start && !b->is_exact)
			*out++ = '.';
		n = body_copy_plain(out, p, (size_t)(end - p));
		if (n)
			b->is_line_start = false;
		p += n;
		out += n;
		if (p == end)
			break;
		c = *p++;
		if (c == '\0') {
			*out++ = '?';
			b->is_line_start = false;
			continue;
		}
		*out++ = '\r';
		*out++ = '\n';
		b->is_line_start = true;
		if (c == '\r') {
			b->is_after_cr = p == end;
			p += p < end && *p == '\n';
		}
	}
	b->len = (size_t)(out - b->out);
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
		size_t n = (size_t)(end - p);

		if (n > BODY_PIECE)
			n = BODY_PIECE;
		body_fill(b, p, p + n);
		p += n;
		if (b->len >= BODY_BLOCK && body_hand_on(b, err) < 0)
			return -1;
	}
	return 0;
}

int
body_add_raw(struct body *b, const char *p, size_t len, struct error *err)
{
	while (len) {
		size_t n = len > BODY_PIECE ? BODY_PIECE : len;

		memcpy(b->out + b->len, p, n);
		b->len += n;
		p += n;
		len -= n;
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
	if (!b->is_exact) {
		memcpy(b->out + b->len, ".\r\n", 3);
		b->len += 3;
	}
	if (!b->len)
		return 0;
	return b->write(b->ctx, b->out, b->len, err);
}
