/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/xalloc.h"
#include "conf/line.h"
#include "conf/value.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static void
test_value(void **state)
{
	static const struct {
		const char *rest, *exact, *text, *words;
	} rows[] = {
		{ "", "", "", "" },
		{ "a b", "a b", "a b", "a b" },
		{ "\"a b\"", "a b", "a b", "a b" },
		{ "\" a \"", " a ", " a ", " a " },
		{ "a # b", "a # b", "a # b", "a" },
		{ "a#b #", "a#b #", "a#b #", "a#b" },
		{ "# b", "# b", "# b", "" },
		{ "\"a # b\"", "a # b", "a # b", "a # b" },
		{ "\"a\" # b", "\"a\" # b", "a", "a" },
		{ "\"a\"\t#", "\"a\"\t#", "a", "a" },
		{ "\"a\"# b", "\"a\"# b", "\"a\"# b", "\"a\"# b" },
		{ "\"a\" # \"b\"", "a\" # \"b", "a", "a" },
		{ "\"a\" b", "\"a\" b", "\"a\" b", "\"a\" b" },
		{ "\"a\" or \"b\"", "a\" or \"b", "a\" or \"b", "a\" or \"b" },
		{ "\"a \\\"b\\\"\"", "a \\\"b\\\"", "a \"b\"", "a \"b\"" },
		{ "\"A\\b\"", "A\\b", "A\\b", "A\\b" },
		{ "\"a\\\\\" # b", "\"a\\\\\" # b", "a\\", "a\\" },
		{ "\"a\\\"", "a\\", "a\\", "a\\" },
		{ "\"", "\"", "\"", "\"" },
		{ "\"\"", "", "", "" },
		{ "a\"b\"", "a\"b\"", "a\"b\"", "a\"b\"" },
		{ "a\\", "a\\", "a\\", "a\\" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++)
		for (int kind = LINE_EXACT; kind <= LINE_WORDS; kind++) {
			auto_free char *rest = xstrdup(rows[i].rest);
			const char *got =
			    line_value(rest, (enum line_kind)kind);
			const char *want = kind == LINE_EXACT  ? rows[i].exact
					   : kind == LINE_TEXT ? rows[i].text
							       : rows[i].words;

			if (strcmp(got, want) != 0)
				fail_msg("<%s> as %d: <%s>", rows[i].rest, kind,
				    got);
		}
}

static void
test_split(void **state)
{
	static const struct {
		const char *line, *word, *rest;
	} rows[] = {
		{ "", "", "" },
		{ "  # host h", "", "" },
		{ "#", "", "" },
		{ "host", "host", "" },
		{ " \thost \t h # c \t", "host", "h # c" },
		{ "host h\r", "host", "h" },
		{ "host\r", "host", "" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		auto_free char *line = xstrdup(rows[i].line);
		char *word, *rest;

		line_split(line, strlen(line), &word, &rest);
		assert_string_equal(word, rows[i].word);
		assert_string_equal(rest, rows[i].rest);
	}
}

static void
test_elsewhere(void **state)
{
	static const struct {
		const char *text;
		bool is_plain, is_secret;
	} rows[] = {
		{ "a", false, false },
		{ "$a", false, false },
		{ "${A}", true, true },
		{ "${file:/x}", true, true },
		{ "${credential:x}", true, true },
		{ "a${A}", true, false },
		{ "${A}b", true, false },
		{ "${A}${B}", true, false },
		{ "${a b}", true, false },
		{ "${1}", true, false },
		{ "${}", true, false },
		{ "${file:}", true, false },
		{ "${A", true, false },
		{ "$${A}", true, false },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++)
		if (value_is_elsewhere(rows[i].text, false) !=
			rows[i].is_plain ||
		    value_is_elsewhere(rows[i].text, true) != rows[i].is_secret)
			fail_msg("%s", rows[i].text);
}

static void
test_fill(void **state)
{
	static const struct {
		const char *text, *value; /* or what the error says */
		enum err_kind kind;
	} rows[] = {
		{ "a", "a", ERR_NONE },
		{ "${T_A}", "x", ERR_NONE },
		{ "<${T_A}.${T_B}>", "<x.y z>", ERR_NONE },
		{ "$${T_A}", "${T_A}", ERR_NONE },
		{ "$$${T_A}", "$${T_A}", ERR_NONE },
		{ "$", "$", ERR_NONE },
		{ "${T_EMPTY}", "", ERR_NONE },
		{ "${T_NONE}", "T_NONE", ERR_NO_INPUT },
		{ "${T_A", "braces", ERR_CONFIG },
		{ "${T-A}", "braces", ERR_CONFIG },
		{ "${file:x}", "slash", ERR_CONFIG },
		{ "${file:/nonexistent/x}", "/nonexistent/x", ERR_NO_INPUT },
		{ "${file:/}", "/", ERR_NO_INPUT },
		{ "${credential:../x}", "../x", ERR_CONFIG },
		{ "${credential:x}", "CREDENTIALS_DIRECTORY", ERR_NO_INPUT },
	};

	(void)state;
	assert_int_equal(setenv("T_A", "x", 1), 0);
	assert_int_equal(setenv("T_B", "y z", 1), 0);
	assert_int_equal(setenv("T_EMPTY", "", 1), 0);
	(void)unsetenv("T_NONE");
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	for (size_t i = 0; i < LEN(rows); i++) {
		AUTO(secret) struct secret out = SECRET_INIT;
		AUTO(error) struct error err = ERROR_INIT;

		(void)value_fill(rows[i].text, false, &out, &err);
		assert_int_equal(err.kind, rows[i].kind);
		if (err.kind)
			assert_non_null(strstr(err.text, rows[i].value));
		else
			assert_string_equal(out.data, rows[i].value);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_value),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_elsewhere),
		cmocka_unit_test(test_fill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
