/* SPDX-License-Identifier: ISC */
/* TV-33: what is written in tls_fingerprint, tls_pin and tls_pin_mode. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tls/pin.h"

/* SHA-256 of "abc" (FIPS 180-4) and of nothing. */
#define ABC_HEX                                                                \
	"BA:78:16:BF:8F:01:CF:EA:41:41:40:DE:5D:AE:22:23:"                     \
	"B0:03:61:A3:96:17:7A:9C:B4:10:FF:61:F2:00:15:AD"
#define ABC_PIN "pin-sha256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="
#define NIL_PIN "pin-sha256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

static const struct der abc = { (const uint8_t *)"abc", 3 };
static const struct der nil = { (const uint8_t *)"", 0 };

static void
test_pin_of(void **state)
{
	char pin[PIN_TEXT_SIZE], print[PIN_PRINT_SIZE];

	(void)state;
	pin_of_key(pin, &abc);
	assert_string_equal(pin, ABC_PIN);
	pin_of_key(pin, &nil);
	assert_string_equal(pin, NIL_PIN);
	pin_print_of(print, &abc);
	assert_string_equal(print, ABC_HEX);
}

/* What the texts make of a certificate "abc" with a key "abc". */
enum outcome { MATCHES, DIFFERS, INVALID };

static const struct {
	struct pins_text text;
	enum outcome outcome;
	bool replaces_chain;
	const char *words; /* in the error's text or hint */
} rows[] = {
	{ { NULL, NULL, NULL }, MATCHES, false, NULL },
	{ { "", "", "" }, MATCHES, false, NULL },
	{ { NULL, NULL, "only" }, MATCHES, false, NULL },
	{ { ABC_HEX, NULL, NULL }, MATCHES, true, NULL },
	{ { "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	      NULL, NULL },
	    MATCHES, true, NULL },
	{ { "ba 78 16 bf 8f 01 cf ea 41 41 40 de 5d ae 22 23 "
	    "b0 03 61 a3 96 17 7a 9c b4 10 ff 61 f2 00 15 ad",
	      NULL, NULL },
	    MATCHES, true, NULL },
	{ { "AA:78:16:BF:8F:01:CF:EA:41:41:40:DE:5D:AE:22:23:"
	    "B0:03:61:A3:96:17:7A:9C:B4:10:FF:61:F2:00:15:AD",
	      NULL, NULL },
	    DIFFERS, true, "tls_fingerprint" },
	{ { NULL, ABC_PIN, NULL }, MATCHES, false, NULL },
	{ { NULL, ABC_PIN, "and" }, MATCHES, false, NULL },
	{ { NULL, ABC_PIN, "only" }, MATCHES, true, NULL },
	{ { NULL, NIL_PIN, "only" }, DIFFERS, true, "tls_pin" },
	{ { NULL, NIL_PIN " " ABC_PIN, NULL }, MATCHES, false, NULL },
	{ { NULL, NIL_PIN ", " ABC_PIN, NULL }, MATCHES, false, NULL },
	{ { NULL, ABC_PIN "," NIL_PIN ",", NULL }, MATCHES, false, NULL },
	/* both are given: both count */
	{ { ABC_HEX, NIL_PIN, NULL }, DIFFERS, true, "tls_pin" },
	{ { ABC_HEX, ABC_PIN, NULL }, MATCHES, true, NULL },
	/* lengths of MD5 and SHA-1 */
	{ { "01:23:45:67:89:ab:cd:ef:01:23:45:67:89:ab:cd:ef", NULL, NULL },
	    INVALID, false, "-sha256" },
	{ { "01:23:45:67:89:ab:cd:ef:01:23:45:67:89:ab:cd:ef:01:23:45:67", NULL,
	      NULL },
	    INVALID, false, "-sha256" },
	{ { ABC_HEX ":00", NULL, NULL }, INVALID, false, "tls_fingerprint" },
	{ { ABC_HEX ":", NULL, NULL }, INVALID, false, "tls_fingerprint" },
	{ { ":" ABC_HEX, NULL, NULL }, INVALID, false, "tls_fingerprint" },
	{ { "A", NULL, NULL }, INVALID, false, "tls_fingerprint" },
	{ { "SHA256", NULL, NULL }, INVALID, false, "tls_fingerprint" },
	{ { ":", NULL, NULL }, INVALID, false, "tls_fingerprint" },
	{ { NULL, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", NULL },
	    INVALID, false, "tls_pin" },
	{ { NULL,
	      "pin-sha1:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", NULL },
	    INVALID, false, "tls_pin" },
	{ { NULL, "pin-sha256:", NULL }, INVALID, false, "tls_pin" },
	{ { NULL, "pin-sha256:AAAA", NULL }, INVALID, false, "tls_pin" },
	{ { NULL, "pin-sha256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0",
	      NULL },
	    INVALID, false, "tls_pin" },
	{ { NULL,
	      "pin-sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0=", NULL },
	    INVALID, false, "tls_pin" },
	{ { NULL, ABC_PIN ABC_PIN, NULL }, INVALID, false, "tls_pin" },
	{ { NULL, ABC_PIN " nonsense", NULL }, INVALID, false, "tls_pin" },
	{ { NULL, ",", NULL }, INVALID, false, "tls_pin" },
	{ { NULL, ABC_PIN, "or" }, INVALID, false, "and|only" },
	{ { NULL, ABC_PIN, "ONLY" }, INVALID, false, "and|only" },
};

static void
check_words(size_t row, const struct error *err)
{
	const char *hint = err->hint ? err->hint : "";

	if (!strstr(err->text, rows[row].words) &&
	    !strstr(hint, rows[row].words))
		fail_msg("row %zu: %s (%s)", row, err->text, hint);
}

static void
test_pins(void **state)
{
	const struct cert leaf = { .key = abc };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		struct pins p;

		if (pins_read(&p, &rows[i].text, &err) < 0) {
			if (rows[i].outcome != INVALID)
				fail_msg("row %zu: %s", i, err.text);
			assert_int_equal(err.kind, ERR_CONFIG);
			check_words(i, &err);
			continue;
		}
		if (rows[i].outcome == INVALID)
			fail_msg("row %zu is taken", i);
		assert_int_equal(
		    pins_replace_chain(&p), rows[i].replaces_chain);
		if (pins_match(&p, "mail.test", &abc, &leaf, &err) == 0) {
			if (rows[i].outcome != MATCHES)
				fail_msg("row %zu matches", i);
			continue;
		}
		if (rows[i].outcome != DIFFERS)
			fail_msg("row %zu: %s", i, err.text);
		assert_int_equal(err.kind, ERR_TLS_CERT);
		check_words(i, &err);
	}
}

/* The message has what is to be written. */
static void
test_pin_to_use(void **state)
{
	const struct pins_text texts[] = { { NULL, NIL_PIN, NULL },
		{ "00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:"
		  "00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00",
		    NULL, NULL } };
	const char *const shown[] = { ABC_PIN, ABC_HEX };
	const struct cert leaf = { .key = abc };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		AUTO(error) struct error err = ERROR_INIT;
		struct pins p;

		assert_int_equal(pins_read(&p, &texts[i], &err), 0);
		assert_int_equal(
		    pins_match(&p, "mail.test", &abc, &leaf, &err), -1);
		assert_non_null(strstr(err.detail, shown[i]));
	}
}

static void
test_too_many(void **state)
{
	AUTO(buf) struct buf list = BUF_INIT(4096);
	AUTO(error) struct error err = ERROR_INIT;
	struct pins_text text = { .keys = NULL };
	struct pins p;

	(void)state;
	for (int i = 0; i < PIN_COUNT_MAX; i++)
		(void)buf_add_str(&list, ABC_PIN " ");
	text.keys = buf_str(&list);
	assert_int_equal(pins_read(&p, &text, &err), 0);
	assert_int_equal(p.key_count, PIN_COUNT_MAX);
	(void)buf_add_str(&list, ABC_PIN);
	text.keys = buf_str(&list);
	assert_int_equal(pins_read(&p, &text, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pin_of),
		cmocka_unit_test(test_pins),
		cmocka_unit_test(test_pin_to_use),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
