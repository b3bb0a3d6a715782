/* SPDX-License-Identifier: ISC */
/* Numbers, read strictly: decimal digits only, no sign, no blanks, no octal. */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdint.h>

/* 0 and *out, or -1 when s is not a number or not within min..max. */
int num_parse(const char *s, uint64_t min, uint64_t max, uint64_t *out);

#endif
