/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/width.h"

#include <string.h>
#include <wchar.h>

#include "base/i18n.h"
#include "base/utf8.h"

size_t
width_of(const char *s)
{
	size_t len = strlen(s), columns = 0;

	i18n_begin(); /* for wcwidth() */
	while (len) {
		uint32_t cp;
		size_t n = 1;
		int width = 1;

		if ((unsigned char)*s >= 0x80) {
			n = utf8_decode(s, len, &cp);
			width = n ? wcwidth((wchar_t)cp) : 1;
			n = n ? n : 1;
		}
		columns += width < 0 ? 1 : (size_t)width;
		s += n;
		len -= n;
	}
	return columns;
}

static void
width_fill(struct buf *out, const char *s, size_t columns)
{
	for (size_t n = width_of(s); n < columns; n++)
		(void)buf_add_char(out, ' ');
}

void
width_pad(struct buf *out, const char *s, size_t columns)
{
	(void)buf_add_str(out, s);
	width_fill(out, s, columns);
}

void
width_pad_left(struct buf *out, const char *s, size_t columns)
{
	width_fill(out, s, columns);
	(void)buf_add_str(out, s);
}
