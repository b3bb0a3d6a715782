/* SPDX-License-Identifier: ISC */
/* Replies: RP-05 to RP-08, RP-10 to RP-12, RP-15, RP-17. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "smtp/parse.h"
#include "smtp/phase.h"

/* Feeds lines that are separated by '|'; what the last one returned. */
static int
feed(const char *lines, size_t len, struct reply *reply, struct error *err)
{
	AUTO(parse) struct parse p;
	const char *end = lines + len;
	int rc = 0;

	parse_init(&p, PARSE_TEXT_MAX);
	while (rc == 0) {
		const char *bar = memchr(lines, '|', (size_t)(end - lines));
		size_t n = (size_t)((bar ? bar : end) - lines);
		auto_free char *line = xmemdupz(lines, n);
		const char *text;
		size_t text_len;

		rc = parse_line(&p, line, n, &text, &text_len, err);
		if (rc >= 0)
			assert_int_equal(text[text_len], '\0');
		if (!bar)
			break;
		lines = bar + 1;
	}
	if (rc == 1)
		parse_take(&p, reply);
	return rc;
}

static void
test_good(void **state)
{
	static const struct {
		const char *lines;
		int code;
		unsigned short esc[3];
		const char *text;
	} rows[] = {
		{ "250 ok", 250, { 0, 0, 0 }, "ok" },
		{ "250", 250, { 0, 0, 0 }, "" },
		{ "250 ", 250, { 0, 0, 0 }, "" },
		{ "250-a|250 b", 250, { 0, 0, 0 }, "a\nb" },
		{ "250-|250", 250, { 0, 0, 0 }, "\n" },
		{ "250-a|250-|250 c", 250, { 0, 0, 0 }, "a\n\nc" },
		{ "250 2.1.0 fine", 250, { 2, 1, 0 }, "2.1.0 fine" },
		{ "250 2.1.0", 250, { 2, 1, 0 }, "2.1.0" },
		{ "550-5.7.26 a|550 5.7.26 b", 550, { 5, 7, 26 },
		    "5.7.26 a\n5.7.26 b" },
		{ "550 5.999.999 x", 550, { 5, 999, 999 }, "5.999.999 x" },
		/* RP-17: the basic code wins */
		{ "250 9.9.9", 250, { 0, 0, 0 }, "9.9.9" },
		{ "550 2.0.0 contradictory", 550, { 0, 0, 0 },
		    "2.0.0 contradictory" },
		{ "250 2.1.0fine", 250, { 0, 0, 0 }, "2.1.0fine" },
		{ "250 2.1", 250, { 0, 0, 0 }, "2.1" },
		{ "250 2..1 x", 250, { 0, 0, 0 }, "2..1 x" },
		{ "250 2.1234.1 x", 250, { 0, 0, 0 }, "2.1234.1 x" },
		/* RP-15: a CR in the middle is text, to be escaped */
		{ "250 a\rb", 250, { 0, 0, 0 }, "a\rb" },
		{ "599 x", 599, { 0, 0, 0 }, "x" },
		{ "200 x", 200, { 0, 0, 0 }, "x" },
		{ "250  two", 250, { 0, 0, 0 }, " two" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(reply) struct reply reply = REPLY_INIT;

		print_message("%s\n", rows[i].lines);
		assert_int_equal(
		    feed(rows[i].lines, strlen(rows[i].lines), &reply, &err),
		    1);
		assert_int_equal(reply.code, rows[i].code);
		assert_memory_equal(reply.esc, rows[i].esc, sizeof(reply.esc));
		assert_string_equal(reply.text, rows[i].text);
	}
}

static void
test_bad(void **state)
{
	static const char *const rows[] = {
		/* RP-06 */
		"2500 ok",
		"25 ok",
		"250_ok",
		"\xd9\xa2\xd9\xa5\xd9\xa0 ok",
		"+250 ok",
		"250\tok",
		" 250 ok",
		"650 x",
		"000 x",
		"199 x",
		"2x0 x",
		"25x x",
		"-250 x",
		"garbage",
		/* RP-15 */
		"",
		"2",
		"25",
		"\r",
		"250-x|",
		/* RP-05 */
		"250-a|550 b",
		"250-a|251 b",
		"250-a|250-b|garbage",
		/* what TLS looks like */
		"\x15\x03\x01",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(reply) struct reply reply = REPLY_INIT;

		print_message("%s\n", rows[i]);
		assert_int_equal(
		    feed(rows[i], strlen(rows[i]), &reply, &err), -1);
		assert_int_equal(err.kind, ERR_PROTOCOL);
		assert_int_equal(reply.code, 0);
	}
}

/* RP-15: NUL */
static void
test_nul(void **state)
{
	static const struct {
		const char *line;
		size_t len;
	} rows[] = { { "250 a\0b", 7 }, { "250\0", 4 }, { "\0", 1 },
		{ "25\0 x", 5 }, { "250 \0", 5 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(reply) struct reply reply = REPLY_INIT;

		assert_int_equal(
		    feed(rows[i].line, rows[i].len, &reply, &err), -1);
		assert_int_equal(err.kind, ERR_PROTOCOL);
	}
}

/* RP-10, RP-11, RP-12: caps.  How many lines of that length go in. */
static int
feed_many(size_t lines, size_t len, struct reply *reply, struct error *err)
{
	AUTO(parse) struct parse p;
	auto_free char *line = xmalloc(len + 1);
	const char *text;
	size_t text_len;
	int rc = 0;

	memset(line, 'x', len);
	memcpy(line, "250-", 4);
	line[len] = '\0';
	parse_init(&p, PARSE_TEXT_MAX);
	for (size_t i = 0; i < lines && rc == 0; i++) {
		line[3] = i + 1 < lines ? '-' : ' ';
		rc = parse_line(&p, line, len, &text, &text_len, err);
	}
	assert_true(p.text.len <= PARSE_TEXT_MAX);
	if (rc == 1)
		parse_take(&p, reply);
	return rc;
}

static void
test_caps(void **state)
{
	static const struct {
		size_t lines, len;
		int rc;
	} rows[] = {
		{ 1, 4096, 1 },
		{ 1, 4097, -1 },
		{ 256, 100, 1 },
		{ 257, 100, -1 },
		{ 100000, 4, -1 },
		{ 16, 4096, 1 },
		{ 17, 4096, -1 },
		{ 256, 256, 1 },
		{ 256, 257, -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(reply) struct reply reply = REPLY_INIT;

		print_message("%zu x %zu\n", rows[i].lines, rows[i].len);
		assert_int_equal(
		    feed_many(rows[i].lines, rows[i].len, &reply, &err),
		    rows[i].rc);
		assert_int_equal(reply.text == NULL, rows[i].rc < 0);
		if (reply.text)
			assert_true(strlen(reply.text) <= PARSE_TEXT_MAX);
		else
			assert_int_equal(err.kind, ERR_PROTOCOL);
	}
}

/* RP-08, RP-09, RP-24: what a code means where. */
static void
test_judge(void **state)
{
	static const struct {
		enum smtp_phase phase;
		int code;
		enum err_kind kind;
	} rows[] = {
		{ PHASE_GREETING, 220, ERR_NONE },
		{ PHASE_GREETING, 250, ERR_PROTOCOL },
		{ PHASE_GREETING, 554, ERR_PROTOCOL },
		{ PHASE_GREETING, 450, ERR_DEFERRED },
		{ PHASE_EHLO, 250, ERR_NONE },
		{ PHASE_EHLO, 235, ERR_PROTOCOL },
		{ PHASE_EHLO, 450, ERR_DEFERRED },
		{ PHASE_EHLO, 550, ERR_UNSUPPORTED },
		{ PHASE_STARTTLS, 220, ERR_NONE },
		{ PHASE_STARTTLS, 250, ERR_PROTOCOL },
		{ PHASE_STARTTLS, 221, ERR_PROTOCOL },
		{ PHASE_STARTTLS, 354, ERR_PROTOCOL },
		{ PHASE_STARTTLS, 454, ERR_DEFERRED },
		{ PHASE_STARTTLS, 502, ERR_UNSUPPORTED },
		{ PHASE_AUTH, 235, ERR_NONE },
		{ PHASE_AUTH, 334, ERR_NONE },
		{ PHASE_AUTH, 250, ERR_PROTOCOL },
		{ PHASE_AUTH, 454, ERR_DEFERRED },
		{ PHASE_AUTH, 535, ERR_AUTH },
		{ PHASE_MAIL, 250, ERR_NONE },
		{ PHASE_MAIL, 221, ERR_PROTOCOL },
		{ PHASE_MAIL, 334, ERR_PROTOCOL },
		{ PHASE_MAIL, 452, ERR_DEFERRED },
		{ PHASE_MAIL, 550, ERR_REFUSED },
		{ PHASE_RCPT, 250, ERR_NONE },
		{ PHASE_RCPT, 251, ERR_NONE },
		{ PHASE_RCPT, 252, ERR_NONE },
		{ PHASE_RCPT, 253, ERR_PROTOCOL },
		{ PHASE_RCPT, 354, ERR_PROTOCOL },
		{ PHASE_RCPT, 450, ERR_DEFERRED },
		{ PHASE_RCPT, 550, ERR_REFUSED },
		{ PHASE_DATA, 354, ERR_NONE },
		{ PHASE_DATA, 250, ERR_PROTOCOL },
		{ PHASE_DATA, 451, ERR_DEFERRED },
		{ PHASE_DATA, 503, ERR_REFUSED },
		{ PHASE_DOT, 250, ERR_NONE },
		{ PHASE_DOT, 354, ERR_PROTOCOL },
		{ PHASE_DOT, 450, ERR_DEFERRED },
		{ PHASE_DOT, 554, ERR_REJECTED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		struct reply reply = REPLY_INIT;
		char text[] = "x";

		reply.code = rows[i].code;
		reply.text = text;
		print_message(
		    "%s %d\n", phase_table[rows[i].phase].name, rows[i].code);
		assert_int_equal(
		    phase_judge(rows[i].phase, &reply, "a@b", &err),
		    rows[i].kind ? -1 : 0);
		assert_int_equal(err.kind, rows[i].kind);
	}
}

static void
test_words(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct reply reply = REPLY_INIT;
	char text[] = "5.1.1 no such user";

	(void)state;
	reply.code = 550;
	reply.text = text;
	assert_int_equal(phase_judge(PHASE_RCPT, &reply, "a%sb@c", &err), -1);
	assert_string_equal(
	    err.text, "recipient address a%sb@c not accepted by the server");
	assert_string_equal(err.reply.text, "5.1.1 no such user");
}

static void
test_release_nothing(void **state)
{
	(void)state;
	parse_release(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_release_nothing),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_caps),
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
