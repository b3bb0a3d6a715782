/* SPDX-License-Identifier: ISC */
/* A message taken apart: RFC 2046 5.1, at every split. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "mail/mime.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- the walk, written down ----------------------------------------------- */

static int
on_head(void *ctx, const struct mime_entity *e, struct error *err)
{
	(void)err;
	return buf_printf(ctx, "%c%zu(", "LMRS"[e->type.kind], e -> number);
}

static int
on_content(void *ctx, const char *p, size_t len, struct error *err)
{
	struct buf *out = ctx;

	(void)err;
	for (size_t i = 0; i < len; i++)
		(void)buf_add_char(out, p[i] == '\n'   ? '/'
					: p[i] == '\r' ? '%'
						       : p[i]);
	return 0;
}

static int
on_content_end(void *ctx, struct error *err)
{
	(void)err;
	return buf_add_char(ctx, ')');
}

static int
on_frame(void *ctx, enum mime_frame frame, const char *p, size_t len,
    struct error *err)
{
	if (frame == MIME_MARGIN)
		return on_content(ctx, p, len, err);
	if (*p == '-')
		return buf_printf(ctx, "|");
	return 0;
}

static const struct mime_events events = { on_head, on_content, on_content_end,
	on_frame };

#define MULTI(b) "Content-Type: multipart/mixed; boundary=\"" b "\"\n"

/* L leaf, M multipart, R message, S sealed; a delimiter is a bar. */
static const struct {
	const char *head, *body, *structure;
} rows[] = {
	{ "", "a\nb", "L0(a/b)" },
	{ MULTI("b"), "pre\n--b\n\none\n--b\n\ntwo\n\n--b--\nepi\n",
	    "M0(pre|L1(one)|L2(two/)|epi/" },
	/* the line end belongs to the delimiter */
	{ MULTI("b"), "--b\n\n\n--b--", "M0(|L1()|" },
	{ MULTI("b"), "--b\r\n\r\na\r\n\r\n--b--\r\n", "M0(|L1(a%/)|" },
	/* no body, no blank line */
	{ MULTI("b"), "--b\n--b\nX: y\n--b--", "M0(|L1()|L2()|" },
	/* a whole line, blanks apart */
	{ MULTI("b"), "--b \t\n\na\n--bb\n--b-\n--b x\n --b\n-b\n--b--\t\n",
	    "M0(|L1(a/--bb/--b-/--b x/ --b/-b)|" },
	/* what is not closed, and what is closed from outside */
	{ MULTI("b"), "--b\n\na", "M0(|L1(a)" },
	{ MULTI("b"), "--b\n" MULTI("c") "\n--c\n\na\n--b\n\nz\n--b--\n",
	    "M0(|M1(|L2(a)|L3(z)|" },
	{ MULTI("b"), "--b\n" MULTI("c") "\n--c\n\na\n--b--\ne\n--c\nf\n",
	    "M0(|M1(|L2(a)|e/--c/f/" },
	/* a boundary that begins another */
	{ MULTI("ab"),
	    "--ab\n" MULTI("abc") "\n--abc\n\n1\n--abc--\n--ab\n\n2\n--ab--\n",
	    "M0(|M1(|L2(1)||L3(2)|" },
	{ MULTI("abc"),
	    "--abc\n" MULTI("ab") "\n--ab\n\n1\n--ab--\n--abc\n\n2\n--abc--\n",
	    "M0(|M1(|L2(1)||L3(2)|" },
	/* the same boundary inside: the inner one hears it */
	{ MULTI("b"), "--b\n" MULTI("b") "\n--b\n\n1\n--b--\nx\n--b\n\n2\n",
	    "M0(|M1(|L2(1)|x|L3(2/)" },
	/* messages */
	{ "Content-Type: message/rfc822\n", "Subject: x\n\nbody\n",
	    "R0(L1(body/)" },
	{ "Content-Type: message/rfc822\n", MULTI("b") "\n--b\n\na\n--b--\n",
	    "R0(M1(|L2(a)|" },
	{ MULTI("b"), "--b\nContent-Type: message/rfc822\n\nA: b\n\nt\n--b--",
	    "M0(|R1(L2(t)|" },
	{ "Content-Type: multipart/digest; boundary=b\n",
	    "--b\n\nSubject: x\n\nbody\n--b\nContent-Type: text/plain\n\nt\n"
	    "--b--\n",
	    "M0(|R1(L2(body)|L3(t)|" },
	/* a line that no header has ends it */
	{ MULTI("b"), "--b\nA: b\nno field\nmore\n--b--",
	    "M0(|L1(no field/more)|" },
	{ MULTI("b"), "--b\n" MULTI("c") "--c\n\nx\n--c--\n--b--\n",
	    "M0(|M1(|L2(x)||" },
	{ "Content-Type: message/rfc822\n", "From me\nA: b\n\nx", "R0(L1(x)" },
	/* what is not looked into */
	{ "Content-Type: multipart/signed; boundary=b\n", "--b\n\na\n--b--\n",
	    "S0(--b//a/--b--/)" },
	{ MULTI("b"),
	    "--b\nContent-Type: multipart/encrypted; boundary=c\n\n--c\n\nx\n"
	    "--c--\n\n--b--\n",
	    "M0(|S1(--c//x/--c--/)|" },
	{ "Content-Type: multipart/mixed\n", "a", "S0(a)" },
	{ "Content-Type: multipart/mixed; boundary=\n", "a", "S0(a)" },
	{ "Content-Type: multipart/mixed; boundary=\"\xc3\xa9\"\n", "a",
	    "S0(a)" },
	{ "Content-Type: application/PKCS7-MIME; x=y\n", "a", "S0(a)" },
	{ "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n",
	    "YQ==\n", "S0(YQ==/)" },
	/* how a boundary may be written */
	{ "Content-Type:\n\tMULTIPART/Mixed (c;\"d) ; a=\"b;\\\"c\" ;\n"
	  " BOUNDARY = \"x y\" (c)\n",
	    "--x y\n\na\n--x y--\n", "M0(|L1(a)|" },
	{ "Content-Type: multipart/mixed; boundary=a'()b\n",
	    "--a'()b\n\na\n--a'()b--\n", "M0(|L1(a)|" },
	/* bare CRs end lines */
	{ MULTI("b"), "--b\r\ra\r--b--\r", "M0(|L1(a)|" },
	{ "", "a\r\r\nb\r", "L0(a%%/b%)" },
};

static void
walk(const char *head, const char *body, size_t at, struct buf *out)
{
	AUTO(mime_walk) struct mime_walk w;
	AUTO(error) struct error err = ERROR_INIT;
	size_t len = strlen(body);

	mime_walk_init(&w, &events, out);
	assert_int_equal(mime_walk_head(&w, head, strlen(head), &err), 0);
	for (size_t i = 0; i < len;) {
		size_t n = at == SIZE_MAX ? 1 : i ? len - i : at;
		auto_free char *copy = NULL;

		if (!n || n > len - i)
			n = len - i;
		/* in a copy of its own: reading past it shows */
		copy = xmemdupz(body + i, n);
		assert_int_equal(mime_walk_push(&w, copy, n, &err), 0);
		i += n;
	}
	assert_int_equal(mime_walk_finish(&w, &err), 0);
}

static void
test_structure(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t len = strlen(rows[i].body);

		for (size_t at = 0; at <= len; at++) {
			AUTO(buf) struct buf out = BUF_INIT(100000);

			walk(rows[i].head, rows[i].body,
			    at == len ? SIZE_MAX : at, &out);
			assert_string_equal(buf_str(&out), rows[i].structure);
		}
	}
}

/* Deeper than is followed: sealed, and nothing breaks. */
static void
test_depth(void **state)
{
	AUTO(buf) struct buf body = BUF_INIT(1000000);
	AUTO(buf) struct buf out = BUF_INIT(1000000);

	(void)state;
	for (int i = 1; i < 3 * MIME_DEPTH_MAX; i++)
		(void)buf_printf(&body,
		    "--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n",
		    i - 1, i);
	walk(
	    "Content-Type: multipart/mixed; boundary=b0\n", body.data, 0, &out);
	assert_non_null(strstr(out.data, "|M63("));
	assert_non_null(strstr(out.data, "|S64(--b64/"));
	assert_null(strstr(out.data, "65("));
	buf_reset(&body);
	buf_reset(&out);
	for (int i = 0; i < 3 * MIME_DEPTH_MAX; i++)
		(void)buf_add_str(&body, "Content-Type: message/rfc822\n\n");
	walk("Content-Type: message/rfc822\n", body.data, 0, &out);
	assert_non_null(strstr(out.data, "R63(S64("));
}

/* A header over its limit is sealed, not cut. */
static void
test_long_head(void **state)
{
	AUTO(buf) struct buf body = BUF_INIT(3 * MIME_HEAD_MAX);
	AUTO(buf) struct buf out = BUF_INIT(3 * MIME_HEAD_MAX);

	(void)state;
	(void)buf_add_str(&body, "--b\nX: ");
	while (body.len < MIME_HEAD_MAX + 100)
		(void)buf_add_str(&body, "0123456789");
	(void)buf_add_str(&body, "\n\nx\n--b--\n");
	walk(MULTI("b"), body.data, 1000, &out);
	assert_non_null(strstr(out.data, "|S1(X: 0123"));
	assert_string_equal(out.data + out.len - 6, "9//x)|");
}

static void
test_params(void **state)
{
	static const struct {
		const char *value, *name, *text;
	} params[] = {
		{ "a/b; x=y", "x", "y" },
		{ "a/b;x=\"y;\\\"z\\\\\"", "x", "y;\"z\\" },
		{ "a/b; x = y (c); z=1", "x", "y" },
		{ "a/b; x=f (1).txt", "x", "f" },
		{ "a/b; x=f(1).txt", "x", "f(1).txt" },
		{ "a/b; x=two words ; z=1", "x", "two words" },
		{ "a/b; x=\"never closed; z=1", "x", "never closed; z=1" },
		{ "a/b; x", "", "" },
		{ "a/b; =y", "", "y" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(params); i++) {
		AUTO(buf) struct buf text = BUF_INIT(1000);
		const char *value = params[i].value;
		struct mime_param p;
		size_t pos = 0;

		assert_true(mime_param_next(value, strlen(value), &pos, &p));
		assert_int_equal(p.name_len, 0);
		assert_true(mime_param_next(value, strlen(value), &pos, &p));
		mime_param_unquote(&p, &text);
		assert_int_equal(p.name_len, strlen(params[i].name));
		assert_memory_equal(p.name, params[i].name, p.name_len);
		assert_string_equal(buf_str(&text), params[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_structure),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_long_head),
		cmocka_unit_test(test_params),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
