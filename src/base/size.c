/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/size.h"

#include <inttypes.h>
#include <stddef.h>

#include "base/xalloc.h"

char *
size_short(uint64_t octets)
{
	static const char units[] = "KMGTPE";
	uint64_t whole = octets, tenths = 0;
	size_t unit = 0;

	if (octets < 1024)
		return xasprintf("%" PRIu64, octets);
	for (unit = 0; whole >= 1024; unit++) {
		tenths = whole % 1024 * 10 / 1024;
		whole /= 1024;
	}
	if (whole < 10)
		return xasprintf("%" PRIu64 ".%" PRIu64 "%c", whole, tenths,
		    units[unit - 1]);
	return xasprintf("%" PRIu64 "%c", whole, units[unit - 1]);
}
