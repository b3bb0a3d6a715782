/* SPDX-License-Identifier: ISC */
/* The letters behind sendmail's -o and the names behind its -O. */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "conf/cmdline.h"

/* Short names for the tables' columns. */
#define IGNORED LETTER_IGNORED
#define UNHEEDED LETTER_UNHEEDED

/* -o: sendmail's short options, and Exim's. */
static const struct {
	char letter;
	enum letter_act act;
	bool takes_word; /* Exim: where nothing is glued to it */
} sendmail_options[] = {
	{ '7', IGNORED, false },
	{ '8', IGNORED, false },
	{ 'A', LETTER_ALIAS_FILE, false },
	{ 'B', IGNORED, true },
	{ 'D', IGNORED, false },
	{ 'F', IGNORED, false },
	{ 'H', IGNORED, false },
	{ 'L', IGNORED, false },
	{ 'M', IGNORED, false },
	{ 'P', IGNORED, true },
	{ 'Q', UNHEEDED, false },
	{ 'S', IGNORED, false },
	{ 'T', IGNORED, false },
	{ 'X', IGNORED, true },
	{ 'c', IGNORED, false },
	{ 'd', LETTER_DELIVERY, false },
	{ 'e', LETTER_ERRORS, false },
	{ 'f', IGNORED, false },
	{ 'g', IGNORED, false },
	{ 'i', LETTER_DOTS, false },
	{ 'm', IGNORED, false },
	{ 'o', IGNORED, false },
	{ 'r', IGNORED, false },
	{ 's', IGNORED, false },
	{ 't', IGNORED, false },
	{ 'u', IGNORED, false },
	{ 'v', LETTER_VERBOSE, false },
};

/* -O: sendmail's long options that matter here; all others are ignored. */
static const struct {
	const char *name;
	enum letter_act act;
} sendmail_names[] = {
	{ "AliasFile", LETTER_ALIAS_FILE },
	{ "DeliveryMode", LETTER_DELIVERY },
	{ "ErrorMode", LETTER_ERRORS },
	{ "ExtractArgs", LETTER_EXTRACT },
	{ "IgnoreDots", LETTER_DOTS },
	{ "NoRecipientAction", LETTER_NO_RECIPIENT },
	{ "QueueDirectory", UNHEEDED },
	{ "RequireTLS", LETTER_REQUIRETLS },
	{ "SMTPUTF8", LETTER_UTF8 },
	{ "Timeout.queuereturn", LETTER_EXPIRY },
};

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

bool
sendmail_takes_word(const char *value)
{
	for (size_t i = 0; i < LEN(sendmail_options); i++)
		if (*value == sendmail_options[i].letter)
			return (*value == 'M' &&
				   (strcmp(value + 1, "aa") == 0 ||
				       strcmp(value + 1, "ai") == 0 ||
				       strcmp(value + 1, "as") == 0 ||
				       (value[1] &&
					   strchr("aimrst", value[1]) &&
					   !value[2]))) ||
			       (sendmail_options[i].takes_word && !value[1]);
	return false;
}

int
plan_option(struct plan *p, const char *value, struct error *err)
{
	for (size_t i = 0; i < LEN(sendmail_options); i++)
		if (*value == sendmail_options[i].letter) {
			enum letter_act act = sendmail_options[i].act;

			if (act == UNHEEDED)
				plan_unheeded(p, "-o", value);
			else
				return plan_act(p, act, value + 1, err);
			return 0;
		}
	plan_unheeded(p, "-o", value);
	return 0;
}

int
plan_long_option(struct plan *p, const char *value, struct error *err)
{
	size_t len = strcspn(value, "= \t");
	const char *rest = value + len;

	rest += strspn(rest, " \t");
	rest += *rest == '=';
	rest += strspn(rest, " \t");
	for (size_t i = 0; i < LEN(sendmail_names); i++)
		if (strlen(sendmail_names[i].name) == len &&
		    text_caseeq_n(sendmail_names[i].name, value, len)) {
			if (sendmail_names[i].act != UNHEEDED)
				return plan_act(
				    p, sendmail_names[i].act, rest, err);
			plan_unheeded(p, "-O", value);
		}
	return 0;
}
