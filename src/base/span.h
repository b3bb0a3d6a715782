/* SPDX-License-Identifier: ISC */
/* Lengths of time in words. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdint.h>

/* "1 minute", "3 hours", "5 days": whole units, translated; less than a minute
 * is given in seconds, less than nothing as nothing; owned. */
char *span_words(int64_t seconds);
/* The same for a column of a table: "45s", "12m", "3h", "5d". */
char *span_short(int64_t seconds);

#endif
