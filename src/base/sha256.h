/* SPDX-License-Identifier: ISC */
/* SHA-256 (FIPS 180-4), for sums that must be had without a library: a mail is
 * queued, shown and moved by programs that never open one. */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32
#define SHA256_BLOCK 64

struct sha256 {
	uint32_t state[8];
	uint64_t octets; /* taken so far */
	unsigned char block[SHA256_BLOCK];
};

void sha256_init(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *p, size_t len);
/* s is of no use afterwards. */
void sha256_end(struct sha256 *s, unsigned char out[SHA256_SIZE]);

#endif
