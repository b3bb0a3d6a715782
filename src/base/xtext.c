/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/xtext.h"

#include <string.h>

#include "base/utf8.h"

/* xchar (RFC 3461 4) */
static bool
xtext_is_plain(char c)
{
	return c > ' ' && c < 0x7f && c != '+' && c != '=';
}

void
xtext_add(struct buf *out, const char *s)
{
	for (; *s; s++)
		if (xtext_is_plain(*s))
			(void)buf_add_char(out, *s);
		else
			(void)buf_printf(out, "+%02X", (unsigned char)*s);
}

static int
xtext_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void
xtext_decode(struct buf *out, const char *s)
{
	for (; *s; s++) {
		int high = *s == '+' ? xtext_digit(s[1]) : -1;
		int low = high < 0 ? -1 : xtext_digit(s[2]);

		if (low < 0) {
			(void)buf_add_char(out, *s);
			continue;
		}
		(void)buf_add_char(out, (char)(high * 16 + low));
		s += 2;
	}
}

void
xtext_add_utf8(struct buf *out, const char *s, bool is_utf8)
{
	size_t len = strlen(s);

	while (len) {
		uint32_t cp;
		size_t n = utf8_decode(s, len, &cp);

		if (!n)
			n = 1;
		if ((cp < 0x80 && xtext_is_plain(*s) && *s != '\\') ||
		    (cp >= 0x80 && is_utf8))
			(void)buf_add(out, s, n);
		else
			(void)buf_printf(out, "\\x{%X}", (unsigned)cp);
		s += n;
		len -= n;
	}
}
