/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail/scan.h"

#include <string.h>

/* Any octet over 127: eight at a time, without a branch for each. */
static bool
scan_has_8bit(const char *p, size_t len)
{
	const uint64_t high = UINT64_C(0x8080808080808080);
	uint64_t a = 0, b = 0, word[4];
	size_t i = 0;

	for (; i + sizeof(word) <= len; i += sizeof(word)) {
		memcpy(word, p + i, sizeof(word));
		a |= word[0] | word[1];
		b |= word[2] | word[3];
	}
	for (; i < len; i++)
		a |= (unsigned char)p[i];
	return ((a | b) & high) != 0;
}

static void
scan_end_line(struct scan *s)
{
	if (s->line > s->traits.longest_line)
		s->traits.longest_line = s->line;
	s->traits.wire_size += s->line + 2;
	s->traits.lines++;
	s->line = 0;
}

static const char *
scan_find(const char *p, const char *end, char c)
{
	const char *found = memchr(p, c, (size_t)(end - p));

	return found ? found : end;
}

/* Lines that end in LF, without any CR: most of what ever comes. */
static void
scan_plain_lines(struct scan *s, const char *p, const char *lf, const char *end)
{
	for (; lf < end; lf = scan_find(p, end, '\n')) {
		s->line += (uint64_t)(lf - p);
		scan_end_line(s);
		p = lf + 1;
	}
	s->line += (uint64_t)(end - p);
}

/*
 * A CR ends its line at once; the octet behind it tells whether it was bare.
 * Each of the two marks is searched for again only when it has been passed, so
 * that the pass stays linear for any mixture.
 */
static void
scan_lines(struct scan *s, const char *p, const char *end)
{
	const char *lf = scan_find(p, end, '\n');
	const char *cr = scan_find(p, end, '\r');

	if (cr == end && !s->is_after_cr) {
		scan_plain_lines(s, p, lf, end);
		return;
	}
	while (p < end) {
		const char *stop = lf < cr ? lf : cr;

		if (s->is_after_cr && *p != '\n')
			s->traits.has_bare_cr = true;
		if (!s->is_after_cr || p != lf) {
			s->line += (uint64_t)(stop - p);
			if (stop < end)
				scan_end_line(s);
			s->is_after_cr = stop == cr && stop < end;
		} else {
			s->is_after_cr = false;
		}
		p = stop < end ? stop + 1 : end;
		if (lf < p)
			lf = scan_find(p, end, '\n');
		if (cr < p)
			cr = scan_find(p, end, '\r');
	}
}

void
scan_push(struct scan *s, const char *p, size_t len)
{
	if (!len)
		return;
	if (!s->traits.has_8bit)
		s->traits.has_8bit = scan_has_8bit(p, len);
	if (!s->traits.has_nul)
		s->traits.has_nul = memchr(p, '\0', len) != NULL;
	scan_lines(s, p, p + len);
}

void
scan_finish(struct scan *s)
{
	if (s->is_after_cr)
		s->traits.has_bare_cr = true;
	s->is_after_cr = false;
	if (s->line)
		scan_end_line(s);
}
