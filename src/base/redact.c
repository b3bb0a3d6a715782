/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/redact.h"

#include <string.h>

#include "base/base64.h"
#include "base/xalloc.h"

void
redact_release(struct redact *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->count; i++)
		secret_release(&r->items[i]);
	free(r->items);
	*r = (struct redact)REDACT_INIT;
}

static void
redact_keep(struct redact *r, const char *data, size_t len)
{
	if (len < 3)
		return;
	r->items = xreallocarray(r->items, r->count + 1, sizeof(*r->items));
	r->items[r->count] = (struct secret)SECRET_INIT;
	secret_set(&r->items[r->count++], data, len);
}

void
redact_add(struct redact *r, const char *data, size_t len)
{
	AUTO(buf) struct buf coded = BUF_INIT(1 << 20);

	redact_keep(r, data, len);
	if (base64_encode(&coded, data, len) < 0)
		return;
	redact_keep(r, coded.data, coded.len);
	secret_wipe(coded.data, coded.len);
}

void
redact_apply(const struct redact *r, char *s, size_t len)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct secret *item = &r->items[i];
		char *at = s;
		char *end = s + len;

		while ((at = memmem(
			    at, (size_t)(end - at), item->data, item->len))) {
			memset(at, '*', item->len);
			at += item->len;
		}
	}
}
