/* SPDX-License-Identifier: ISC */
/* From a host name to addresses, under a deadline. */
#ifndef NET_RESOLVE_H
#define NET_RESOLVE_H

#include <stdint.h>

#include "base/error.h"
#include "net/address.h"

/*
 * The addresses of host, which host_to_ascii() has passed, of family (AF_INET,
 * AF_INET6, or AF_UNSPEC for both).  A number is not looked up, and "localhost"
 * is ::1 and 127.0.0.1 without a question (RFC 6761 6.3).  ERR_HOST when the
 * name or its addresses do not exist, ERR_HOST_TEMP when nobody could tell,
 * ERR_TIMEOUT past the deadline, ERR_CONFIG for a number of another family.
 */
int resolve(const char *host, uint16_t port, int family, int64_t deadline,
    struct address_list *out, struct error *err);

#endif
