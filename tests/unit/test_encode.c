/* SPDX-License-Identifier: ISC */
/* Content transfer encodings, and header fields made ASCII: SM-06, SM-09. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "mail/encode.h"
#include "mail/encode_field.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TEXT_MAX (1024 * 1024)
#define U76                                                                    \
	"uuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu"                               \
	"uuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu"
#define U75                                                                    \
	"uuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu"                                \
	"uuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu"
#define U74                                                                    \
	"uuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu"                                \
	"uuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu"

static int
sink(void *ctx, const char *p, size_t len, struct error *err)
{
	(void)err;
	return buf_add(ctx, p, len);
}

/* --- bodies --------------------------------------------------------------- */

static void
test_bodies(void **state)
{
	static const struct {
		enum encoding encoding;
		const char *in, *out;
	} rows[] = {
		{ ENCODE_QP, "", "" },
		{ ENCODE_QP, "plain\n", "plain\n" },
		{ ENCODE_QP, "a=b\n", "a=3Db\n" },
		{ ENCODE_QP, "\xc3\xa9", "=C3=A9" },
		/* lines end as they will on the wire */
		{ ENCODE_QP, "a\r\nb\rc\nd", "a\nb\nc\nd" },
		{ ENCODE_QP, "\r\r\n\n", "\n\n\n" },
		/* blanks at the end of a line, and of all */
		{ ENCODE_QP, "a \nb\t\r\nc  \n ", "a=20\nb=09\nc =20\n=20" },
		{ ENCODE_QP, " a\tb\n", " a\tb\n" },
		{ ENCODE_QP, "\x7f\x01\n", "=7F=01\n" },
		/* no line may be taken for a delimiter */
		{ ENCODE_QP, "--x\n-x\n---\n", "-=2Dx\n-x\n-=2D-\n" },
		/* lines of 76 at most */
		{ ENCODE_QP, U75 "\n", U75 "\n" },
		{ ENCODE_QP, U76 "\n", U75 "=\nu\n" },
		{ ENCODE_QP, U75 "\xe9", U75 "=\n=E9" },
		{ ENCODE_QP, U74 "\xe9", U74 "=\n=E9" },
		{ ENCODE_QP, U75 " \n", U75 "=\n=20\n" },
		{ ENCODE_QP, U75 "--\n", U75 "=\n-=2D\n" },
		/* what is encoded stays, the rest is repaired */
		{ ENCODE_QP_AGAIN, "=C3=A9 = \nx=\ny\n", "=C3=A9 = \nx=\ny\n" },
		{ ENCODE_QP_AGAIN, "=C3=A9\xc3\xa9\n", "=C3=A9=C3=A9\n" },
		{ ENCODE_QP_AGAIN, U74 "=C3\n", U74 "=\n=C3\n" },
		{ ENCODE_QP_AGAIN, U76 U76 "\n", U75 "=\nu" U74 "=\nuu\n" },
		{ ENCODE_BASE64, "", "" },
		{ ENCODE_BASE64, "\r\n\n\r", "DQoKDQ==" },
		{ ENCODE_BASE64_TEXT, "a\nb\rc\r\n", "YQ0KYg0KYw0K" },
		{ ENCODE_BASE64, U76,
		    "dXV1dXV1dXV1dXV1dXV1dXV1dXV1dXV1dXV1dXV1dXV1dXV1dXV1dX"
		    "V1dXV1dXV1dXV1dXV1dXV1\n"
		    "dXV1dXV1dXV1dXV1dXV1dXV1dQ==" },
		{ ENCODE_BASE64_AGAIN, "QU JD\xc3\xa9\nREVG=\n", "QUJDREVG=" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t len = strlen(rows[i].in);

		/* at every split */
		for (size_t at = 0; at <= len; at++) {
			AUTO(buf) struct buf out = BUF_INIT(TEXT_MAX);
			AUTO(error) struct error err = ERROR_INIT;
			struct encoder e;

			encoder_init(&e, rows[i].encoding, sink, &out);
			assert_int_equal(
			    encoder_add(&e, rows[i].in, at, &err), 0);
			assert_int_equal(
			    encoder_add(&e, rows[i].in + at, len - at, &err),
			    0);
			assert_int_equal(encoder_end(&e, &err), 0);
			assert_string_equal(buf_str(&out), rows[i].out);
		}
	}
}

static void
test_nul(void **state)
{
	AUTO(buf) struct buf out = BUF_INIT(TEXT_MAX);
	AUTO(error) struct error err = ERROR_INIT;
	struct encoder e;

	(void)state;
	encoder_init(&e, ENCODE_QP, sink, &out);
	assert_int_equal(encoder_add(&e, "a\0b", 3, &err), 0);
	assert_int_equal(encoder_end(&e, &err), 0);
	assert_string_equal(buf_str(&out), "a?b");
	buf_reset(&out);
	encoder_init(&e, ENCODE_BASE64, sink, &out);
	assert_int_equal(encoder_add(&e, "a\0b", 3, &err), 0);
	assert_int_equal(encoder_end(&e, &err), 0);
	assert_string_equal(buf_str(&out), "YQBi");
}

static void
test_size(void **state)
{
	struct encode_size s = { 0, 0 };

	(void)state;
	encode_size_add(&s, "\xe9\xe9\xe9", 3);
	assert_false(encode_size_wants_base64(&s)); /* a word stays readable */
	for (int i = 0; i < 100; i++)
		encode_size_add(&s, "\xe9\xe9 ", 3);
	assert_true(encode_size_wants_base64(&s));
	for (int i = 0; i < 50; i++)
		encode_size_add(&s, "plain words\n", 12);
	assert_true(encode_size_wants_base64(&s));
	for (int i = 0; i < 100; i++)
		encode_size_add(&s, "plain words\n", 12);
	assert_int_equal(s.escapes, 203);
	assert_false(encode_size_wants_base64(&s));
}

/* --- fields --------------------------------------------------------------- */

static const struct {
	const char *in, *out;
	unsigned found;
} field_rows[] = {
	{ "Subject: Gr\xc3\xbc\xc3\x9f"
	  "e an alle\n",
	    "Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?= an alle\n", 0 },
	/* neighbours go together, with what is between them */
	{ "Subject: \xc3\xa9  \xc3\xa9\n", "Subject: =?UTF-8?B?w6kgIMOp?=\n",
	    0 },
	{ "Subject: \xc3\xa9\n \xc3\xa9\n", "Subject: =?UTF-8?B?w6kgw6k=?=\n",
	    0 },
	/* a blank beside an encoded word would be lost */
	{ "Subject: =?a?q?b?= \xc3\xa9 =?a?q?b?=\n",
	    "Subject: =?a?q?b?= =?UTF-8?Q?_=C3=A9_?= =?a?q?b?=\n", 0 },
	{ "Subject:\xc3\xa9 \n", "Subject:=?UTF-8?Q?=C3=A9?=\n", 0 },
	/* whole characters in each word */
	{ "Subject: \xe9\x83\xb5\xe4\xbe\xbf\xe9\x83\xb5\xe4\xbe\xbf\xe9\x83"
	  "\xb5\xe4\xbe\xbf\xe9\x83\xb5\xe4\xbe\xbf\xe9\x83\xb5\xe4\xbe\xbf"
	  "\xe9\x83\xb5\xe4\xbe\xbf\xe9\x83\xb5\xe4\xbe\xbf\n",
	    "Subject: =?UTF-8?B?6YO15L6/6YO15L6/6YO15L6/6YO15L6/6YO15L6/"
	    "6YO15L6/6YO1?=\n =?UTF-8?B?5L6/?=\n",
	    0 },
	/* not UTF-8: the charset that is told */
	{ "Subject: caf\xe9 \x80\n", "Subject: =?UTF-8?B?Y2Fmw6kg4oKs?=\n", 0 },
	{ "Subject: caf\x81\n", "Subject: =?unknown-8bit?Q?caf=81?=\n", 0 },
	/* addresses */
	{ "From: J\xc3\xbcrgen Gro\xc3\x9f <a@b.c>\n",
	    "From: =?UTF-8?Q?J=C3=BCrgen_Gro=C3=9F?= <a@b.c>\n", 0 },
	{ "To: \"\xc3\x9c, \\\"\xc3\x84\"<a@b.c>,d@e.f\n",
	    "To: =?UTF-8?B?w5wsICLDhA==?= <a@b.c>, d@e.f\n", 0 },
	{ "Cc: Ann \"\xc3\x9c\" X <a@b.c>\n",
	    "Cc: Ann =?UTF-8?Q?=C3=9C?= X <a@b.c>\n", 0 },
	{ "Cc: a@b.c (K\xc3\xa4se (in\xc3\xa9n) x)\n",
	    "Cc: a@b.c (=?UTF-8?Q?K=C3=A4se?= (=?UTF-8?Q?in=C3=A9n?=) x)\n",
	    0 },
	{ "Cc: Gr\xc3\xb6\xc3\x9f"
	  "e: a@b.c, <d@e.f>;\n",
	    "Cc: =?UTF-8?Q?Gr=C3=B6=C3=9Fe?=: a@b.c, <d@e.f>;\n", 0 },
	{ "Reply-To: a@b\xc3\xbc"
	  "cher.example, X <b@b\xc3\xbc"
	  "cher.example>\n",
	    "Reply-To: a@xn--bcher-kva.example, X <b@xn--bcher-kva.example>\n",
	    0 },
	{ "Reply-To: a@\xc3\xa4.de (\xc3\xa4)\n",
	    "Reply-To: a@xn--4ca.de (=?UTF-8?Q?=C3=A4?=)\n", 0 },
	/* a local part has no other form */
	{ "To: J\xc3\xbcrgen <j\xc3\xbcrgen@b.c>, a@b.c\n",
	    "To: =?UTF-8?Q?J=C3=BCrgen?= <j\xc3\xbcrgen@b.c>, a@b.c\n",
	    FIELD_IS_WIDE },
	{ "To: \xc3\xa9@\xc3\xa9.example\n", "To: \xc3\xa9@\xc3\xa9.example\n",
	    FIELD_IS_WIDE },
	{ "To: j\xc3\xbcrgen\n", "To: =?UTF-8?Q?j=C3=BCrgen?=\n", 0 },
	/* what is no list is text */
	{ "To: \"never closed \xc3\xa9 <a@b.c>\n",
	    "To: \"never closed =?UTF-8?Q?=C3=A9?= <a@b.c>\n", 0 },
	{ "To: <<\xc3\xa9@b.c>>\n", "To: =?UTF-8?B?PDzDqUBiLmM+Pg==?=\n", 0 },
	/* octets that cannot even be UTF-8 are no address */
	{ "To: <\x81@b.c>\n", "To: =?unknown-8bit?Q?=3C=81=40b=2Ec=3E?=\n", 0 },
	/* parameters */
	{ "Content-Disposition: attachment; filename=\"\xc3\xa9 x.txt\"; a=b\n",
	    "Content-Disposition: attachment; filename*=UTF-8''%C3%A9%20x.txt;"
	    " a=b\n",
	    0 },
	{ "Content-Type: a/b; name=\xc3\xa9 x.txt (\xc3\xa9)\n",
	    "Content-Type: a/b; name*=UTF-8''%C3%A9%20x.txt\n", 0 },
	{ "Content-Type: a/b (\xc3\xa9); charset=x\n",
	    "Content-Type: a/b (=?UTF-8?Q?=C3=A9?=); charset=x\n", 0 },
	{ "Content-Disposition: a; filename*=UTF-8''\xc3\xa9%20\n",
	    "Content-Disposition: a; filename*=UTF-8''%C3%A9%20\n", 0 },
	/* other grammars */
	{ "Date: Sat, 21 Nov 2026 (M\xc3\xa4rz)\n",
	    "Date: Sat, 21 Nov 2026 (=?UTF-8?Q?M=C3=A4rz?=)\n", 0 },
	{ "References: <\xc3\xa9@x> <b@x>\n",
	    "Downgraded-References: =?UTF-8?B?PMOpQHg+?= <b@x>\n", 0 },
};

static void
test_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(field_rows); i++) {
		AUTO(buf) struct buf out = BUF_INIT(TEXT_MAX);
		const char *in = field_rows[i].in;
		struct mime_field f;
		size_t pos = 0;

		assert_true(mime_field_next(in, strlen(in), &pos, &f));
		assert_int_equal(pos, strlen(in));
		assert_true(field_is_8bit(&f));
		assert_int_equal(encode_field(&f, "windows-1252", &out),
		    field_rows[i].found);
		assert_string_equal(buf_str(&out), field_rows[i].out);
	}
}

/* The longest line of what a field becomes. */
static size_t
longest_line(const char *name, const char *word, size_t count, unsigned *found)
{
	AUTO(buf) struct buf in = BUF_INIT(TEXT_MAX);
	AUTO(buf) struct buf out = BUF_INIT(TEXT_MAX);
	size_t longest = 0, pos = 0;
	struct mime_field f;

	(void)buf_printf(&in, "%s: ", name);
	while (count--)
		(void)buf_add_str(&in, word);
	(void)buf_add_char(&in, '\n');
	assert_true(mime_field_next(in.data, in.len, &pos, &f));
	assert_true(field_is_long(&f));
	*found = encode_field(&f, "windows-1252", &out);
	assert_true(text_is_ascii(out.data, out.len));
	for (const char *p = out.data; *p; p += strcspn(p, "\n") + 1)
		if (strcspn(p, "\n") > longest)
			longest = strcspn(p, "\n");
	return longest;
}

static void
test_long_lines(void **state)
{
	static const struct {
		const char *name, *word;
		size_t count;
		size_t longest; /* at most */
		unsigned found;
	} rows[] = {
		{ "Subject", "word ", 1000, 76, 0 },
		{ "Subject", "x", 5000, 76, 0 },
		{ "Subject", "\xc3\xa9", 5000, 76, 0 },
		{ "To", "user@host.example,", 500, 76, 0 },
		{ "To", "user@host.example, ", 500, 76, 0 },
		{ "References", "<some-id@host.example> ", 500, 76, 0 },
		{ "Content-Type", "a/b; name=x", 500, 78, 0 },
		{ "Content-Type", "a=b;", 500, 78, 0 },
		{ "Message-ID", "x", 999, 1100, FIELD_IS_STUCK },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned found;

		assert_in_range(longest_line(rows[i].name, rows[i].word,
				    rows[i].count, &found),
		    1, rows[i].longest);
		assert_int_equal(found, rows[i].found);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_long_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
