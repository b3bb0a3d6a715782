/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/xalloc.h"
#include "mail/addr.h"
#include "mail/compose.h"

#define X10 "xxxxxxxxxx"
#define X70 X10 X10 X10 X10 X10 X10 X10

/* IN-51 */
static void
test_message_id(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = { { "x.org", "x.org" }, { NULL, "localhost" },
		{ "", "localhost" }, { "(none)", "localhost" },
		{ "a b", "localhost" }, { "a>\r\nX: y", "localhost" },
		{ "b\xc3\xbc", "localhost" },
		{ "[127.0.0.1]", "[127.0.0.1]" } };
	auto_free char *last = xstrdup("");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *id = compose_message_id(rows[i].in);
		auto_free char *end = xasprintf("@%s>", rows[i].out);

		assert_int_equal(strspn(id + 1, "0123456789abcdef"), 32);
		assert_int_equal(id[0], '<');
		assert_string_equal(id + 33, end);
		assert_string_not_equal(id, last);
		xreplace(&last, id);
	}
}

static void
test_from_values(void **state)
{
	static const struct {
		const char *name, *out;
	} rows[] = {
		{ NULL, "a@b" },
		{ "", "a@b" },
		{ " \t\r\n ", "a@b" },
		{ "Joe Doe", "Joe Doe <a@b>" },
		{ "  Joe \t Doe  ", "Joe Doe <a@b>" },
		{ "Doe, Joe", "\"Doe, Joe\" <a@b>" },
		{ "J. Doe", "\"J. Doe\" <a@b>" },
		{ "J \"X\" \\Doe", "\"J \\\"X\\\" \\\\Doe\" <a@b>" },
		{ "a\r\nBcc: x@y", "\"aBcc: x@y\" <a@b>" },
		{ "\x1b[31mred\x7f", "\"[31mred\" <a@b>" },
		{ "x\xc2\x85y", "xy <a@b>" },
		{ "=?utf-8?q?x?=", "\"=?utf-8?q?x?=\" <a@b>" },
		{ "Jos\xc3\xa9", "=?UTF-8?B?Sm9zw6k=?= <a@b>" },
		{ "Jos\xe9", "=?unknown-8bit?B?Sm9z6Q==?= <a@b>" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_free char *out = compose_from("a@b", rows[i].name);

		assert_string_equal(out, rows[i].out);
	}
}

/* Decodes the encoded words of a value; each must be whole characters. */
static void
test_decode(const char *value, bool is_utf8, struct buf *out)
{
	for (const char *p = value; (p = strstr(p, "?B?"));) {
		const char *end = strstr(p + 3, "?=");
		size_t before = out->len;

		assert_non_null(end);
		assert_int_equal(
		    base64_decode(out, p + 3, (size_t)(end - p - 3)), 0);
		if (is_utf8)
			assert_true(utf8_is_valid(
			    out->data + before, out->len - before));
		p = end;
	}
}

/* Every line under 78 columns, every word at most 75. */
static void
test_columns(const char *value)
{
	auto_free char *field = xasprintf("From: %s", value);

	for (const char *line = field; *line;) {
		size_t n = strcspn(line, "\n");

		assert_true(n < 78);
		assert_true(line == field || *line == ' ');
		assert_true(text_is_ascii(line, n));
		line += n + (line[n] == '\n');
	}
}

static void
test_from_folds(void **state)
{
	static const char *const pieces[] = { "word", "w", "Doe,", "x.y",
		"\xc3\xa9", "\xe4\xbd\xa0", "\xf0\x9f\x98\x80", "\xe9",
		"quo\"te", X70 };

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		for (size_t n = 1; n < 60; n++) {
			AUTO(buf) struct buf name = BUF_INIT(100000);
			AUTO(buf) struct buf back = BUF_INIT(100000);
			auto_free char *out = NULL;
			bool is_coded;

			for (size_t k = 0; k < n; k++)
				(void)buf_printf(&name, "%s%s", pieces[i],
				    n % 3 || i < 4 ? " " : "");
			(void)buf_add_char(&name, 'z');
			out = compose_from("someone@example.org", name.data);
			test_columns(out);
			test_decode(
			    out, utf8_is_valid(name.data, name.len), &back);
			is_coded = strstr(out, "?B?") != NULL;
			if (is_coded)
				assert_string_equal(back.data, name.data);
			assert_int_equal(is_coded,
			    !text_is_ascii(name.data, name.len) || i == 9 ||
				(i == 8 && n % 3 == 0 && n > 9));
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_message_id),
		cmocka_unit_test(test_from_values),
		cmocka_unit_test(test_from_folds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
