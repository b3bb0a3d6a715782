/* SPDX-License-Identifier: ISC */
#ifndef NET_REVERSE_H
#define NET_REVERSE_H

/* The host name of a numeric address, for the eye only, or NULL; owned.  Waits
 * as long as the C library's resolver does. */
char *reverse_lookup(const char *address);

#endif
