/* SPDX-License-Identifier: ISC */
/* libunbound, opened when an account asks for it: a resolver that proves
 * answers itself (RFC 4035), where the system's cannot or is not believed. */
#ifndef NET_UNBOUND_H
#define NET_UNBOUND_H

#include "net/dnsq.h"

/* As dnsq() with wants_proof.  anchor_file: what to begin the proof with, DS or
 * DNSKEY records as in a zone file.  The resolvers of resolv.conf are asked,
 * and must pass signatures on.  ERR_OS without the library, ERR_CONFIG with an
 * unusable file, ERR_HOST_TEMP for signatures that are wrong. */
int unbound_ask(const char *anchor_file, const char *name, int type,
    int64_t deadline, struct dnsq_answer *answer, struct error *err);

#endif
