/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/host.h"

#define LABEL63                                                                \
	"a23456789a23456789a23456789a23456789a23456789a23456789a23456789"

static void
test_host_to_ascii(void **state)
{
	static const struct {
		const char *in, *out; /* out NULL: ERR_CONFIG */
	} rows[] = {
		{ "mail.test", "mail.test" },
		{ "MAIL.Test", "mail.test" },
		{ "mail.test.", "mail.test" },
		{ "localhost", "localhost" },
		{ "a_b.test", "a_b.test" },
		{ "3com.test", "3com.test" },
		{ "b\xc3\xbc"
		  "cher.test",
		    "xn--bcher-kva.test" },
		{ "B\xc3\x9c"
		  "CHER.test.",
		    "xn--bcher-kva.test" },
		/* IDNA2008, non-transitional: the sharp s stays one */
		{ "stra\xc3\x9f"
		  "e.test",
		    "xn--strae-oqa.test" },
		/* an ideographic full stop is a dot */
		{ "mail\xe3\x80\x82test", "mail.test" },
		{ "127.0.0.1", "127.0.0.1" },
		{ "::1", "::1" },
		{ "fe80::1%lo", "fe80::1%lo" },
		{ LABEL63 ".test", LABEL63 ".test" },
		{ "", NULL },
		{ ".", NULL },
		{ "mail.test..", NULL },
		{ ".test", NULL },
		{ "a..b", NULL },
		{ "a b", NULL },
		{ "a\nb", NULL },
		{ "a/b", NULL },
		{ "a@b", NULL },
		{ "[::1]", NULL },
		{ "127.1", NULL },
		{ "0x7f.1", NULL },
		{ "256.1.1.1", NULL },
		{ "fe80::1%", NULL },
		{ "mail\xff.test", NULL },
		{ LABEL63 "x.test", NULL },
		{ LABEL63 "." LABEL63 "." LABEL63 "." LABEL63, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		auto_free char *out = NULL;
		int rc = host_to_ascii(rows[i].in, &out, &err);

		if (rc != (rows[i].out ? 0 : -1))
			fail_msg("'%s': %d, %s", rows[i].in, rc,
			    err.text ? err.text : out);
		if (rows[i].out)
			assert_string_equal(out, rows[i].out);
		else
			assert_int_equal(err.kind, ERR_CONFIG);
	}
}

static void
test_host_is_numeric(void **state)
{
	static const char *const yes[] = { "127.0.0.1", "0.0.0.0",
		"::", "2001:db8::1", "::ffff:127.0.0.1", "fe80::1%eth0" };
	static const char *const no[] = { "", "1", "127.1", "127.0.0.1.",
		"0x7f000001", "2130706433", "1.2.3.4.5", "[::1]", ":", "::1%",
		"localhost", "127.0.0.1%lo", "01.2.3.4 " };

	(void)state;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		if (!host_is_numeric(yes[i]))
			fail_msg("%s", yes[i]);
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (host_is_numeric(no[i]))
			fail_msg("%s", no[i]);
}

static void
test_host_to_unicode(void **state)
{
	static const char *const rows[][2] = {
		{ "example.org", "example.org" },
		{ "xn--exmple-cua.org", "ex\xc3\xa4mple.org" },
		{ "ex\xc3\xa4mple.org", "ex\xc3\xa4mple.org" },
		{ "mail.xn--exmple-cua.org", "mail.ex\xc3\xa4mple.org" },
		{ "xn--\xff.org", "xn--\xff.org" }, /* as it stands */
		{ "[192.0.2.1]", "[192.0.2.1]" },
		{ "a_b.example", "a_b.example" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_free char *out = host_to_unicode(rows[i][0]);

		assert_string_equal(out, rows[i][1]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_host_to_ascii),
		cmocka_unit_test(test_host_is_numeric),
		cmocka_unit_test(test_host_to_unicode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
