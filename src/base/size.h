/* SPDX-License-Identifier: ISC */
/* Sizes in words. */
#ifndef BASE_SIZE_H
#define BASE_SIZE_H

#include <stdint.h>

/* "812", "2.1K", "34M": octets for a column of a table; owned. */
char *size_short(uint64_t octets);

#endif
