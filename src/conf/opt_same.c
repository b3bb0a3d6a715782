/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <string.h>

#include "conf/account.h"

static bool
opt_same_string(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool
opt_same_secret(const struct secret *a, const struct secret *b)
{
	if (!a->data || !b->data)
		return a->data == b->data;
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static bool
opt_same_senders(const struct account *a, const struct account *b)
{
	if (a->sender_count != b->sender_count ||
	    !opt_same_string(a->from, b->from))
		return false;
	for (size_t i = 0; i < a->sender_count; i++)
		if (!opt_same_string(a->senders[i].text, b->senders[i].text))
			return false;
	return true;
}

bool
opt_is_same(const struct account *a, const struct account *b, enum opt_id id)
{
	size_t at = opt_table[id].field;
	const void *x = (const char *)a + at, *y = (const char *)b + at;

	switch (opt_table[id].type) {
	case OPT_TYPE_STRING:
	case OPT_TYPE_NAME:
	case OPT_TYPE_COMMAND:
	case OPT_TYPE_PATH:
	case OPT_TYPE_FACILITY:
	case OPT_TYPE_ADDRESS:
	case OPT_TYPE_WISH:
		return opt_same_string(
		    *(const char *const *)x, *(const char *const *)y);
	case OPT_TYPE_PORT:
		return *(const uint16_t *)x == *(const uint16_t *)y;
	case OPT_TYPE_WORD:
		return *(const int *)x == *(const int *)y;
	case OPT_TYPE_FAMILY:
		return *(const enum family *)x == *(const enum family *)y;
	case OPT_TYPE_SECONDS:
		return *(const int64_t *)x == *(const int64_t *)y;
	case OPT_TYPE_TOGGLE:
		return *(const enum toggle *)x == *(const enum toggle *)y;
	case OPT_TYPE_CONTENT:
		return *(const enum content *)x == *(const enum content *)y;
	case OPT_TYPE_PROTOCOL:
		return a->protocol == b->protocol;
	case OPT_TYPE_AUTH:
		return a->auth == b->auth &&
		       opt_same_string(a->auth_mechanism, b->auth_mechanism);
	case OPT_TYPE_SECRET:
		return opt_same_secret(x, y);
	case OPT_TYPE_FROM:
		return opt_same_senders(a, b);
	case OPT_TYPE_COUNT:
		break;
	}
	return false;
}

bool
account_is_same(const struct account *a, const struct account *b)
{
	for (int id = 0; id < OPT_COUNT; id++)
		if (!opt_is_same(a, b, (enum opt_id)id))
			return false;
	return true;
}
