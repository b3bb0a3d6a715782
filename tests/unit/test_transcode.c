/* SPDX-License-Identifier: ISC */
/* Messages made fit for a server: SM-06, SM-08, SM-09. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "mail/transcode.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ALL (NEED_BODY | NEED_HEADER)
#define NO_LABEL (ALL & ~(unsigned)NEED_BODY_7BIT)
#define TEXT_MAX ((size_t)64 * 1024 * 1024)

static void
read_message(struct message *m, const char *p, size_t len)
{
	AUTO(error) struct error err = ERROR_INIT;
	auto_close int fd = memfd_create("message", MFD_CLOEXEC);

	message_init(m);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, len), len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(message_read(m, fd, &err), 0);
}

static void
write_message(const struct message *m, struct buf *out)
{
	AUTO(spool_reader) struct spool_reader r;
	AUTO(error) struct error err = ERROR_INIT;
	const char *p;
	size_t len;

	assert_int_equal(message_head(m, out), 0);
	(void)buf_add_char(out, '\n');
	spool_reader_init(&r, &m->body, 0);
	while (spool_next(&r, &p, &len, &err) > 0)
		(void)buf_add(out, p, len);
}

/* 0 with *out, or the error's kind. */
static enum err_kind
transcode(const char *in, size_t len, unsigned needs, const char *charset,
    struct buf *out)
{
	const struct transcode_opts opts = { .charset = charset };
	AUTO(survey) struct survey survey = SURVEY_INIT;
	AUTO(message) struct message from;
	AUTO(message) struct message to;
	AUTO(error) struct error err = ERROR_INIT;

	read_message(&from, in, len);
	message_init(&to);
	assert_int_equal(message_survey(&from, &opts, &survey, &err), 0);
	if (message_transcode(&from, &survey, needs, &opts, &to, &err) < 0)
		return err.kind;
	write_message(&to, out);
	return ERR_NONE;
}

#define MULTI "Content-Type: multipart/mixed; boundary=b\n"
#define PLAIN "MIME-Version: 1.0\nContent-Type: text/plain; charset="
#define QP "Content-Transfer-Encoding: quoted-printable\n"
#define B64 "Content-Transfer-Encoding: base64\n"
#define CTE8 "Content-Transfer-Encoding: 8bit\n"
#define CTE7 "Content-Transfer-Encoding: 7bit\n"
#define E "\xc3\xa9"

static const struct {
	unsigned needs;
	const char *in, *out;
} rows[] = {
	/* nothing to do */
	{ ALL, "A: b\n\nplain\n", "A: b\n\nplain\n" },
	{ ALL, MULTI CTE8 "\n--b\n\nx\n", MULTI CTE8 "\n--b\n\nx\n" },
	{ NEED_HEADER_7BIT, "A: b\n\n" E "\n", "A: b\n\n" E "\n" },
	/* no MIME (RFC 1428) */
	{ ALL, "A: b\n\n" E "\n", "A: b\n" PLAIN "utf-8\n" QP "\n=C3=A9\n" },
	{ ALL, "A: b\n\n\xe9\n", "A: b\n" PLAIN "unknown-8bit\n" QP "\n=E9\n" },
	{ NO_LABEL, "A: b\n\n" E "\n",
	    "A: b\n" PLAIN "utf-8\n" CTE8 "\n" E "\n" },
	/* the type that is there stays */
	{ ALL, "Content-Type: text/html\n\n" E "\n",
	    "Content-Type: text/html\nMIME-Version: 1.0\n" QP "\n=C3=A9\n" },
	{ ALL, CTE8 "Content-Type: a/b\n\n" E "\n",
	    "Content-Type: a/b\nMIME-Version: 1.0\n" B64 "\nw6kK" },
	{ ALL,
	    "Content-Length: 2\nLines: 1\nMIME-Version: 1.0\n" CTE7
	    "Content-Type: text/x\n\n" E "\n",
	    "MIME-Version: 1.0\nContent-Type: text/x\n" QP "\n=C3=A9\n" },
	/* parts */
	{ ALL, MULTI CTE8 "\n--b\n\n" E "\n--b\n\nx\n--b--\n",
	    MULTI "MIME-Version: 1.0\n" CTE7
		  "\n--b\nContent-Type: text/plain; charset=utf-8\n" QP
		  "\n=C3=A9\n--b\n\nx\n--b--\n" },
	{ NO_LABEL, MULTI "\n--b\n\n" E "\n--b\n\nx\n--b--\n",
	    MULTI "MIME-Version: 1.0\n" CTE8
		  "\n--b\nContent-Type: text/plain; charset=utf-8\n" CTE8 "\n" E
		  "\n--b\n\nx\n--b--\n" },
	{ ALL, MULTI "\np" E E "\n--b\n\nx\n--b--\n" E "\n",
	    MULTI "\np**\n--b\n\nx\n--b--\n*\n" },
	/* parts' headers */
	{ ALL, MULTI "\n--b\nContent-Description: " E "\n\nx\n--b--\n",
	    MULTI "\n--b\nContent-Description: =?UTF-8?Q?=C3=A9?=\n\nx\n"
		  "--b--\n" },
	{ ALL, "Content-Type: message/rfc822\n" CTE8 "\nSubject: " E "\n\n" E,
	    "Content-Type: message/rfc822\nMIME-Version: 1.0\n" CTE7
	    "\nSubject: =?UTF-8?Q?=C3=A9?=\n" PLAIN "utf-8\n" QP "\n=C3=A9" },
	/* a digest's part is a message and gets no type of text */
	{ ALL,
	    "Content-Type: multipart/digest; boundary=b\n\n--b\n\nA: b\n\n" E
	    "\n--b--\n",
	    "Content-Type: multipart/digest; boundary=b\n\n--b\n\nA: b\n" PLAIN
	    "utf-8\n" QP "\n=C3=A9\n--b--\n" },
	/* a header without its end */
	{ ALL, MULTI "\n--b\nX: y\nno " E "\n--b--\n",
	    MULTI "\n--b\nX: y\nContent-Type: text/plain; charset=utf-8\n" QP
		  "\nno =C3=A9\n--b--\n" },
	/* a CR beside an LF of ours stays a line of its own */
	{ ALL, MULTI "\n--b\r\r\r" E "\r--b--\r",
	    MULTI "\n--b\nContent-Type: text/plain; charset=utf-8\n" QP
		  "\n\n=C3=A9\r--b--\n" },
	/* mislabelled */
	{ NO_LABEL, "MIME-Version: 1.0\nContent-Type: text/x\n" QP "\n=E9" E,
	    "MIME-Version: 1.0\nContent-Type: text/x\n" QP "\n=E9=C3=A9" },
	{ ALL, "MIME-Version: 1.0\nContent-Type: a/b\n" B64 "\nQU" E "JD\n",
	    "MIME-Version: 1.0\nContent-Type: a/b\n" B64 "\nQUJD" },
	/* labels that are not ASCII keep what they say */
	{ ALL,
	    "MIME-Version: 1.0 (" E ")\nContent-Type: a/b\n"
	    "Content-Transfer-Encoding: base64 " E "\n\nQUJD\n",
	    "MIME-Version: 1.0\nContent-Type: a/b\n" B64 "\nQUJD\n" },
	{ ALL,
	    MULTI "\n--b\nContent-Type: message/rfc822\n"
		  "Content-Transfer-Encoding: \xe9\n\nA: b\n\nx\n--b--\n",
	    MULTI "\n--b\nContent-Type: message/rfc822\n"
		  "Content-Transfer-Encoding: x-unknown\n\nA: b\n\nx\n"
		  "--b--\n" },
	/* nor does a type become one, or another */
	{ ALL, "MIME-Version: 1.0\nContent-Type: x " E " y\n\n" E "\n",
	    "MIME-Version: 1.0\nContent-Type: x xx y\n" QP "\n=C3=A9\n" },
	/* an mbox line is no field */
	{ ALL, "Content-Type: message/rfc822\n\nFrom " E "\nA: b\n\nx\n",
	    "Content-Type: message/rfc822\n\nA: b\n\nx\n" },
	/* the delimiter that ends a header is the outer multipart's */
	{ ALL, MULTI "\n--b\n" MULTI "--b\n\n" E "\n--b--\n",
	    MULTI "\n--b\n" MULTI
		  "--b\nContent-Type: text/plain; charset=utf-8\n" QP
		  "\n=C3=A9\n--b--\n" },
	/* SMTPUTF8 takes UTF-8, but nothing else */
	{ NEED_HEADER_UTF8, "A: " E "\nB: \xe9\n\n",
	    "A: " E "\nB: =?UTF-8?Q?=C3=A9?=\n\n" },
	/* sealed, and not in the way */
	{ ALL,
	    MULTI "\n--b\nContent-Type: multipart/signed; boundary=c\n\n--c\n"
		  "\nx  \n--c--\n\n--b\nContent-Type: text/x\n\n" E "\n--b--\n",
	    MULTI "\n--b\nContent-Type: multipart/signed; boundary=c\n\n--c\n"
		  "\nx  \n--c--\n\n--b\nContent-Type: text/x\n" QP
		  "\n=C3=A9\n--b--\n" },
	{ NO_LABEL,
	    "Content-Type: multipart/signed; boundary=c\nSubject: " E
	    "\n\n--c\n\n" E "\n--c--\n",
	    "Content-Type: multipart/signed; boundary=c\n"
	    "Subject: =?UTF-8?Q?=C3=A9?=\n\n--c\n\n" E "\n--c--\n" },
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		AUTO(buf) struct buf out = BUF_INIT(TEXT_MAX);

		assert_int_equal(transcode(rows[i].in, strlen(rows[i].in),
				     rows[i].needs, NULL, &out),
		    ERR_NONE);
		assert_string_equal(buf_str(&out), rows[i].out);
	}
}

static void
test_charset(void **state)
{
	AUTO(buf) struct buf out = BUF_INIT(TEXT_MAX);
	const char *in = "Subject: \xf0\n\n\xf0\n";

	(void)state;
	assert_int_equal(
	    transcode(in, strlen(in), ALL, "koi8-r", &out), ERR_NONE);
	assert_string_equal(out.data,
	    "Subject: =?UTF-8?Q?=D0=9F?=\n" PLAIN "koi8-r\n" QP "\n=F0\n");
	/* no name that could be more than a name */
	buf_reset(&out);
	assert_int_equal(transcode(in, strlen(in), ALL, "x;y", &out), ERR_NONE);
	assert_non_null(strstr(out.data, "charset=unknown-8bit\n"));
}

static void
test_binary(void **state)
{
	static const char in[] =
	    "MIME-Version: 1.0\nContent-Type: a/b\n"
	    "Content-Transfer-Encoding: binary\n\n\0\r\n\n\r\xff";
	static const char nul[] = "MIME-Version: 1.0\nContent-Type: a/b\n\n\0";
	AUTO(buf) struct buf out = BUF_INIT(TEXT_MAX);

	(void)state;
	assert_int_equal(
	    transcode(in, sizeof(in) - 1, NEED_BODY_BINARY, NULL, &out),
	    ERR_NONE);
	assert_string_equal(out.data,
	    "MIME-Version: 1.0\nContent-Type: a/b\n" B64 "\nAA0KCg3/");
	buf_reset(&out);
	assert_int_equal(
	    transcode(nul, sizeof(nul) - 1, NEED_BODY_BINARY, NULL, &out),
	    ERR_NONE);
	assert_string_equal(
	    out.data, "MIME-Version: 1.0\nContent-Type: a/b\n" B64 "\nAA==");
}

static void
test_refused(void **state)
{
	static const struct {
		unsigned needs;
		const char *in;
	} refused[] = {
		{ ALL, "Content-Type: multipart/signed; boundary=b\n\n" E },
		{ ALL, "Content-Type: multipart/encrypted; boundary=b\n\n" E },
		{ ALL, "Content-Type: application/pkcs7-mime\n\n" E },
		{ ALL, "Content-Type: message/partial; id=x\n\n" E },
		{ ALL, "Content-Type: multipart/mixed\n\n" E },
		{ ALL, "Content-Type: message/rfc822\n" QP "\n" E },
		{ ALL, "Content-Transfer-Encoding: x-uuencode\n\n" E },
		{ ALL, MULTI "\n--b\nContent-Type: multipart/signed\n\n" E },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		AUTO(buf) struct buf out = BUF_INIT(TEXT_MAX);
		const char *in = refused[i].in;

		assert_int_equal(
		    transcode(in, strlen(in), refused[i].needs, NULL, &out),
		    ERR_CONVERT);
	}
}

/* The longest line of a message whose body is `count` times `word`. */
static size_t
longest(const char *head, const char *word, size_t count, struct buf *out)
{
	AUTO(buf) struct buf in = BUF_INIT(TEXT_MAX);
	size_t found = 0;

	(void)buf_add_str(&in, head);
	for (size_t i = 0; i < count; i++)
		(void)buf_add_str(&in, word);
	buf_reset(out);
	assert_int_equal(transcode(in.data, in.len, ALL, NULL, out), ERR_NONE);
	for (const char *p = out->data; *p;
	     p += strcspn(p, "\n"), p += *p == '\n')
		if (strcspn(p, "\n") > found)
			found = strcspn(p, "\n");
	return found;
}

static void
test_long_lines(void **state)
{
	AUTO(buf) struct buf out = BUF_INIT(TEXT_MAX);

	(void)state;
	assert_int_equal(longest("A: b\n\n", "x", 998, &out), 998);
	assert_null(strstr(out.data, "MIME"));
	assert_int_equal(longest("A: b\n\n", "x", 999, &out), 76);
	assert_non_null(strstr(out.data, "charset=us-ascii\n" QP));
	assert_int_equal(longest(B64 "\n", "AAAA", 500, &out), 76);
	assert_int_equal(longest(QP "\n", "=41", 500, &out), 76);
	assert_int_equal(
	    longest("Content-Type: application/pkcs7-mime\n" B64 "\n", "AAAA",
		500, &out),
	    76);
	assert_int_equal(longest(MULTI "\n", "pre ", 500, &out), 900);
	assert_int_equal(
	    longest(MULTI "\n--b\n\n--b--\n", "x", 5000, &out), 900);
	assert_int_equal(longest("A: b\nC: ", "d e ", 500, &out), 76);
}

/* Far larger than what is kept in memory; the parts' order stays. */
static void
test_big(void **state)
{
	AUTO(buf) struct buf in = BUF_INIT(TEXT_MAX);
	AUTO(buf) struct buf out = BUF_INIT(TEXT_MAX);
	size_t count = 0;

	(void)state;
	(void)buf_add_str(&in, MULTI "\n");
	for (int i = 0; i < 1000; i++) {
		(void)buf_printf(&in, "--b\nContent-ID: <%d>\n\n", i);
		for (int k = 0; k < 100; k++)
			(void)buf_add_str(&in, "a line with an \xe9, and =\n");
	}
	assert_int_equal(transcode(in.data, in.len, ALL, NULL, &out), ERR_NONE);
	for (const char *p = out.data; (p = strstr(p, "=E9, and =3D\n")); p++)
		count++;
	assert_int_equal(count, 100000);
	assert_null(strchr(out.data, '\xe9'));
}

static void
test_survey(void **state)
{
	static const struct {
		const char *in;
		unsigned needs;
		bool is_wide;
	} found[] = {
		{ "A: b\n\nx\n", 0, false },
		{ "A: b\n\n" E "\n", NEED_BODY_7BIT | NEED_BODY_LABEL, false },
		{ CTE8 "\n" E "\n", NEED_BODY_7BIT, false },
		{ "To: " E " <a@b.c>\n\n", NEED_HEADER_7BIT, false },
		{ "To: \xe9 <a@b.c>\n\n", NEED_HEADER_7BIT | NEED_HEADER_UTF8,
		    false },
		{ "To: " E "@b.c\n\n", NEED_HEADER_7BIT, true },
		{ MULTI "\n--b\nContent-Description: " E "\n\nx\n--b--\n",
		    NEED_HEADER_7BIT, false },
		{ MULTI "\n--b\nContent-Type: message/rfc822\n\nTo: " E
			"@b\n\nx\n",
		    NEED_HEADER_7BIT, true },
		{ MULTI CTE8 "\n--b\n" CTE8 "\n" E "\n", NEED_BODY_7BIT,
		    false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(found); i++) {
		const struct transcode_opts opts = { .charset = NULL };
		AUTO(survey) struct survey survey = SURVEY_INIT;
		AUTO(message) struct message m;
		AUTO(error) struct error err = ERROR_INIT;

		read_message(&m, found[i].in, strlen(found[i].in));
		assert_int_equal(message_survey(&m, &opts, &survey, &err), 0);
		assert_int_equal(survey.needs, found[i].needs);
		assert_int_equal(survey.is_wide, found[i].is_wide);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_charset),
		cmocka_unit_test(test_binary),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_big),
		cmocka_unit_test(test_survey),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
