/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/charset.h"

#include <iconv.h>
#include <stdint.h>

#include "base/utf8.h"

bool
charset_to_utf8(struct buf *text, const char *charset)
{
	/* three octets of UTF-8 for one are what charsets of one octet need,
	 * and others need less */
	AUTO(buf) struct buf out = BUF_INIT(4 * text->len + 16);
	char *from = text->data;
	size_t left = text->len;
	size_t room = out.max;
	iconv_t cd = iconv_open("UTF-8", charset);
	size_t rc;
	char *to;

	if (cd == (iconv_t)-1)
		return false;
	(void)buf_reserve(&out, room); /* its ceiling */
	to = out.data;
	rc = iconv(cd, &from, &left, &to, &room);
	if (rc != (size_t)-1)
		rc = iconv(cd, NULL, NULL, &to, &room);
	(void)iconv_close(cd); /* nothing is left in it */
	if (rc == (size_t)-1 || left)
		return false;
	buf_grown(&out, (size_t)(to - out.data));
	if (!utf8_is_valid(buf_str(&out), out.len))
		return false;
	text->len = 0;
	text->max = SIZE_MAX / 2;
	(void)buf_add(text, buf_str(&out), out.len);
	return true;
}
