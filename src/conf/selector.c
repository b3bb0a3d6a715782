/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "conf/selector.h"

#include <string.h>

#include "base/text.h"
#include "base/xalloc.h"

#define SELECTOR_SECONDS_MAX ((int64_t)100 * 366 * 24 * 60 * 60)

static const struct {
	char letter;
	enum selector_part part;
} selector_parts[] = {
	{ 'I', SELECTOR_ID },
	{ 'R', SELECTOR_RECIPIENT },
	{ 'S', SELECTOR_SENDER },
	{ 'Q', SELECTOR_REASON },
};

static const struct {
	char letter;
	int64_t seconds;
} selector_units[] = {
	{ 's', 1 },
	{ 'm', 60 },
	{ 'h', 60 * 60 },
	{ 'd', 24 * 60 * 60 },
	{ 'w', 7 * 24 * 60 * 60 },
};

void
selector_release(struct selector *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->matches[i].text);
	free(s->matches);
	*s = (struct selector){ 0 };
}

void
selector_add(struct selector *s, enum selector_part part, bool is_negated,
    const char *text)
{
	s->matches =
	    xreallocarray(s->matches, s->count + 1, sizeof(*s->matches));
	s->matches[s->count++] =
	    (struct selector_match){ part, is_negated, xstrdup(text) };
}

static int64_t
selector_unit(char letter)
{
	for (size_t i = 0;
	     i < sizeof(selector_units) / sizeof(selector_units[0]); i++)
		if (selector_units[i].letter == letter)
			return selector_units[i].seconds;
	return 0;
}

int
selector_duration(const char *text, int64_t unit_s, int64_t *out_s)
{
	int64_t total = 0;

	if (!*text)
		return -1;
	while (*text) {
		int64_t number = 0;

		if (!text_is_digit(*text))
			return -1;
		for (; text_is_digit(*text); text++) {
			number = number * 10 + (*text - '0');
			if (number > SELECTOR_SECONDS_MAX)
				return -1;
		}
		if (*text)
			unit_s = selector_unit(*text++);
		if (!unit_s || number > SELECTOR_SECONDS_MAX / unit_s)
			return -1;
		total += number * unit_s;
		if (total > SELECTOR_SECONDS_MAX)
			return -1;
	}
	*out_s = total;
	return 0;
}

/* 0, or -1 when text begins no condition. */
static int
selector_condition(struct selector *s, const char *text)
{
	bool is_negated = *text == '!';

	text += is_negated;
	for (size_t i = 0;
	     i < sizeof(selector_parts) / sizeof(selector_parts[0]); i++) {
		if (*text != selector_parts[i].letter)
			continue;
		if (text[1])
			selector_add(
			    s, selector_parts[i].part, is_negated, text + 1);
		else if (*text != 'Q' || is_negated)
			return -1;
		s->is_held |= *text == 'Q' && !is_negated;
		return 0;
	}
	return -1;
}

int
selector_parse(struct selector *s, const char *text)
{
	if (*text == 'G' || *text == 'L')
		return 0;
	if (*text == '!' || (*text >= 'A' && *text <= 'Z'))
		return selector_condition(s, text);
	if (*text == 'p')
		return text[1] ? selector_duration(text + 1, 60, &s->every_s)
			       : 0;
	if (text_is_digit(*text))
		return selector_duration(text, 60, &s->every_s);
	for (; *text; text++) {
		if (*text == 'G')
			break;
		if (!strchr("filq", *text))
			return -1;
		s->is_forced |= *text == 'f';
	}
	return 0;
}
