/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "mail/addr.h"

#define X10 "xxxxxxxxxx"
#define X60 X10 X10 X10 X10 X10 X10
#define X63 X60 "xxx"

/* The addresses that text gives, joined by '|', or "!" when it is refused. */
static char *
test_parsed(const char *text, size_t len)
{
	AUTO(addr_list) struct addr_list l = ADDR_LIST_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(buf) struct buf out = BUF_INIT(100000);

	if (addr_parse_list(&l, text, len, "the test", &err) < 0) {
		assert_int_equal(err.kind, ERR_ADDRESS);
		assert_non_null(err.detail);
		assert_int_equal(l.count, 0);
		return xstrdup("!");
	}
	for (size_t i = 0; i < l.count; i++)
		(void)buf_printf(&out, "%s%s", i ? "|" : "", l.items[i]);
	return buf_detach(&out);
}

struct test_row {
	const char *in, *out;
};

static void
test_rows(const struct test_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		auto_free char *out =
		    test_parsed(rows[i].in, strlen(rows[i].in));

		if (strcmp(out, rows[i].out) != 0)
			fail_msg("%s: got %s instead of %s", rows[i].in, out,
			    rows[i].out);
	}
}

#define TEST_ROWS(rows) test_rows(rows, sizeof(rows) / sizeof((rows)[0]))

static void
test_list_plain(void **state)
{
	static const struct test_row rows[] = {
		{ "", "" },
		{ " ,, , ", "" },
		{ "a@b", "a@b" },
		{ "root", "root" },
		{ "a@b,c@d , ,e@f,", "a@b|c@d|e@f" },
		{ "<a@b>", "a@b" },
		{ "< a@b >", "a@b" },
		{ "Joe Q. Public <joe@x.org>", "joe@x.org" },
		{ "\"Doe, Jane\" <jane@x.org>, k@l", "jane@x.org|k@l" },
		{ "joe@x.com <joe@y.com>", "joe@y.com" },
		{ "A B <a>, c", "a|c" },
		{ "[list] foo <a@b>", "a@b" },
		{ "caf\xc3\xa9 <a@b>", "a@b" },
		{ "caf\xe9 <a@b>", "a@b" },
		{ "it's <a@b>, x) y <c@d>", "a@b|c@d" },
		{ "Jos\xc3\xa9@b\xc3\xbc.example",
		    "Jos\xc3\xa9@b\xc3\xbc.example" },
		{ "a+b=c@d_e.x-y.z", "a+b=c@d_e.x-y.z" },
		{ "host!user@gate", "host!user@gate" },
		{ "a%b@c", "a%b@c" },
		/* as some programs separate */
		{ "a@b; c@d", "a@b|c@d" },
		/* row 8 of the bad inputs: a dash is an address's too */
		{ "-x@y", "-x@y" },
		/* obs-addr-spec */
		{ "a . b @ c . d", "a.b@c.d" },
		/* folds */
		{ "a@b,\r\n\tc@d,\n \n e@f", "a@b|c@d|e@f" },
	};

	(void)state;
	TEST_ROWS(rows);
}

static void
test_list_comments(void **state)
{
	static const struct test_row rows[] = {
		{ "root (Cron Daemon)", "root" },
		{ "(x) a(y)@(z)b (end)", "a@b" },
		{ "(a (b (c) \\) d) \\() e@f", "e@f" },
		{ "a@b (c@d, e@f)", "a@b" },
		{ "<(x)a@b(y)> (z)", "a@b" },
		{ "a@b (c", "!" },
		{ "a@b (c\\)", "!" },
		{ "()", "" },
	};

	(void)state;
	TEST_ROWS(rows);
}

/* IN-10 */
static void
test_list_groups(void **state)
{
	static const struct test_row rows[] = {
		{ "undisclosed-recipients:;", "" },
		{ "undisclosed-recipients:", "" },
		{ "g: a@b, c@d;", "a@b|c@d" },
		{ "g: a@b, N <c@d>; e@f", "a@b|c@d|e@f" },
		{ "My Friends : a@b;, \"x\": c@d;", "a@b|c@d" },
		{ "g: h: a@b;;", "!" },
		{ ":;", "!" },
		{ ": a@b;", "!" },
		{ "a@b: c;", "!" },
		/* an encoded word is a name, whatever is in it */
		{ "=?utf-8?q?=3Cevil@x=3E?= <a@b>", "a@b" },
		{ "=?utf-8?q?evil?=", "!" },
		{ "=?utf-8?q?Doe,_J?= <a@b>", "!" },
	};

	(void)state;
	TEST_ROWS(rows);
}

/* IN-05 */
static void
test_list_quotes_and_literals(void **state)
{
	static const struct test_row rows[] = {
		{ "\"a b\"@c", "\"a b\"@c" },
		{ "\"abc\"@d", "abc@d" },
		{ "\"a\\b\"@d", "ab@d" },
		{ "\"a.b\".c@d", "a.b.c@d" },
		{ "\"a..b\"@d", "\"a..b\"@d" },
		{ "\"\\\"<>@,\"@c", "\"\\\"<>@,\"@c" },
		{ "\"back\\\\slash\"@c", "\"back\\\\slash\"@c" },
		{ "\"a\r\n b\"@c", "\"a b\"@c" },
		{ "\"a\r\nb\"@c", "!" },
		{ "\"a\tb\"@c", "!" },
		{ "\"\"@c", "!" },
		{ "\"a\"b@c", "!" },
		{ "\"a@c", "!" },
		{ "a@\"b\"", "!" },
		{ "a@[127.0.0.1]", "a@[127.0.0.1]" },
		{ "a@[IPv6:::1]", "a@[IPv6:::1]" },
		{ "a@[ipv6:2001:db8::1]", "a@[ipv6:2001:db8::1]" },
		{ "a@[127.0.0.256]", "!" },
		{ "a@[1.2.3]", "!" },
		{ "a@[::1]", "!" },
		{ "a@[IPv6:1.2.3.4]", "!" },
		{ "a@[]", "!" },
		{ "a@[127.0.0.1", "!" },
		{ "a@[127.0.0.1]x", "!" },
		{ "a@x[127.0.0.1]", "!" },
		{ "<a@b", "!" },
		{ "a@b>", "!" },
		{ "<<a@b>>", "!" },
		{ "<a@b> <c@d>", "!" },
		{ "<a@b> c", "!" },
		{ "<>", "!" },
		{ "x <>", "!" },
	};

	(void)state;
	TEST_ROWS(rows);
}

/* IN-01, IN-04, IN-09 and rows 5-15 of the bad inputs */
static void
test_list_refused(void **state)
{
	static const struct test_row rows[] = {
		{ "a@b>\r\nRCPT TO:<evil@x", "!" },
		{ "a@b\r\nX", "!" },
		{ "a@b\rX", "!" },
		{ "a@b\nX", "!" },
		{ "a\x1b@b", "!" },
		{ "a\x7f@b", "!" },
		{ "a@b\x01", "!" },
		{ "a@b SIZE=1 NOTIFY=NEVER ORCPT=rfc822;x", "!" },
		{ "a b@c", "!" },
		{ "joe smith", "!" },
		{ "a@b c", "!" },
		{ "<a b@c>", "!" },
		{ "<a@b c>", "!" },
		{ "a@b..c", "!" },
		{ ".a@b", "!" },
		{ "a.@b", "!" },
		{ "a..b@c", "!" },
		{ "a@-b", "!" },
		{ "a@b-", "!" },
		{ "a@b-.c", "!" },
		{ "a@b.", "!" },
		{ "a@.b", "!" },
		{ "@b", "!" },
		{ "a@", "!" },
		{ "a@b@c", "!" },
		{ "a@b+c", "!" },
		{ "a@b_", "a@b_" },
		{ "|id", "!" },
		{ "\"|id\"", "!" },
		{ "\"|id -x\"", "!" },
		{ "/etc/passwd", "!" },
		{ "\"/etc/passwd\"", "!" },
		{ ":include:", "!" },
		{ ":include:/etc/shadow", "!" },
		{ "\":include:/x\"", "!" },
		{ "include:/etc/shadow", "!" },
		{ "a@b, |id", "!" },
		{ "/C=de/@gate.example", "/C=de/@gate.example" },
		/* routes: dropped in brackets, never two addresses */
		{ "<@a,@b:c@d>", "c@d" },
		{ "<@a, @b : c@d>", "c@d" },
		{ "@a,@b:c@d", "!" },
		{ "<@a c@d>", "!" },
		/* IN-03 */
		{ "a\xc2\x85@b", "!" },
		{ "a\xe2\x80\xa8@b", "!" },
		{ "a\xe2\x80\xae@b", "!" },
		{ "a@b\xe2\x80\x8b", "!" },
		{ "a\xff@b", "!" },
		{ "a\xc0\x80@b", "!" },
		{ "\"a\xc2\x85\"@b", "!" },
	};
	static const char nul[] = "a\0b@c", quoted_nul[] = "\"a\0\"@c";
	auto_free char *out = test_parsed(nul, sizeof(nul) - 1);
	auto_free char *quoted =
	    test_parsed(quoted_nul, sizeof(quoted_nul) - 1);

	(void)state;
	TEST_ROWS(rows);
	assert_string_equal(out, "!");
	assert_string_equal(quoted, "!");
}

/* IN-06 */
static void
test_sizes(void **state)
{
	static const char label[] = X63;
	char domain[2 + 4 * 64 + 10];
	AUTO(error) struct error err = ERROR_INIT;
	size_t at;

	(void)state;
	assert_null(addr_fault("x" X63 "@b", 66, &at));
	assert_non_null(addr_fault("xx" X63 "@b", 67, &at));
	assert_null(addr_fault("a@" X63, 65, &at));
	assert_non_null(addr_fault("a@" X63 "x", 66, &at));
	/* 254 octets in all, and one more */
	(void)snprintf(domain, sizeof(domain), "a@%s.%s.%s.%.60s", label, label,
	    label, label);
	assert_int_equal(strlen(domain), 254);
	assert_null(addr_fault(domain, 254, &at));
	(void)snprintf(domain, sizeof(domain), "a@%s.%s.%s.%.61s", label, label,
	    label, label);
	assert_non_null(addr_fault(domain, 255, &at));
	for (size_t n = 4096; n <= 1 << 20; n <<= 8) {
		auto_free char *big = xmalloc(n + 1);

		memset(big, 'a', n);
		big[n] = '\0';
		assert_int_equal(addr_validate(big, n, false, "-f", &err), -1);
		assert_true(strlen(err.detail) < 200);
		big[n - 1] = '@';
		assert_int_equal(addr_validate(big, n, false, "-f", &err), -1);
		auto_free char *out = test_parsed(big, n);
		assert_string_equal(out, "!");
	}
}

/* IN-08 */
static void
test_validate_null_and_words(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(addr_validate("", 0, true, "-f", &err), 0);
	assert_int_equal(addr_validate("", 0, false, "-f", &err), -1);
	assert_int_equal(addr_validate("<>", 2, true, "-f", &err), -1);
	assert_int_equal(addr_validate("a@b>\r\nX", 7, true, "-f", &err), -1);
	assert_string_equal(err.text, "bad address in -f: a control character");
	assert_string_equal(err.detail, "octet 5 of a@b>\r...");
	assert_int_equal(err_exit_code(&err), 65);
}

/* IN-10: depth and time */
static void
test_list_is_linear(void **state)
{
	enum { N = 10 * 1000 * 1000 };
	static const char fills[] = ";(,:<\"[@.a \\)";
	auto_free char *big = xmalloc(N);
	clock_t start = clock();

	(void)state;
	for (const char *c = fills; *c; c++) {
		auto_free char *out = NULL;

		memset(big, *c, N);
		out = test_parsed(big, N);
		assert_string_equal(
		    out, *c == ';' || *c == ',' || *c == ' ' ? "" : "!");
	}
	for (size_t i = 0; i < N; i += 2)
		memcpy(big + i, "()", 2);
	auto_free char *out = test_parsed(big, N);
	assert_string_equal(out, "");
	/* a second or so; quadratic would be hours */
	assert_true((clock() - start) / CLOCKS_PER_SEC < 60);
}

static void
test_comment_depth(void **state)
{
	char text[200];

	(void)state;
	for (int depth = 63; depth <= 65; depth++) {
		memset(text, '(', (size_t)depth);
		memset(text + depth, ')', (size_t)depth);
		memcpy(text + 2 * depth, "a@b", 3);
		auto_free char *out = test_parsed(text, 2 * (size_t)depth + 3);
		assert_string_equal(out, depth > 64 ? "!" : "a@b");
	}
}

static void
test_domain_part(void **state)
{
	(void)state;
	assert_string_equal(addr_domain("a@b"), "b");
	assert_string_equal(addr_domain("\"x@y\"@b"), "b");
	assert_string_equal(addr_domain("\"x\\\"@y\"@b"), "b");
	assert_null(addr_domain("root"));
	assert_null(addr_domain("\"x@y\""));
	assert_null(addr_domain(""));
}

/* IN-50, IN-51 */
static void
test_caller(void **state)
{
	auto_free char *addr = addr_of_caller();
	auto_free char *host = addr_host_name();
	AUTO(error) struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(
	    addr_validate(addr, strlen(addr), false, "x", &err), 0);
	assert_string_equal(addr_domain(addr), host);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list_plain),
		cmocka_unit_test(test_list_comments),
		cmocka_unit_test(test_list_groups),
		cmocka_unit_test(test_list_quotes_and_literals),
		cmocka_unit_test(test_list_refused),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_validate_null_and_words),
		cmocka_unit_test(test_list_is_linear),
		cmocka_unit_test(test_comment_depth),
		cmocka_unit_test(test_domain_part),
		cmocka_unit_test(test_caller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
