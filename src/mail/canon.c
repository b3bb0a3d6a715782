/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail/canon.h"

static void
canon_one(struct canon *c, char octet, struct buf *out)
{
	bool is_second = octet == '\n' && c->is_after_cr;

	c->is_after_cr = octet == '\r';
	if (octet == '\0')
		(void)buf_add_char(out, '?');
	else if (octet != '\r' && octet != '\n')
		(void)buf_add_char(out, octet);
	else if (!is_second)
		(void)buf_add(out, "\r\n", 2);
}

void
canon_add(struct canon *c, const char *p, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len; i++)
		canon_one(c, p[i], out);
}
