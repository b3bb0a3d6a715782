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
