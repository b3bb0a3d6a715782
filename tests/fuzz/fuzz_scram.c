/* SPDX-License-Identifier: ISC */
/* A SCRAM server's first message: what is taken answers our nonce, has a salt
 * and asks for no more work than is bearable; and base64, which is taken in one
 * spelling alone. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auth/scram.h"
#include "base/base64.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_NONCE "rOprNGfwEbeRWgbNEkqO"

static void
fuzz_require(bool claim)
{
	if (!claim)
		abort();
}

static void
fuzz_base64(const char *text, size_t len)
{
	AUTO(buf) struct buf octets = BUF_INIT(len);
	AUTO(buf) struct buf again = BUF_INIT(len);

	if (base64_decode(&octets, text, len) < 0) {
		fuzz_require(!octets.len);
		return;
	}
	fuzz_require(base64_encode(&again, octets.data, octets.len) == 0);
	fuzz_require(
	    again.len == len && memcmp(buf_str(&again), text, len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t own = sizeof(FUZZ_NONCE) - 1;
	AUTO(scram_first) struct scram_first out = SCRAM_FIRST_INIT;
	AUTO(buf) struct buf first = BUF_INIT(100);
	AUTO(error) struct error err = ERROR_INIT;
	const char *text = (const char *)data;

	if (!size)
		return 0;
	fuzz_base64(text, size);
	(void)buf_add_str(&first, "n=user,r=" FUZZ_NONCE);
	if (scram_check_first(&first, text, size, &out, &err) < 0) {
		fuzz_require(err.kind == ERR_AUTH && err.text);
		return 0;
	}
	fuzz_require(out.nonce_len > own &&
		     memcmp(out.nonce, FUZZ_NONCE, own) == 0 &&
		     out.nonce == text + 2);
	fuzz_require(!memchr(out.nonce, ',', out.nonce_len));
	fuzz_require(out.salt.len && out.salt.len <= SCRAM_SALT_MAX);
	fuzz_require(out.iterations >= SCRAM_ITERATIONS_MIN &&
		     out.iterations <= SCRAM_ITERATIONS_MAX);
	return 0;
}
