/* SPDX-License-Identifier: ISC */
/* What a SCRAM server's first message must be like (RFC 5802 5.1, 7), looked
 * at before the library works with it: it takes one iteration for enough and
 * counts to two thousand million if it is told to. */
#ifndef AUTH_SCRAM_H
#define AUTH_SCRAM_H

#include <stddef.h>

#include "base/error.h"

#define SCRAM_ITERATIONS_MIN 4096
#define SCRAM_ITERATIONS_MAX 10000000

/*
 * message: "r=" nonce ",s=" salt ",i=" iterations *("," extension); the nonce
 * must begin with ours and be longer, mandatory extensions ("m=") are none
 * that we know.  first is the client's first message, which holds our nonce.
 * ERR_AUTH says what is wrong.
 */
int scram_check_first(const char *first, size_t first_len, const char *message,
    size_t len, struct error *err);

#endif
