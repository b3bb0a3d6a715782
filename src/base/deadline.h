/* SPDX-License-Identifier: ISC */
/* Absolute points on a monotonic clock, in milliseconds. */
#ifndef BASE_DEADLINE_H
#define BASE_DEADLINE_H

#include <stdint.h>

#define DEADLINE_NONE INT64_MAX

int64_t deadline_now(void);
/* seconds <= 0: DEADLINE_NONE. */
int64_t deadline_in(int64_t seconds);
int64_t deadline_min(int64_t a, int64_t b);
/* What is left, as poll(2) wants it: milliseconds >= 0, -1 for ever; 0 for who
 * was asked to stop: see base/stop.h. */
int deadline_poll_ms(int64_t deadline);

#endif
