/* SPDX-License-Identifier: ISC */
/* EHLO keywords: RP-11, RP-16, ST-15, SA-18. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "smtp/ext.h"
#include "smtp/session.h"

/* Lines separated by '|'. */
static int
offer(struct ext *e, const char *lines, struct error *err)
{
	char line[5000];
	int rc = 0;

	ext_reset(e);
	while (*lines && rc == 0) {
		size_t n = strcspn(lines, "|");

		memcpy(line, lines, n);
		line[n] = '\0';
		rc = ext_line(e, line, n, err);
		lines += n + (lines[n] == '|');
	}
	return rc;
}

static void
test_keywords(void **state)
{
	static const struct {
		const char *lines;
		unsigned offered;
		const char *mechs;
	} rows[] = {
		{ "PIPELINING|8BITMIME|ENHANCEDSTATUSCODES",
		    SMTP_EXT_PIPELINING | SMTP_EXT_8BITMIME |
			SMTP_EXT_ENHANCEDSTATUSCODES,
		    "" },
		/* ST-15 */
		{ "STARTTLS ", SMTP_EXT_STARTTLS, "" },
		{ "starttls", SMTP_EXT_STARTTLS, "" },
		{ "STARTTLS x", SMTP_EXT_STARTTLS, "" },
		{ "XSTARTTLS", 0, "" },
		{ "STARTTLSX", 0, "" },
		{ "STARTTLS-X", 0, "" },
		{ "START", 0, "" },
		{ " STARTTLS", 0, "" },
		{ "", 0, "" },
		{ "CHUNKING|DSN|ETRN|REQUIRETLS|MT-PRIORITY MIXER",
		    SMTP_EXT_CHUNKING | SMTP_EXT_DSN | SMTP_EXT_ETRN |
			SMTP_EXT_REQUIRETLS | SMTP_EXT_MT_PRIORITY,
		    "" },
		{ "CHUNKINGX|DSN-|XETRN|REQUIRE TLS|MT PRIORITY", 0, "" },
		/* SA-18 */
		{ "AUTH PLAIN LOGIN", SMTP_EXT_AUTH, "PLAIN LOGIN" },
		{ "AUTH=LOGIN PLAIN", SMTP_EXT_AUTH, "LOGIN PLAIN" },
		{ "auth=login plain", SMTP_EXT_AUTH, "LOGIN PLAIN" },
		{ "AUTH PLAIN|AUTH=PLAIN LOGIN", SMTP_EXT_AUTH, "PLAIN LOGIN" },
		{ "auth plain scram-sha-1", SMTP_EXT_AUTH,
		    "PLAIN SCRAM-SHA-1" },
		{ "AUTH PLAINX", SMTP_EXT_AUTH, "PLAINX" },
		{ "AUTHPLAIN", 0, "" },
		{ "AUTH", SMTP_EXT_AUTH, "" },
		{ "AUTH=", SMTP_EXT_AUTH, "" },
		{ "AUTH  PLAIN   LOGIN ", SMTP_EXT_AUTH, "PLAIN LOGIN" },
		{ "AUTH PLAIN\tLOGIN", SMTP_EXT_AUTH, "PLAIN LOGIN" },
		{ "AUTH PLA/IN X=Y LOGIN", SMTP_EXT_AUTH, "LOGIN" },
		{ "AUTH ABCDEFGHIJKLMNOPQRSTU LOGIN", SMTP_EXT_AUTH, "LOGIN" },
	};
	struct ext e;

	(void)state;
	ext_init(&e);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;

		print_message("%s\n", rows[i].lines);
		assert_int_equal(offer(&e, rows[i].lines, &err), 0);
		assert_int_equal(e.offered, rows[i].offered);
		assert_string_equal(buf_str(&e.mechs), rows[i].mechs);
	}
	ext_release(&e);
}

/* RP-16 */
static void
test_size(void **state)
{
	static const struct {
		const char *lines;
		bool has_max;
		uint64_t max;
	} rows[] = {
		{ "SIZE 1000", true, 1000 },
		{ "size 1000 ", true, 1000 },
		{ "SIZE", false, 0 },
		{ "SIZE 0", false, 0 },
		{ "SIZE -1", false, 0 },
		{ "SIZE +1", false, 0 },
		{ "SIZE abc", false, 0 },
		{ "SIZE 10k", false, 0 },
		{ "SIZE 18446744073709551615", true, UINT64_MAX },
		{ "SIZE 18446744073709551616", false, 0 },
		{ "SIZE 99999999999999999999", false, 0 },
		{ "SIZE 10|SIZE 20", true, 20 },
		{ "SIZE 20|SIZE 10", true, 20 },
		{ "SIZE 20|SIZE 0", false, 0 },
		{ "SIZE 0|SIZE 20", false, 0 },
		{ "SIZE 20|SIZE x", false, 0 },
		{ "SIZED 20", false, 0 },
	};
	struct ext e;

	(void)state;
	ext_init(&e);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;

		print_message("%s\n", rows[i].lines);
		assert_int_equal(offer(&e, rows[i].lines, &err), 0);
		assert_int_equal(e.has_size_max, rows[i].has_max);
		if (rows[i].has_max)
			assert_int_equal(e.size_max, rows[i].max);
	}
	ext_release(&e);
}

/* RP-11: what is too much is refused, not cut. */
static void
test_too_many_mechanisms(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct ext e;
	char line[64];
	int rc = 0;

	(void)state;
	ext_init(&e);
	for (int i = 0; i < 1000 && rc == 0; i++) {
		int n = snprintf(line, sizeof(line), "AUTH MECHANISM-%d", i);

		rc = ext_line(&e, line, (size_t)n, &err);
	}
	assert_int_equal(rc, -1);
	assert_int_equal(err.kind, ERR_PROTOCOL);
	ext_release(&e);
}

static void
test_limits(void **state)
{
	static const struct {
		const char *lines;
		size_t mail_max, rcpt_max, rcpt_domain_max;
	} rows[] = {
		{ "LIMITS MAILMAX=1 RCPTMAX=999999 RCPTDOMAINMAX=20", 1, 999999,
		    20 },
		{ "limits rcptmax=5  X=Y  mailmax=7", 7, 5, 0 },
		{ "LIMITS", 0, 0, 0 },
		{ "LIMITS ", 0, 0, 0 },
		{ "LIMITSX RCPTMAX=1", 0, 0, 0 },
		{ "LIMITS RCPTMAX", 0, 0, 0 },
		{ "LIMITS RCPTMAX=", 0, 0, 0 },
		{ "LIMITS RCPTMAX=0", 0, 0, 0 },
		{ "LIMITS RCPTMAX=01", 0, 0, 0 },
		{ "LIMITS RCPTMAX=-1", 0, 0, 0 },
		{ "LIMITS RCPTMAX=1x", 0, 0, 0 },
		{ "LIMITS RCPTMAX=1000000", 0, 0, 0 },
		{ "LIMITS RCPTMAX 5", 0, 0, 0 },
		{ "LIMITS XRCPTMAX=5", 0, 0, 0 },
	};
	struct ext e;

	(void)state;
	ext_init(&e);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;

		assert_int_equal(offer(&e, rows[i].lines, &err), 0);
		assert_int_equal(e.mail_max, rows[i].mail_max);
		assert_int_equal(e.rcpt_max, rows[i].rcpt_max);
		assert_int_equal(e.rcpt_domain_max, rows[i].rcpt_domain_max);
	}
	ext_release(&e);
}

static void
test_times(void **state)
{
	static const struct {
		const char *lines;
		uint64_t by_min_s, hold_max_s;
	} rows[] = {
		{ "DELIVERBY|FUTURERELEASE", 0, 0 },
		{ "DELIVERBY 240|FUTURERELEASE 7200 2027-01-01T00:00:00Z", 240,
		    7200 },
		{ "DELIVERBY -1|FUTURERELEASE x", 0, 0 },
		{ "DELIVERBY 99999999999999999999|FUTURERELEASE", 0, 0 },
	};
	struct ext e;

	(void)state;
	ext_init(&e);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;

		assert_int_equal(offer(&e, rows[i].lines, &err), 0);
		assert_int_equal(
		    e.offered, SMTP_EXT_DELIVERBY | SMTP_EXT_FUTURERELEASE);
		assert_int_equal(e.by_min_s, rows[i].by_min_s);
		assert_int_equal(e.hold_max_s, rows[i].hold_max_s);
	}
	ext_release(&e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keywords),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_too_many_mechanisms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
