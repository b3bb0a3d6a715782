/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/redact.h"

#include <stdbool.h>
#include <string.h>

#include "base/base64.h"
#include "base/xalloc.h"

void
redact_release(struct redact *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->count; i++)
		secret_release(&r->items[i].forms);
	free(r->items);
	*r = (struct redact)REDACT_INIT;
}

/* Appends the base64 of data as it stands behind shift other octets: those
 * digits that depend on data alone.  all: with the last one, and padding. */
static void
redact_code(
    struct buf *out, const char *data, size_t len, size_t shift, bool is_all)
{
	static const char before[2] = "";
	AUTO(buf) struct buf text = BUF_INIT(shift + len);
	AUTO(buf) struct buf coded = BUF_INIT((shift + len + 2) / 3 * 4);
	size_t from = (shift * 8 + 5) / 6, to = (shift + len) * 8 / 6;

	/* all at once: growing would leave copies behind */
	(void)buf_reserve(&text, text.max);
	(void)buf_reserve(&coded, coded.max);
	(void)buf_add(&text, before, shift);
	(void)buf_add(&text, data, len);
	(void)base64_encode(&coded, text.data, text.len);
	(void)buf_add(out, coded.data + from, (is_all ? coded.len : to) - from);
	secret_wipe(text.data, text.cap);
	secret_wipe(coded.data, coded.cap);
}

void
redact_add(struct redact *r, const char *data, size_t len)
{
	AUTO(buf) struct buf forms = BUF_INIT(len + 4 * (len / 3 * 4 + 8));
	struct redact_item *item;

	if (len < REDACT_MIN)
		return;
	r->items = xreallocarray(r->items, r->count + 1, sizeof(*r->items));
	item = &r->items[r->count++];
	*item = (struct redact_item){ .forms = SECRET_INIT };
	(void)buf_reserve(&forms, forms.max);
	(void)buf_add(&forms, data, len);
	item->end[0] = forms.len;
	for (size_t i = 1; i < REDACT_FORMS; i++) {
		redact_code(&forms, data, len, i > 2 ? i - 2 : 0, i == 1);
		item->end[i] = forms.len;
	}
	secret_set(&item->forms, forms.data, forms.len);
	secret_wipe(forms.data, forms.cap);
}

static void
redact_form(const char *form, size_t form_len, char *s, size_t len)
{
	char *at = s, *end = s + len;

	while ((at = memmem(at, (size_t)(end - at), form, form_len))) {
		memset(at, '*', form_len);
		at += form_len;
	}
}

void
redact_apply(const struct redact *r, char *s, size_t len)
{
	/* the last first: it may hold others, and what they leave of it */
	for (size_t i = r->count; i-- > 0;) {
		const struct redact_item *item = &r->items[i];
		size_t from = 0;

		for (size_t f = 0; f < REDACT_FORMS; f++) {
			if (item->end[f] - from >= REDACT_MIN)
				redact_form(item->forms.data + from,
				    item->end[f] - from, s, len);
			from = item->end[f];
		}
	}
}

void
redact_error(const struct redact *r, struct error *err)
{
	if (err->detail)
		redact_apply(r, err->detail, strlen(err->detail));
	if (err->reply.text)
		redact_apply(r, err->reply.text, strlen(err->reply.text));
}
