/* SPDX-License-Identifier: ISC */
/* The servers of a service (RFC 2782). */
#ifndef NET_SRV_H
#define NET_SRV_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define SRV_MAX 32         /* records that are looked at */
#define SRV_TARGET_MAX 256 /* octets of a name, with its NUL */

struct srv {
	uint16_t priority, weight, port;
	char target[SRV_TARGET_MAX]; /* a host name; "" for "." */
};

struct srv_list {
	struct srv items[SRV_MAX];
	size_t count;
};

/* The SRV records in a DNS message of len octets, in its order; what is no
 * host name or has no port is left out.  ERR_HOST_TEMP when the message is
 * broken, ERR_SOFTWARE when the C library cannot read any. */
int srv_parse(const unsigned char *message, size_t len, struct srv_list *out,
    struct error *err);

/* A number from 0 to max. */
typedef uint32_t srv_random(void *ctx, uint32_t max);

/* Into the order of use: by priority, and within one at random, each as often
 * first as its weight says. */
void srv_order(struct srv_list *list, srv_random *pick, void *ctx);

/* Looks name up, in the order of use.  Errors of dnsq(); ERR_HOST when the
 * domain says that it does not offer the service. */
int srv_lookup(const char *name, int64_t deadline, struct srv_list *out,
    struct error *err);

#endif
