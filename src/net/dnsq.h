/* SPDX-License-Identifier: ISC */
/* A question to the DNS that is no host name's, under a deadline. */
#ifndef NET_DNSQ_H
#define NET_DNSQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/error.h"

#define DNSQ_ANSWER_MAX 65535 /* octets, RFC 1035 4.2.2 */

/* What came of a question. */
struct dnsq_answer {
	unsigned char *message; /* the whole of it; owned */
	size_t len;
	bool is_secure; /* proven by DNSSEC, as far as one can be told */
};

void dnsq_answer_release(struct dnsq_answer *a);
AUTO_DEFINE(dnsq_answer);

/*
 * Asks for the records of type (ns_t_srv, ...) of name; the search list of
 * resolv.conf is not used.  With wants_proof the resolver is asked to prove the
 * answer (RFC 4035 4.9.3); glibc believes one that says so only where
 * resolv.conf has "options trust-ad".  *answer is released first.  ERR_HOST
 * when there is no such name or no such record,
 * ERR_HOST_TEMP when nobody could tell, ERR_TIMEOUT past the deadline.
 *
 * The C library's resolver knows no deadline, so it asks in a thread.  One that
 * has to be given up goes on until the resolver's own limits end it, and then
 * frees what it has used.
 */
int dnsq(const char *name, int type, bool wants_proof, int64_t deadline,
    struct dnsq_answer *answer, struct error *err);

#endif
