/* SPDX-License-Identifier: ISC */
/* Messages of the DNS (RFC 1035 4), read with the C library's own parser. */
#ifndef NET_DNSM_H
#define NET_DNSM_H

#include <stddef.h>

#include "base/error.h"

/* A record of the answer section; all of it borrowed. */
struct dnsm_record {
	const unsigned char *message; /* for names that are compressed */
	const char *owner;            /* without a last dot */
	const unsigned char *data;    /* RDATA */
	size_t len;
};

/* -1: the record is broken, and with it the message. */
typedef int dnsm_each(void *ctx, const struct dnsm_record *r);

/* Calls each for the records of this type (ns_t_srv, ...), in the message's
 * order.  ERR_HOST_TEMP when the message is broken, ERR_SOFTWARE when the C
 * library cannot read any. */
int dnsm_answers(const unsigned char *message, size_t len, int type,
    dnsm_each *each, void *ctx, struct error *err);

#endif
