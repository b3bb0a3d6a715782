/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/text.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
#include "base/xalloc.h"

static char
text_lower_char(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool
text_caseeq(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if (text_lower_char(*a) != text_lower_char(*b))
			return false;
	return *a == *b;
}

bool
text_caseeq_n(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text_lower_char(a[i]) != text_lower_char(b[i]))
			return false;
	return true;
}

bool
text_has_caseprefix(const char *s, const char *prefix)
{
	for (; *prefix; s++, prefix++)
		if (text_lower_char(*s) != text_lower_char(*prefix))
			return false;
	return true;
}

void
text_lower(char *s)
{
	for (; *s; s++)
		*s = text_lower_char(*s);
}

/* Eight octets at a time (Warren, Hacker's Delight, 6-1). */
#define TEXT_EACH(octet) (UINT64_C(0x0101010101010101) * (octet))

static uint64_t
text_word(const char *s)
{
	uint64_t word;

	memcpy(&word, s, sizeof(word));
	return word;
}

/* Bit 7 of the octets that are no ASCII. */
static uint64_t
text_word_wide(uint64_t word)
{
	return word & TEXT_EACH(0x80);
}

/* Bit 7 of the control characters, and perhaps of octets above one. */
static uint64_t
text_word_controls(uint64_t word)
{
	uint64_t del = word ^ TEXT_EACH(0x7f);

	return (((word - TEXT_EACH(0x20)) & ~word) |
		   ((del - TEXT_EACH(1)) & ~del)) &
	       TEXT_EACH(0x80);
}

/* Whether look() finds something in s; a blank is nothing to any of them. */
static bool
text_look(const char *s, size_t len, uint64_t (*look)(uint64_t word))
{
	uint64_t found = 0;

	if (len < sizeof(found)) {
		char little[sizeof(found)] = "        ";

		for (size_t i = 0; i < len; i++)
			little[i] = s[i];
		return look(text_word(little));
	}
	for (size_t i = 0; i + sizeof(found) < len; i += sizeof(found))
		found |= look(text_word(s + i));
	/* the last word lies over the one before it */
	return found | look(text_word(s + len - sizeof(found)));
}

bool
text_is_ascii(const char *s, size_t len)
{
	return !text_look(s, len, text_word_wide);
}

bool
text_has_control(const char *s, size_t len)
{
	return text_look(s, len, text_word_controls);
}

char *
text_trim(char *s)
{
	size_t len;

	s += strspn(s, " \t\r\n");
	len = strlen(s);
	while (len && strchr(" \t\r\n", s[len - 1]))
		len--;
	s[len] = '\0';
	return s;
}

/* One octet as an escape that names it. */
static void
text_escape_octet(struct buf *out, unsigned char c)
{
	switch (c) {
	case '\n':
		(void)buf_add_str(out, "\\n");
		break;
	case '\r':
		(void)buf_add_str(out, "\\r");
		break;
	case '\t':
		(void)buf_add_str(out, "\\t");
		break;
	case '\\':
		(void)buf_add_str(out, "\\\\");
		break;
	default:
		(void)buf_printf(out, "\\x%02x", c);
	}
}

static bool
text_is_plain(uint32_t cp)
{
	return cp >= 0x20 && cp != '\\' && cp != 0x7f && !utf8_is_format(cp);
}

/* How many octets at s are ASCII that may stay, at most len. */
static size_t
text_plain_run(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && s[n] >= 0x20 && s[n] < 0x7f && s[n] != '\\')
		n++;
	return n;
}

void
text_escape(struct buf *out, const char *s, size_t len, size_t max)
{
	size_t end = out->len + max;
	size_t pos = 0;

	while (pos < len) {
		/* each may need four octets, of which one is enough then */
		size_t room = end > out->len + 3 ? end - out->len - 3 : 0;
		uint32_t cp;
		size_t n = text_plain_run(
		    s + pos, len - pos < room ? len - pos : room);

		if (n) {
			(void)buf_add(out, s + pos, n);
			pos += n;
			continue;
		}
		n = utf8_decode(s + pos, len - pos, &cp);
		if (out->len + 4 * (n ? n : 1) > end) {
			(void)buf_add_str(out, "...");
			return;
		}
		if (n && text_is_plain(cp)) {
			(void)buf_add(out, s + pos, n);
			pos += n;
			continue;
		}
		for (n = n ? n : 1; n; n--, pos++)
			text_escape_octet(out, (unsigned char)s[pos]);
	}
}

char *
text_escaped(const char *s)
{
	AUTO(buf) struct buf out = BUF_INIT(1024);

	text_escape(&out, s, strlen(s), 512);
	return buf_detach(&out);
}

static int
text_hex(char c)
{
	if (text_is_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What the escape at s stands for; *len: its octets, 0 for none. */
static char
text_unescape_octet(const char *s, size_t *len)
{
	static const char letters[] = "nrt\\", octets[] = "\n\r\t\\";
	const char *letter = s[1] ? strchr(letters, s[1]) : NULL;
	int high = s[1] == 'x' ? text_hex(s[2]) : -1;
	int low = high < 0 ? -1 : text_hex(s[3]);

	*len = letter ? 2 : 0;
	if (letter)
		return octets[letter - letters];
	if (low < 0 || !(high | low))
		return 0;
	*len = 4;
	return (char)(high * 16 + low);
}

void
text_unescape(char *s)
{
	char *to = s;

	while (*s) {
		size_t len = 0;
		char c = *s == '\\' ? text_unescape_octet(s, &len) : 0;

		*to++ = len ? c : *s;
		s += len ? len : 1;
	}
	*to = '\0';
}

#define TEXT_WORD_MAX 64

static bool
text_is_swapped(const char *a, const char *b)
{
	return text_lower_char(a[0]) == text_lower_char(b[1]) &&
	       text_lower_char(a[1]) == text_lower_char(b[0]);
}

/* Edit distance, where two letters that changed places are one mistake; words
 * longer than a row are far. */
static size_t
text_distance(const char *a, const char *b)
{
	size_t rows[3][TEXT_WORD_MAX + 1];
	size_t alen = strlen(a), blen = strlen(b);

	if (alen > TEXT_WORD_MAX || blen > TEXT_WORD_MAX)
		return TEXT_WORD_MAX;
	for (size_t j = 0; j <= blen; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= alen; i++) {
		size_t *row = rows[i % 3];
		const size_t *above = rows[(i - 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= blen; j++) {
			size_t best =
			    above[j - 1] + (text_lower_char(a[i - 1]) !=
					       text_lower_char(b[j - 1]));

			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 &&
			    text_is_swapped(a + i - 2, b + j - 2) &&
			    rows[(i - 2) % 3][j - 2] + 1 < best)
				best = rows[(i - 2) % 3][j - 2] + 1;
			row[j] = best;
		}
	}
	return rows[alen % 3][blen];
}

const char *
text_nearest(const char *word, const char *const *words, size_t count)
{
	size_t best = 2 + strlen(word) / 4;
	const char *found = NULL;

	for (size_t i = 0; i < count; i++) {
		size_t d = text_distance(word, words[i]);

		if (d < best) {
			best = d;
			found = words[i];
		}
	}
	return found;
}
