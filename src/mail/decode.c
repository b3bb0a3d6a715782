/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail/decode.h"

#include <stdint.h>
#include <string.h>

#include "base/base64.h"
#include "base/charset.h"
#include "base/text.h"
#include "base/xalloc.h"

/* Octets of a charset's name. */
#define DECODE_CHARSET_MAX 64

/* "=?charset?encoding?text?=" (RFC 2047 2), borrowed. */
struct decode_word {
	const char *charset;
	size_t charset_len;
	char encoding; /* 'B' or 'Q' */
	const char *text;
	size_t text_len;
	const char *end;
};

/* 0 for a name that no charset has: iconv reads more into some. */
static size_t
decode_charset_len(const char *p)
{
	size_t len = 0;

	while (text_is_alnum(p[len]) || (p[len] && strchr("-_.:+", p[len])))
		len++;
	return (p[len] == '?' || p[len] == '*') && len <= DECODE_CHARSET_MAX
		   ? len
		   : 0;
}

static bool
decode_find(const char *p, struct decode_word *w)
{
	if (strncmp(p, "=?", 2) != 0)
		return false;
	w->charset = p + 2;
	/* a language may follow (RFC 2231 5) */
	w->charset_len = decode_charset_len(w->charset);
	p = w->charset + strcspn(w->charset, "? \t");
	if (p[0] != '?' || !p[1] || p[2] != '?')
		return false;
	w->encoding = p[1];
	w->text = p + 3;
	w->text_len = strcspn(w->text, "? \t");
	p = w->text + w->text_len;
	w->end = p + 2;
	return p[0] == '?' && p[1] == '=' && w->charset_len;
}

static int
decode_hex(char c)
{
	if (text_is_digit(c))
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* RFC 2047 4.2 */
static int
decode_q(struct buf *out, const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int high, low;

		if (p[i] != '=') {
			(void)buf_add_char(out, p[i] == '_' ? ' ' : p[i]);
			continue;
		}
		if (len - i < 3)
			return -1;
		high = decode_hex(p[i + 1]);
		low = decode_hex(p[i + 2]);
		if (high < 0 || low < 0)
			return -1;
		(void)buf_add_char(out, (char)(high * 16 + low));
		i += 2;
	}
	return 0;
}

/* Appends what w means; false where it cannot be told. */
static bool
decode_word(const struct decode_word *w, struct buf *out)
{
	AUTO(buf) struct buf text = BUF_INIT(w->text_len);
	auto_free char *charset = xmemdupz(w->charset, w->charset_len);
	int rc = -1;

	if (w->encoding == 'B' || w->encoding == 'b')
		rc = base64_decode(&text, w->text, w->text_len);
	else if (w->encoding == 'Q' || w->encoding == 'q')
		rc = decode_q(&text, w->text, w->text_len);
	if (rc < 0 || !charset_to_utf8(&text, charset) ||
	    memchr(buf_str(&text), '\0', text.len))
		return false;
	(void)buf_add(out, buf_str(&text), text.len);
	return true;
}

char *
decode_text(const char *value)
{
	AUTO(buf) struct buf out = BUF_INIT(SIZE_MAX / 2);
	size_t word_end = SIZE_MAX; /* in out, of an encoded word */

	while (*value) {
		size_t blanks = strspn(value, " \t");
		size_t before = out.len;
		struct decode_word w;

		(void)buf_add(&out, value, blanks);
		value += blanks;
		if (decode_find(value, &w)) {
			/* blanks between two mean nothing (RFC 2047 6.2) */
			if (word_end == before)
				buf_truncate(&out, before);
			if (decode_word(&w, &out)) {
				word_end = out.len;
				value = w.end;
				continue;
			}
			if (word_end == before)
				(void)buf_add(&out, value - blanks, blanks);
		}
		if (*value) {
			(void)buf_add_char(&out, *value++);
			blanks = strcspn(value, " \t=");
			(void)buf_add(&out, value, blanks);
			value += blanks;
		}
	}
	return buf_detach(&out);
}
