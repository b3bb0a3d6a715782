/* SPDX-License-Identifier: ISC */
/* A question to the DNS that is no host name's, under a deadline. */
#ifndef NET_DNSQ_H
#define NET_DNSQ_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define DNSQ_ANSWER_MAX 65535 /* octets, RFC 1035 4.2.2 */

/*
 * Asks for the records of type (ns_t_srv, ...) of name; the search list of
 * resolv.conf is not used.  On 0 *answer is the whole message, *len octets, the
 * caller's to free.  ERR_HOST when there is no such name or no such record,
 * ERR_HOST_TEMP when nobody could tell, ERR_TIMEOUT past the deadline.
 *
 * The C library's resolver knows no deadline, so it asks in a thread.  One that
 * has to be given up goes on until the resolver's own limits end it, and then
 * frees what it has used.
 */
int dnsq(const char *name, int type, int64_t deadline, unsigned char **answer,
    size_t *len, struct error *err);

#endif
