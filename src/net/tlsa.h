/* SPDX-License-Identifier: ISC */
/* What the DNS says, with proof, about the certificate of a server (RFC 6698,
 * 7671, 7673). */
#ifndef NET_TLSA_H
#define NET_TLSA_H

#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/error.h"

#define TLSA_MAX 32         /* records that are looked at */
#define TLSA_DATA_MAX 16384 /* octets of one */

/* One record as it stands in the DNS: usage, selector, matching type, data. */
struct tlsa {
	unsigned char *rdata; /* owned */
	size_t len;
};

enum tlsa_state {
	TLSA_INSECURE, /* nothing is proven about this host */
	TLSA_NONE,     /* it says nothing about its certificate */
	TLSA_FOUND,
};

struct tlsa_list {
	struct tlsa items[TLSA_MAX];
	size_t count;
	char *base; /* the name they were found for: the host's, or the one that
		     * is an alias of; owned */
};

#define TLSA_LIST_INIT                                                         \
	{                                                                      \
		.count = 0                                                     \
	}

void tlsa_list_release(struct tlsa_list *l);
AUTO_DEFINE(tlsa_list);

/* Who is asked about. */
struct tlsa_host {
	const char *name; /* in A-labels */
	uint16_t port;
	const char *service;     /* whose SRV record named it, or NULL */
	const char *anchor_file; /* proofs by libunbound from there, or NULL */
};

/*
 * Whether a host's addresses (and the SRV records that led to it) are proven,
 * and if so what records stand at _PORT._tcp.NAME.  What cannot be told now is
 * an error, never TLSA_NONE: ERR_HOST_TEMP, ERR_TIMEOUT.
 */
int tlsa_find(const struct tlsa_host *host, int64_t deadline,
    struct tlsa_list *out, enum tlsa_state *state, struct error *err);

#endif
