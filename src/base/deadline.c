/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/deadline.h"

#include <limits.h>
#include <time.h>

#include "base/stop.h"

int64_t
deadline_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts); /* cannot fail */
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
deadline_in(int64_t seconds)
{
	if (seconds <= 0 || seconds > INT64_MAX / 2000)
		return DEADLINE_NONE;
	return deadline_now() + seconds * 1000;
}

int64_t
deadline_min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int
deadline_poll_ms(int64_t deadline)
{
	int64_t left;

	deadline = deadline_min(deadline, stop_limit());
	if (deadline == DEADLINE_NONE)
		return -1;
	left = deadline - deadline_now();
	if (left <= 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}
