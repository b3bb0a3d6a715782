/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail/rewrite.h"

#include <string.h>

#include "base/xalloc.h"

int
rewrite_list(struct buf *out, const char *text, size_t len, rewrite_fn *change,
    void *ctx)
{
	AUTO(addr_list) struct addr_list list = ADDR_LIST_INIT;
	AUTO(addr_spans) struct addr_spans spans = { 0 };
	AUTO(buf) struct buf changed = BUF_INIT(HEADER_SIZE_MAX);
	AUTO(error) struct error err = ERROR_INIT;
	size_t done = 0;

	if (addr_parse_spans(&list, &spans, text, len, "header", &err) < 0)
		return -1;
	for (size_t i = 0; i < list.count; i++) {
		const struct addr_span *s = &spans.items[i];
		auto_free char *addr = change(ctx, list.items[i]);

		if (!addr)
			continue;
		(void)buf_add(&changed, text + done, s->at - done);
		(void)buf_add_str(&changed, addr);
		done = s->at + s->len;
	}
	if (!done || changed.is_full)
		return 0;
	(void)buf_add(out, changed.data, changed.len);
	(void)buf_add(out, text + done, len - done);
	return 1;
}

void
rewrite_field(struct message *m, size_t i, rewrite_fn *change, void *ctx)
{
	const struct field *f = &m->header.fields[i];
	AUTO(buf) struct buf whole = BUF_INIT(2 * HEADER_SIZE_MAX);
	AUTO(buf) struct buf changed = BUF_INIT(4 * HEADER_SIZE_MAX);

	header_emit(&m->header, f, &whole);
	(void)buf_add(&changed, whole.data, f->value);
	/* without the line's end */
	if (rewrite_list(&changed, whole.data + f->value,
		whole.len - f->value - 1, change, ctx) <= 0)
		return;
	(void)buf_add_char(&changed, '\n');
	/* where there is no room for it, it leaves as it came */
	(void)message_edit(m, i, buf_str(&changed));
}
