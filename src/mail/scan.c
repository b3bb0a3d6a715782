/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail/scan.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Octets looked at in one step: a bit each. */
#define SCAN_STEP 64

/*
 * scan_step() returns a bit for each CR or LF.  What it need not know the place
 * of is summed up: all bits that any octet has, and the least octet.
 */
#ifdef __SSE2__
struct scan_sum {
	__m128i bits, least;
};

static inline void
scan_sum_begin(struct scan_sum *sum)
{
	sum->bits = _mm_setzero_si128();
	sum->least = _mm_set1_epi8((char)0xff);
}

static inline uint64_t
scan_step(struct scan_sum *sum, const char *p)
{
	const __m128i lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r');
	uint64_t ends = 0;

	for (int i = 0; i < SCAN_STEP; i += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(p + i));
		__m128i is_end =
		    _mm_or_si128(_mm_cmpeq_epi8(v, lf), _mm_cmpeq_epi8(v, cr));

		sum->bits = _mm_or_si128(sum->bits, v);
		sum->least = _mm_min_epu8(sum->least, v);
		ends |= (uint64_t)(unsigned)_mm_movemask_epi8(is_end) << i;
	}
	return ends;
}

static inline void
scan_sum_end(const struct scan_sum *sum, struct traits *traits)
{
	__m128i is_nul = _mm_cmpeq_epi8(sum->least, _mm_setzero_si128());

	traits->has_8bit = traits->has_8bit || _mm_movemask_epi8(sum->bits);
	traits->has_nul = traits->has_nul || _mm_movemask_epi8(is_nul);
}
#else
struct scan_sum {
	unsigned char bits, least;
};

static inline void
scan_sum_begin(struct scan_sum *sum)
{
	sum->bits = 0;
	sum->least = 0xff;
}

static inline uint64_t
scan_step(struct scan_sum *sum, const char *p)
{
	uint64_t ends = 0;

	for (int i = 0; i < SCAN_STEP; i++) {
		unsigned char c = (unsigned char)p[i];

		sum->bits |= c;
		sum->least = c < sum->least ? c : sum->least;
		ends |= (uint64_t)(c == '\n' || c == '\r') << i;
	}
	return ends;
}

static inline void
scan_sum_end(const struct scan_sum *sum, struct traits *traits)
{
	traits->has_8bit = traits->has_8bit || sum->bits & 0x80;
	traits->has_nul = traits->has_nul || !sum->least;
}
#endif

/*
 * A CR ends its line at once; an LF right behind it belongs to it.  Whether it
 * was bare shows at the next end of a line, or when all is over.
 */
static inline void
scan_end_line(struct scan *s, char c, uint64_t len)
{
	bool is_second = s->is_after_cr && c == '\n' && len == 0;

	if (s->is_after_cr && !is_second)
		s->traits.has_bare_cr = true;
	s->is_after_cr = c == '\r';
	if (is_second)
		return;
	if (len > s->traits.longest_line)
		s->traits.longest_line = len;
	s->traits.wire_size += len + 2;
	s->traits.lines++;
}

void
scan_push(struct scan *s, const char *p, size_t len)
{
	/* where the line began, before p perhaps: differences are right */
	uint64_t begin = -s->line;
	struct scan_sum sum;
	char last[SCAN_STEP];
	size_t n = 0;

	scan_sum_begin(&sum);
	for (; n < len; n += SCAN_STEP) {
		const char *at = p + n;
		uint64_t ends;

		if (len - n < SCAN_STEP) {
			memset(last, ' ', sizeof(last));
			at = memcpy(last, at, len - n);
		}
		ends = scan_step(&sum, at);
		for (; ends; ends &= ends - 1) {
			int i = __builtin_ctzll(ends);

			scan_end_line(s, at[i], n + (unsigned)i - begin);
			begin = n + (unsigned)i + 1;
		}
	}
	s->line = len - begin;
	scan_sum_end(&sum, &s->traits);
}

void
scan_append(struct scan *s, const struct scan *next)
{
	const struct traits *from = &next->traits;
	struct traits *to = &s->traits;

	to->has_8bit = to->has_8bit || from->has_8bit;
	to->has_nul = to->has_nul || from->has_nul;
	to->has_bare_cr = to->has_bare_cr || from->has_bare_cr;
	to->lines += from->lines;
	to->wire_size += from->wire_size;
	if (from->longest_line > to->longest_line)
		to->longest_line = from->longest_line;
	s->line = next->line;
	s->is_after_cr = next->is_after_cr;
}

void
scan_finish(struct scan *s)
{
	s->traits.has_bare_cr = s->traits.has_bare_cr || s->is_after_cr;
	s->is_after_cr = false;
	if (s->line)
		scan_end_line(s, '\n', s->line);
	s->line = 0;
}
