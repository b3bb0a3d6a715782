/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail/header.h"

#include <string.h>

static bool
header_is_resent(enum field_id id)
{
	return id >= FIELD_RESENT_FROM && id <= FIELD_RESENT_OTHER;
}

/* Fields that a resent block has once: another one begins another block. */
static bool
header_is_resent_once(enum field_id id)
{
	return id == FIELD_RESENT_FROM || id == FIELD_RESENT_SENDER ||
	       id == FIELD_RESENT_DATE || id == FIELD_RESENT_MESSAGE_ID;
}

void
header_resent_block(const struct header *h, size_t *first, size_t *end)
{
	bool seen[FIELD_COUNT] = { false };
	size_t i = 0;

	while (i < h->count && !header_is_resent(h->fields[i].id))
		i++;
	*first = i;
	for (; i < h->count && header_is_resent(h->fields[i].id); i++) {
		enum field_id id = h->fields[i].id;

		if (seen[id] && header_is_resent_once(id))
			break;
		seen[id] = true;
	}
	*end = i;
}

/* Octets at p that are a line end, however many CRs it has; at the very end
 * CRs alone are one too. */
static size_t
header_line_end(const char *p, const char *end)
{
	const char *q = p;

	while (q < end && *q == '\r')
		q++;
	if (q < end && *q != '\n')
		return 0;
	return (size_t)(q < end ? q + 1 - p : q - p);
}

void
header_unfold(const struct header *h, const struct field *f, struct buf *out)
{
	const char *p = h->text.data + f->at + f->value;
	const char *end = h->text.data + f->at + f->len;

	while (p < end) {
		size_t n = header_line_end(p, end);
		const char *from = p;

		p += n;
		if (n)
			continue;
		for (p++; p < end && *p != '\r' && *p != '\n'; p++)
			;
		(void)buf_add(out, from, (size_t)(p - from));
	}
}

void
header_emit(const struct header *h, const struct field *f, struct buf *out)
{
	const char *p = h->text.data + f->at;
	const char *end = p + f->len;

	if (f->edited) {
		(void)buf_add_str(out, f->edited);
		return;
	}
	if (!memchr(p, '\r', f->len) && !memchr(p, '\0', f->len)) {
		(void)buf_add(out, p, f->len);
		p = end;
	}
	while (p < end) {
		size_t n = header_line_end(p, end);

		if (n)
			(void)buf_add_char(out, '\n');
		else if (*p == '\r')
			(void)buf_add_char(out, ' ');
		else
			(void)buf_add_char(out, *p ? *p : '?');
		p += n ? n : 1;
	}
	if (out->len && out->data[out->len - 1] != '\n')
		(void)buf_add_char(out, '\n');
}
