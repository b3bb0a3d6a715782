/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/json.h"

#include <string.h>

#include "base/utf8.h"

static void
json_char(struct buf *out, const char *s, size_t len, uint32_t cp)
{
	if (cp == '"' || cp == '\\')
		(void)buf_printf(out, "\\%c", (char)cp);
	else if (cp < 0x20 || (cp < 0x10000 && utf8_is_format(cp)) ||
		 cp == 0x7f)
		(void)buf_printf(out, "\\u%04x", cp);
	else
		(void)buf_add(out, s, len);
}

/* How many octets at s are ASCII that stands for itself. */
static size_t
json_plain_run(const char *s)
{
	size_t n = 0;

	while (s[n] >= 0x20 && s[n] < 0x7f && s[n] != '"' && s[n] != '\\')
		n++;
	return n;
}

void
json_string(struct buf *out, const char *s)
{
	size_t len, n;

	if (!s) {
		(void)buf_add_str(out, "null");
		return;
	}
	(void)buf_add_char(out, '"');
	for (len = strlen(s); len; s += n, len -= n) {
		uint32_t cp;

		n = json_plain_run(s);
		if (n) {
			(void)buf_add(out, s, n);
			continue;
		}
		n = utf8_decode(s, len, &cp);
		if (n) {
			json_char(out, s, n, cp);
		} else {
			(void)buf_add_str(out, "\\ufffd");
			n = 1;
		}
	}
	(void)buf_add_char(out, '"');
}

void
json_name(struct buf *out, const char *name)
{
	if (out->len && !strchr("{[", out->data[out->len - 1]))
		(void)buf_add_char(out, ',');
	json_string(out, name);
	(void)buf_add_char(out, ':');
}
