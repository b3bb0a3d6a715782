/* SPDX-License-Identifier: ISC */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <time.h>

/* Octets that a date-time of RFC 5322 3.3 takes at most, with its NUL. */
#define DATE_SIZE 40

/* "Sat, 21 Nov 2026 20:45:05 +0000" in local time, whatever the locale. */
void date_rfc5322(char out[DATE_SIZE], time_t when);

#endif
