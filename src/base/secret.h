/* SPDX-License-Identifier: ISC */
/*
 * Octets that nobody else may see: kept in pages of their own that are locked
 * against swapping where the limits allow it, left out of core files, not
 * inherited by children, and wiped on release.  A secret is never formatted,
 * logged or put on a command line.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stddef.h>

#include "base/auto.h"

struct secret {
	char *data;  /* NUL-terminated; NULL when nothing is known */
	size_t len;  /* octets, without the NUL */
	size_t size; /* octets mapped */
};

#define SECRET_INIT                                                            \
	{                                                                      \
		NULL, 0, 0                                                     \
	}

/* Copies len octets; what s held is wiped first.  The caller wipes his own. */
void secret_set(struct secret *s, const char *data, size_t len);
/* Makes s len octets of zero, to be written into. */
void secret_reserve(struct secret *s, size_t len);
/* Lets the processes that fork() makes from now on have it, too: for those that
 * go on with what has been read here. */
void secret_inherit(const struct secret *s);
void secret_copy(struct secret *to, const struct secret *from);
void secret_release(struct secret *s);
AUTO_DEFINE(secret);

/* Overwrites memory in a way that the compiler does not drop. */
void secret_wipe(void *p, size_t len);
/* The same with what functions that have returned have left on the stack: a
 * library's, which do not wipe what they worked with. */
void secret_wipe_stack(void);

#endif
