/* SPDX-License-Identifier: ISC */
/* Going on behind the caller's back. */
#ifndef IO_DETACH_H
#define IO_DETACH_H

#include <stddef.h>

/*
 * Forks.  1 in the parent; 0 in the child, which belongs to no session or
 * terminal of the caller's and holds none of its descriptors: 0, 1 and 2 are
 * /dev/null, all others but the count in keep (those below 3 are passed over)
 * are closed, so that nobody waits for their end.  -1 with errno.
 */
int detach(const int *keep, size_t count);

#endif
