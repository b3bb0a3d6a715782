/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/span.h"

#include <stddef.h>

#include "base/i18n.h"
#include "base/xalloc.h"

enum span_unit {
	SPAN_SECONDS,
	SPAN_MINUTES,
	SPAN_HOURS,
	SPAN_DAYS,
};

static const int64_t span_units[] = {
	[SPAN_SECONDS] = 1,
	[SPAN_MINUTES] = 60,
	[SPAN_HOURS] = 3600,
	[SPAN_DAYS] = 86400,
};

/* The unit that leaves a number a person likes: 90 minutes are 90 minutes, 120
 * are 2 hours. */
static unsigned long
span_count(int64_t seconds, enum span_unit *unit)
{
	if (seconds < 0)
		seconds = 0;
	*unit = SPAN_DAYS;
	while (*unit > SPAN_SECONDS && seconds < 2 * span_units[*unit] &&
	       seconds != span_units[*unit])
		*unit = (enum span_unit)(*unit - 1);
	return (unsigned long)(seconds / span_units[*unit]);
}

char *
span_words(int64_t seconds)
{
	enum span_unit unit;
	unsigned long n = span_count(seconds, &unit);

	switch (unit) {
	case SPAN_DAYS:
		return xasprintf(P_("%lu day", "%lu days", n), n);
	case SPAN_HOURS:
		return xasprintf(P_("%lu hour", "%lu hours", n), n);
	case SPAN_MINUTES:
		return xasprintf(P_("%lu minute", "%lu minutes", n), n);
	case SPAN_SECONDS:
		break;
	}
	return xasprintf(P_("%lu second", "%lu seconds", n), n);
}

char *
span_short(int64_t seconds)
{
	enum span_unit unit;
	unsigned long n = span_count(seconds, &unit);

	return xasprintf("%lu%c", n, "smhd"[unit]);
}
