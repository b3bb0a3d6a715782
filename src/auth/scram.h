/* SPDX-License-Identifier: ISC */
/* What a SCRAM server's first message must be like (RFC 5802 5.1, 7): whoever
 * takes one iteration for enough, or counts to two thousand million because he
 * was told to, has lost. */
#ifndef AUTH_SCRAM_H
#define AUTH_SCRAM_H

#include <stddef.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/error.h"

#define SCRAM_ITERATIONS_MIN 4096
#define SCRAM_ITERATIONS_MAX 10000000

#define SCRAM_SALT_MAX 4096 /* octets */

struct scram_first {
	const char *nonce; /* borrowed from the message */
	size_t nonce_len;
	struct buf salt;
	unsigned iterations;
};

#define SCRAM_FIRST_INIT                                                       \
	{                                                                      \
		NULL, 0, BUF_INIT(SCRAM_SALT_MAX), 0                           \
	}

void scram_first_release(struct scram_first *f);
AUTO_DEFINE(scram_first);

/*
 * message: "r=" nonce ",s=" salt ",i=" iterations *("," extension); the nonce
 * must begin with ours and be longer, mandatory extensions ("m=") are none
 * that we know.  first is the client's first message, which holds our nonce.
 * out is SCRAM_FIRST_INIT.  ERR_AUTH says what is wrong.
 */
int scram_check_first(const struct buf *first, const char *message, size_t len,
    struct scram_first *out, struct error *err);

#endif
