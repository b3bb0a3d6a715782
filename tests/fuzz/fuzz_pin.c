/* SPDX-License-Identifier: ISC */
/* tls_pin and tls_fingerprint: nothing that is taken leaves the server
 * unchecked, and what is taken is found again by what we would print. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/xalloc.h"
#include "tls/pin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_require(bool claim)
{
	if (!claim)
		abort();
}

static void
fuzz_fingerprint(const char *text)
{
	AUTO(error) struct error err = ERROR_INIT;
	const struct pins_text wanted = { text, NULL, NULL };
	struct pins p;

	if (pins_read(&p, &wanted, &err) < 0) {
		fuzz_require(err.kind == ERR_CONFIG && err.text);
		return;
	}
	fuzz_require(p.has_fingerprint == (*text != '\0'));
	fuzz_require(pins_replace_chain(&p) == p.has_fingerprint);
}

/* Each pin that was read stands in the text. */
static void
fuzz_keys(const char *text)
{
	AUTO(error) struct error err = ERROR_INIT;
	const struct pins_text wanted = { NULL, text, NULL };
	struct pins p;

	if (pins_read(&p, &wanted, &err) < 0) {
		fuzz_require(err.kind == ERR_CONFIG && err.text);
		return;
	}
	fuzz_require(p.key_count <= PIN_COUNT_MAX);
	fuzz_require((p.key_count > 0) == (*text != '\0'));
	fuzz_require(!pins_replace_chain(&p));
	for (size_t i = 0; i < p.key_count; i++) {
		AUTO(buf) struct buf pin = BUF_INIT(PIN_TEXT_SIZE);

		(void)buf_add_str(&pin, "pin-sha256:");
		(void)base64_encode(&pin, p.keys[i], PIN_SIZE);
		fuzz_require(strstr(text, buf_str(&pin)) != NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xmemdupz((const char *)data, size);

	fuzz_fingerprint(text);
	fuzz_keys(text);
	return 0;
}
