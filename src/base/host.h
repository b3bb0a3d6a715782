/* SPDX-License-Identifier: ISC */
/* Host names in the one form that is looked up, compared and sent. */
#ifndef BASE_HOST_H
#define BASE_HOST_H

#include <stdbool.h>

#include "base/error.h"

/*
 * host in A-labels (RFC 5890; IDNA2008, non-transitional), lower case, without
 * one trailing dot; an address as it stands.  *out is the caller's.  ERR_CONFIG
 * for what is neither: an empty or too long label, other characters than
 * letters, digits, '-' and '_', a name that ends in a number (RFC 1123 2.1: it
 * would be read as an address).
 */
int host_to_ascii(const char *host, char **out, struct error *err);

/* Whether names that are not ASCII can be converted at all: 0, or ERR_OS where
 * the library is missing. */
int host_can_convert(struct error *err);

/* A domain with its A-labels as U-labels; as it stands where that cannot be;
 * owned. */
char *host_to_unicode(const char *host);

/* "192.0.2.1", "2001:db8::1", "fe80::1%eth0"; none of the short forms of
 * inet_aton. */
bool host_is_numeric(const char *host);

#endif
