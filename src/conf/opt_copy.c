/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/xalloc.h"
#include "conf/account.h"

static void
opt_copy_string(char **to, const char *from)
{
	xreplace(to, from ? xstrdup(from) : NULL);
}

void
opt_copy(struct account *to, const struct account *from, enum opt_id id)
{
	const struct opt_row *row = &opt_table[id];
	void *dst = (char *)to + row->field;
	const void *src = (const char *)from + row->field;

	switch (row->type) {
	case OPT_TYPE_STRING:
	case OPT_TYPE_NAME:
	case OPT_TYPE_COMMAND:
	case OPT_TYPE_PATH:
	case OPT_TYPE_FACILITY:
	case OPT_TYPE_ADDRESS:
	case OPT_TYPE_WISH:
		opt_copy_string(dst, *(char *const *)src);
		break;
	case OPT_TYPE_PORT:
		*(uint16_t *)dst = *(const uint16_t *)src;
		break;
	case OPT_TYPE_WORD:
		*(int *)dst = *(const int *)src;
		break;
	case OPT_TYPE_FAMILY:
		*(enum family *)dst = *(const enum family *)src;
		break;
	case OPT_TYPE_SECONDS:
	case OPT_TYPE_SIZE:
	case OPT_TYPE_COUNTED:
		*(int64_t *)dst = *(const int64_t *)src;
		break;
	case OPT_TYPE_TOGGLE:
		*(enum toggle *)dst = *(const enum toggle *)src;
		break;
	case OPT_TYPE_CONTENT:
		*(enum content *)dst = *(const enum content *)src;
		break;
	case OPT_TYPE_AUTH:
		to->auth = from->auth;
		opt_copy_string(&to->auth_mechanism, from->auth_mechanism);
		break;
	case OPT_TYPE_SECRET:
		secret_copy(dst, src);
		break;
	case OPT_TYPE_FROM:
		account_clear_senders(to);
		for (size_t i = 0; i < from->sender_count; i++)
			account_add_sender(
			    to, from->senders[i].text, &from->senders[i].where);
		opt_copy_string(&to->from, from->from);
		break;
	case OPT_TYPE_PROTOCOL:
		to->protocol = from->protocol;
		break;
	case OPT_TYPE_COUNT:
		break;
	}
	to->is_own[id] = from->is_own[id];
	to->origin[id] = from->origin[id];
}

void
opt_clear(struct account *a, enum opt_id id)
{
	static const struct account nothing;

	opt_copy(a, &nothing, id);
}
