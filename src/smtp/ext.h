/* SPDX-License-Identifier: ISC */
/* What a server offers: the keywords of its EHLO reply (RFC 5321 4.1.1.1). */
#ifndef SMTP_EXT_H
#define SMTP_EXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

struct ext {
	unsigned offered;  /* enum smtp_ext */
	bool has_size_max; /* SIZE declared a limit; 0 is none (RFC 1870) */
	uint64_t size_max; /* octets */
	/* LIMITS (RFC 9422); 0: none */
	size_t mail_max, rcpt_max, rcpt_domain_max;
	uint64_t by_min_s;   /* of DELIVERBY; 0: none */
	uint64_t hold_max_s; /* of FUTURERELEASE; 0: none was told */
	struct buf mechs;    /* of AUTH: upper case, one blank between */
};

/* Octets of mechanism names; more is refused, not cut (RP-11). */
#define EXT_MECHS_MAX 4096

void ext_init(struct ext *e);
void ext_release(struct ext *e);
/* Forgets what was offered: before TLS nothing counts (RFC 3207 4.2). */
void ext_reset(struct ext *e);

/*
 * One line of the reply behind its code, with a NUL at text[len] and none
 * before; the first one, with the server's
 * name, is not for here.  Keywords are compared as whole tokens, without case;
 * unknown ones and parameters that make no sense are passed over.
 * ERR_PROTOCOL when there are too many AUTH mechanisms to keep.
 */
int ext_line(struct ext *e, const char *text, size_t len, struct error *err);

#endif
