/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/date.h"

#include <stdio.h>
#include <stdlib.h>

void
date_rfc5322(char out[DATE_SIZE], time_t when)
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu",
		"Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct tm tm;
	long minutes;

	/* A year that struct tm cannot hold: the epoch is as good as any. */
	if (!localtime_r(&when, &tm)) {
		when = 0;
		(void)gmtime_r(&when, &tm);
	}
	minutes = labs(tm.tm_gmtoff / 60);
	(void)snprintf(out, DATE_SIZE,
	    "%s, %02d %s %04d %02d:%02d:%02d %c%02d%02d", days[tm.tm_wday],
	    tm.tm_mday, months[tm.tm_mon], (tm.tm_year + 1900) % 10000,
	    tm.tm_hour, tm.tm_min, tm.tm_sec, tm.tm_gmtoff < 0 ? '-' : '+',
	    (int)(minutes / 60 % 100), (int)(minutes % 60));
}
