/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "mail/aliases.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static int
expand(
    const char *text, const char *who, struct addr_list *out, struct error *err)
{
	AUTO(aliases) struct aliases a = ALIASES_INIT;

	if (aliases_parse(&a, "f", text, strlen(text), err) < 0)
		return -1;
	return aliases_expand(&a, &who, 1, "here.test, h2.test", out, err);
}

/* What comes out, with blanks between. */
static char *
joined(const struct addr_list *l)
{
	AUTO(buf) struct buf out = BUF_INIT(1000000);

	for (size_t i = 0; i < l->count; i++)
		(void)buf_printf(&out, "%s%s", i ? " " : "", l->items[i]);
	return buf_detach(&out);
}

static void
test_grammar(void **state)
{
	static const struct {
		const char *text, *who, *out;
	} rows[] = {
		{ "root: me@x\n", "root", "me@x" },
		{ "Root : me@x\r\n", "rOOt", "me@x" },
		{ "root: me@x\n", "root@x", "root@x" },
		{ "root: me@x\n", "root@Here.test", "me@x" },
		{ "root: me@x\n", "joe@h2.test", "joe@h2.test" },
		{ "root: me@x\n", "joe", "joe" },
		{ "root: a@x,\n\tb@x\n\n# no\n  , c@x\n", "root",
		    "a@x b@x c@x" },
		{ "root: a@x # b@x\nb:c@x#d\n", "root", "a@x" },
		{ "root: Joe <a@x>, (a, b) c@x, \"A, B\" <d@x>\n", "root",
		    "a@x c@x d@x" },
		{ "\"a b\": c@x\n", "\"a b\"", "c@x" },
		{ "a: b, \"c d\"\nb: b@x\n\"c d\": cd@x\n", "a", "b@x cd@x" },
		{ "a: \\b\nb: b@x\n", "a", "b" },
		{ "a: a, a@x\n", "a", "a a@x" },
		{ "a: b, c\nb: d\nc: d\nd: d@x\n", "a", "d@x" },
		{ "default: a@x\nroot: b@x\n", "joe", "a@x" },
		{ "default: root\n", "joe", "root" },
		{ "default: root\nroot: r@x\n", "joe", "r@x" },
		{ "a: b@here.test\nb: b@x\n", "a", "b@x" },
		{ "bad: |x\na: a@x\n", "a", "a@x" },
		{ "", "a", "a" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		AUTO(addr_list) struct addr_list out = ADDR_LIST_INIT;
		AUTO(error) struct error err = ERROR_INIT;
		auto_free char *got = NULL;

		if (expand(rows[i].text, rows[i].who, &out, &err) < 0)
			fail_msg("row %zu: %s", i, err.text);
		got = joined(&out);
		assert_string_equal(got, rows[i].out);
	}
}

/* IN-41, IN-42: nobody is left out silently, nothing is run or written to. */
static void
test_mistakes(void **state)
{
	static const struct {
		const char *text, *begin, *word;
	} rows[] = {
		{ "\na: |cmd\n", "f: line 2: ", "commands" },
		{ "a: b\nb: c@x, \"|cmd x\"\n", "f: line 2: ", "commands" },
		{ "a: /dev/null\n", "f: line 1: ", "commands" },
		{ "a: \"/x y\"\n", "f: line 1: ", "commands" },
		{ "a: b\nb: c\nc: a\n", "f: line 3: ", "leads back" },
		{ "a: b@x\nb c\n", "f: line 2: ", "colon" },
		{ "a@x: b@x\n", "f: line 1: ", "name" },
		{ ": b@x\n", "f: line 1: ", "name" },
		{ "a: b@x\nc: d@x\nA: e@x\n", "f: lines 1 and 3: ", "same" },
		{ "  a: b@x\n", "f: line 1: ", "goes on" },
		{ "a: b c d\n", "f: line 1: ", "" },
		{ "a: <b@x\n", "f: line 1: ", "" },
		{ "a: :include:x\n", "f: line 1: ", "slash" },
		{ "a: :include:/nonexistent/x\n",
		    "f: line 1: ", "nonexistent" },
		{ "a: :include:/dev/null\n", "f: line 1: ", "included" },
		{ "a: b\x01@x\n", "f: line 1: ", "control" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		AUTO(addr_list) struct addr_list out = ADDR_LIST_INIT;
		AUTO(error) struct error err = ERROR_INIT;

		if (expand(rows[i].text, "a", &out, &err) == 0)
			fail_msg("row %zu", i);
		assert_int_equal(err.kind, ERR_CONFIG);
		if (strncmp(err.text, rows[i].begin, strlen(rows[i].begin)) !=
			0 ||
		    !strstr(err.text, rows[i].word))
			fail_msg("row %zu: %s", i, err.text);
		assert_int_equal(out.count, 0);
	}
}

/* IN-40, IN-41: no limit but one, and that one is told. */
static void
test_many(void **state)
{
	static const struct {
		unsigned count;
		int result;
	} rows[] = { { 33, 0 }, { ALIASES_MAX, 0 }, { ALIASES_MAX + 1, -1 } };

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		AUTO(buf) struct buf text = BUF_INIT(1000000);
		AUTO(addr_list) struct addr_list out = ADDR_LIST_INIT;
		AUTO(error) struct error err = ERROR_INIT;

		(void)buf_add_str(&text, "a: x@x");
		for (unsigned k = 1; k < rows[i].count; k++)
			(void)buf_printf(&text, ",u%u@x", k);
		assert_int_equal(
		    expand(buf_str(&text), "a", &out, &err), rows[i].result);
		assert_int_equal(out.count, rows[i].result ? 0 : rows[i].count);
	}
}

/* 32 wide and 16 deep; and one long chain. */
static void
test_wide_and_deep(void **state)
{
	AUTO(buf) struct buf wide = BUF_INIT(1000000);
	AUTO(buf) struct buf deep = BUF_INIT(1000000);
	AUTO(addr_list) struct addr_list out = ADDR_LIST_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	(void)state;
	for (int i = 0; i < 16; i++) {
		(void)buf_printf(&wide, "n%d: e@x", i);
		for (int k = 0; k < 32; k++)
			(void)buf_printf(&wide, ", n%d", i + 1);
		(void)buf_add_char(&wide, '\n');
	}
	assert_int_equal(expand(buf_str(&wide), "n0", &out, &err), 0);
	assert_int_equal(out.count, 16 + 32);
	for (int i = 0; i < 5000; i++)
		(void)buf_printf(&deep, "n%d: n%d\n", i, i + 1);
	addr_list_truncate(&out, 0);
	assert_int_equal(expand(buf_str(&deep), "n4500", &out, &err), 0);
	assert_string_equal(out.items[0], "n5000");
	assert_int_equal(expand(buf_str(&deep), "n0", &out, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
}

static void
test_include(void **state)
{
	static const struct {
		const char *text, *out; /* NULL: refused */
	} rows[] = {
		{ "# c\na@x\n\n b, c@x\n", "a@x bb@x c@x" },
		{ "", "" },
		{ "root:$6$salt$hash:19000:0:x y\n", NULL },
		{ "|cmd\n", NULL },
		{ "/file\n", NULL },
		{ ":include:/etc/passwd\n", NULL },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		char path[] = "/tmp/postrider-test-XXXXXX";
		int fd = mkstemp(path);
		auto_free char *text =
		    xasprintf("a: :include:%s\nb: bb@x\n", path);
		AUTO(addr_list) struct addr_list out = ADDR_LIST_INIT;
		AUTO(error) struct error err = ERROR_INIT;
		size_t len = strlen(rows[i].text);
		int result;

		assert_int_equal(write(fd, rows[i].text, len), len);
		result = expand(text, "a", &out, &err);
		(void)close(fd);
		(void)unlink(path);
		if (rows[i].out) {
			auto_free char *got = joined(&out);

			assert_int_equal(result, 0);
			assert_string_equal(got, rows[i].out);
			continue;
		}
		assert_int_equal(result, -1);
		assert_null(strstr(err.text, "salt"));
		assert_true(!err.detail || !strstr(err.detail, "salt"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grammar),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_wide_and_deep),
		cmocka_unit_test(test_include),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
