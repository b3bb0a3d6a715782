/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "conf/account.h"

static const char *const opt_toggles[] = {
	[TOGGLE_UNSET] = "",
	[TOGGLE_OFF] = "off",
	[TOGGLE_ON] = "on",
	[TOGGLE_AUTO] = "auto",
	[TOGGLE_UNDISCLOSED] = "undisclosed_recipients",
	[TOGGLE_REPLY_TO] = "reply_to",
	[TOGGLE_SENDMAIL] = "sendmail",
};

static const char *const opt_families[] = {
	[FAMILY_ANY] = "any",
	[FAMILY_IPV4] = "ipv4",
	[FAMILY_IPV6] = "ipv6",
};

static const char *const opt_contents[] = {
	[CONTENT_UNSET] = "",
	[CONTENT_CONVERT] = "convert",
	[CONTENT_REJECT] = "reject",
	[CONTENT_SEND] = "send",
	[CONTENT_SMTPUTF8] = "smtputf8",
};

/* RFC 7512 2.4 */
#define OPT_PIN "pin-value="

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *
opt_word(enum opt_type type, size_t value)
{
	const char *const *words = opt_toggles;
	size_t count = COUNT(opt_toggles);

	if (type == OPT_TYPE_FAMILY) {
		words = opt_families;
		count = COUNT(opt_families);
	} else if (type == OPT_TYPE_CONTENT) {
		words = opt_contents;
		count = COUNT(opt_contents);
	}
	return value < count ? words[value] : NULL;
}

/* The word, NULL for the first: nothing was said. */
static char *
opt_text_word(enum opt_type type, size_t value)
{
	return value ? xstrdup(opt_word(type, value)) : NULL;
}

/* The n-th of "a|b|c", from 1. */
static char *
opt_text_nth(const char *words, int n)
{
	if (n < 1)
		return NULL;
	for (; n > 1; n--)
		words += strcspn(words, "|") + 1;
	return xmemdupz(words, strcspn(words, "|"));
}

static char *
opt_text_seconds(int64_t seconds)
{
	if (!seconds)
		return NULL;
	return xasprintf(
	    seconds == 1 ? "%" PRId64 " second" : "%" PRId64 " seconds",
	    seconds);
}

static char *
opt_text_number(int64_t number)
{
	return number ? xasprintf("%" PRId64, number) : NULL;
}

static char *
opt_text_auth(const struct account *a)
{
	if (a->auth == TOGGLE_UNSET || a->auth == TOGGLE_OFF)
		return NULL;
	return xstrdup(a->auth_mechanism ? a->auth_mechanism : "choose");
}

const char *
opt_pin(const char *value)
{
	const char *query =
	    text_has_caseprefix(value, "pkcs11:") ? strchr(value, '?') : NULL;
	const char *pin = query ? strstr(query, OPT_PIN) : NULL;

	return pin && pin[strlen(OPT_PIN)] ? pin + strlen(OPT_PIN) : NULL;
}

/* A path, or a URL without its PIN. */
static char *
opt_text_path(const char *value)
{
	const char *pin = value ? opt_pin(value) : NULL;

	if (!pin)
		return value ? xstrdup(value) : NULL;
	return xasprintf(
	    "%.*s*%s", (int)(pin - value), value, pin + strcspn(pin, "&"));
}

char *
opt_text(const struct account *a, enum opt_id id)
{
	const struct opt_row *row = &opt_table[id];
	const void *field = (const char *)a + row->field;
	const char *text = NULL;

	switch (row->type) {
	case OPT_TYPE_PORT:
		if (!*(const uint16_t *)field)
			return NULL;
		return xasprintf("%u", *(const uint16_t *)field);
	case OPT_TYPE_WORD:
		return opt_text_nth(row->words, *(const int *)field);
	case OPT_TYPE_FAMILY:
		return opt_text_word(row->type, *(const enum family *)field);
	case OPT_TYPE_TOGGLE:
		return opt_text_word(row->type, *(const enum toggle *)field);
	case OPT_TYPE_CONTENT:
		return opt_text_word(row->type, *(const enum content *)field);
	case OPT_TYPE_SECONDS:
		return opt_text_seconds(*(const int64_t *)field);
	case OPT_TYPE_SIZE:
	case OPT_TYPE_COUNTED:
		return opt_text_number(*(const int64_t *)field);
	case OPT_TYPE_PROTOCOL:
		text = a->protocol == PROTOCOL_LMTP ? "lmtp" : "smtp";
		break;
	case OPT_TYPE_AUTH:
		return opt_text_auth(a);
	case OPT_TYPE_SECRET:
		text = ((const struct secret *)field)->len ? "*" : NULL;
		break;
	case OPT_TYPE_FROM:
		text = a->from           ? a->from
		       : a->sender_count ? a->senders[a->sender_count - 1].text
					 : NULL;
		break;
	case OPT_TYPE_PATH:
		return opt_text_path(*(char *const *)field);
	case OPT_TYPE_STRING:
	case OPT_TYPE_NAME:
	case OPT_TYPE_COMMAND:
	case OPT_TYPE_ADDRESS:
	case OPT_TYPE_FACILITY:
	case OPT_TYPE_WISH:
		text = *(char *const *)field;
		break;
	case OPT_TYPE_COUNT:
		break;
	}
	return text ? xstrdup(text) : NULL;
}
