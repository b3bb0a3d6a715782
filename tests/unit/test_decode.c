/* SPDX-License-Identifier: ISC */
/* What is made readable: encoded words, lengths of time, sizes, columns. */
#include "config.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/size.h"
#include "base/span.h"
#include "base/text.h"
#include "base/width.h"
#include "base/xalloc.h"
#include "base/xtext.h"
#include "mail/decode.h"

static void
test_words(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "", "" },
		{ "plain  text", "plain  text" },
		{ "=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Gr\u00fc\u00dfe" },
		{ "a =?utf-8?Q?=C3=BC_x?= b", "a \u00fc x b" },
		{ "=?UTF-8?B?w7w=?=", "\u00fc" },
		{ "=?iso-8859-1?q?=FC?=", "\u00fc" },
		{ "=?iso-8859-1*de?q?=FC?=", "\u00fc" },
		/* RFC 2047 8 */
		{ "=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab" },
		{ "=?ISO-8859-1?Q?a?=  b", "a  b" },
		{ "=?ISO-8859-1?Q?a_b?=", "a b" },
		{ "=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b" },
		/* none, or none that can be read */
		{ "=?utf-8?q?=FC?=", "=?utf-8?q?=FC?=" },
		{ "=?utf-8?q?=?=", "=?utf-8?q?=?=" },
		{ "=?utf-8?q?=4?=", "=?utf-8?q?=4?=" },
		{ "=?utf-8?b?w7?=", "=?utf-8?b?w7?=" },
		{ "=?utf-8?x?abc?=", "=?utf-8?x?abc?=" },
		{ "=?no-such-charset?q?abc?=", "=?no-such-charset?q?abc?=" },
		{ "=?../../x?q?abc?=", "=?../../x?q?abc?=" },
		{ "=?utf-8//IGNORE?q?=FC?=", "=?utf-8//IGNORE?q?=FC?=" },
		{ "=?utf-8?q?a b?=", "=?utf-8?q?a b?=" },
		{ "=?utf-8?q?=00?=", "=?utf-8?q?=00?=" },
		{ "=?", "=?" },
		{ "=?utf-8?q?a?= =?x", "a =?x" },
		{ "=?utf-8?q?a?= =?utf-8?q?=FF?=", "a =?utf-8?q?=FF?=" },
		{ "a=b = c", "a=b = c" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_free char *out = decode_text(rows[i].in);

		assert_string_equal(out, rows[i].out);
	}
}

static void
test_spans(void **state)
{
	static const struct {
		int64_t seconds;
		const char *out, *narrow;
	} rows[] = {
		{ -5, "0 seconds", "0s" },
		{ 0, "0 seconds", "0s" },
		{ 1, "1 second", "1s" },
		{ 60, "1 minute", "1m" },
		{ 119, "119 seconds", "119s" },
		{ 120, "2 minutes", "2m" },
		{ 3600, "1 hour", "1h" },
		{ 5400, "90 minutes", "90m" },
		{ 7200, "2 hours", "2h" },
		{ 86400, "1 day", "1d" },
		{ 100000, "27 hours", "27h" },
		{ 5 * 86400 + 7, "5 days", "5d" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_free char *out = span_words(rows[i].seconds);
		auto_free char *narrow = span_short(rows[i].seconds);

		assert_string_equal(out, rows[i].out);
		assert_string_equal(narrow, rows[i].narrow);
	}
}

static void
test_sizes(void **state)
{
	static const struct {
		uint64_t octets;
		const char *out;
	} rows[] = { { 0, "0" }, { 1023, "1023" }, { 1024, "1.0K" },
		{ 2150, "2.0K" }, { 2200, "2.1K" }, { 10 * 1024, "10K" },
		{ 1024 * 1024 - 1, "1023K" }, { 1024 * 1024, "1.0M" },
		{ UINT64_MAX, "15E" } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_free char *out = size_short(rows[i].octets);

		assert_string_equal(out, rows[i].out);
	}
}

static void
test_widths(void **state)
{
	AUTO(buf) struct buf out = BUF_INIT(100);

	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	assert_int_equal(width_of(""), 0);
	assert_int_equal(width_of("abc"), 3);
	assert_int_equal(width_of("\u00e4"), 1);
	assert_int_equal(width_of("\u4e2d\u6587"), 4);
	assert_int_equal(width_of("e\u0301"), 1);
	assert_int_equal(width_of("\xff"), 1);
	width_pad(&out, "\u4e2d", 4);
	width_pad_left(&out, "x", 3);
	width_pad(&out, "long", 2);
	assert_string_equal(buf_str(&out), "\u4e2d    xlong");
}

static void
test_xtext(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = { { "", "" }, { "a@b", "a@b" }, { "a+2Bb+3D", "a+b=" },
		{ "+", "+" }, { "+2", "+2" }, { "+2b", "+2b" },
		{ "+C3+BC", "\u00fc" } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(buf) struct buf out = BUF_INIT(100);

		xtext_decode(&out, rows[i].in);
		assert_string_equal(buf_str(&out), rows[i].out);
	}
}

/* What max cuts is the same with and without the short way for ASCII. */
static void
test_escape_ends(void **state)
{
	static const struct {
		size_t max;
		const char *out;
	} rows[] = { { 3, "..." }, { 4, "a..." }, { 5, "ab..." },
		{ 9, "abcdef..." },
		{ 12, "abcdef\\x1b"
		      "..." },
		{ 13, "abcdef\\x1b..." }, { 14, "abcdef\\x1bg..." },
		{ 100, "abcdef\\x1bgh" } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(buf) struct buf out = BUF_INIT(100);

		text_escape(&out, "abcdef\033gh", 9, rows[i].max);
		assert_string_equal(buf_str(&out), rows[i].out);
		assert_true(out.len <= rows[i].max + 3);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_spans),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_widths),
		cmocka_unit_test(test_xtext),
		cmocka_unit_test(test_escape_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
