/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "mail/message.h"

/* --- how octets come ------------------------------------------------------ */

/* A file without a name, at its start. */
static int
test_file(const char *p, size_t len)
{
	int fd = memfd_create("message", MFD_CLOEXEC);

	assert_true(fd >= 0);
	for (size_t at = 0; at < len;) {
		ssize_t n = write(fd, p + at, len - at);

		assert_true(n > 0);
		at += (size_t)n;
	}
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/* A pipe that a child fills `step` octets at a time, waiting until each piece
 * has been taken out, so that every read() ends there. */
static int
test_pipe(const char *p, size_t len, size_t step, int flags, pid_t *child)
{
	int fds[2];

	assert_int_equal(pipe2(fds, flags), 0);
	*child = fork();
	assert_true(*child >= 0);
	if (*child)
		(void)close(fds[1]);
	if (*child)
		return fds[0];
	(void)fcntl(fds[1], F_SETFL, 0);
	(void)fcntl(fds[1], F_SETPIPE_SZ, 4096);
	for (size_t at = 0; at < len;) {
		size_t n = step < len - at ? step : len - at;
		ssize_t put = write(fds[1], p + at, n);
		struct pollfd full = { .fd = fds[0], .events = POLLIN };

		if (put <= 0)
			_exit(1);
		at += (size_t)put;
		while (poll(&full, 1, 0) > 0 && full.revents & POLLIN)
			(void)usleep(1);
	}
	_exit(0);
}

static int
test_read_pipe(struct message *m, const char *p, size_t len, size_t step,
    struct error *err)
{
	pid_t child;
	int fd = test_pipe(p, len, step, O_NONBLOCK, &child);
	int rc = message_read(m, fd, err);
	int status;

	/* somebody else's flags are left alone */
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	(void)close(fd);
	(void)kill(child, SIGKILL); /* it may wait for us to read on */
	assert_int_equal(waitpid(child, &status, 0), child);
	return rc;
}

static int
test_read(struct message *m, const char *p, size_t len, struct error *err)
{
	auto_close int fd = test_file(p, len);

	message_init(m);
	return message_read(m, fd, err);
}

static void
test_body(const struct message *m, struct buf *out)
{
	AUTO(spool_reader) struct spool_reader r;
	AUTO(error) struct error err = ERROR_INIT;
	const char *p;
	size_t len;
	int rc;

	spool_reader_init(&r, &m->body, 0);
	while ((rc = spool_next(&r, &p, &len, &err)) > 0)
		(void)buf_add(out, p, len);
	assert_int_equal(rc, 0);
}

static char *
test_head(const struct message *m)
{
	AUTO(buf) struct buf out = BUF_INIT(4 << 20);

	assert_int_equal(message_head(m, &out), 0);
	return buf_detach(&out);
}

/* Recipients joined by '|', or "!" when they are refused. */
static char *
test_who(const struct message *m)
{
	AUTO(addr_list) struct addr_list l = ADDR_LIST_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(buf) struct buf out = BUF_INIT(1 << 20);

	if (message_recipients(m, &l, &err) < 0)
		return xstrdup("!");
	for (size_t i = 0; i < l.count; i++)
		(void)buf_printf(&out, "%s%s", i ? "|" : "", l.items[i]);
	return buf_detach(&out);
}

/* --- header --------------------------------------------------------------- */

struct test_message {
	const char *name, *in;
	const char *who;  /* "!": addresses refused; NULL: message refused */
	const char *head; /* after removal of Bcc */
	const char *body;
};

static const struct test_message test_messages[] = {
	{ "plain", "To: a@b\nSubject: x\n\nbody\n", "a@b",
	    "To: a@b\nSubject: x\n", "body\n" },
	{ "SM-10 CRLF", "To: a@b\r\nSubject: x\r\n\r\nbody\r\n", "a@b",
	    "To: a@b\nSubject: x\n", "body\r\n" },
	{ "SM-10 mixed", "To: a@b\r\nCc: c@d\n\r\nx\n", "a@b|c@d",
	    "To: a@b\nCc: c@d\n", "x\n" },
	{ "CRCRLF", "To: a@b\r\r\nBcc: c@d\r\r\n\r\r\nx", "a@b|c@d",
	    "To: a@b\n", "x" },
	{ "SM-05 headers only", "To: a@b\nSubject: x\n", "a@b",
	    "To: a@b\nSubject: x\n", "" },
	{ "SM-05 no final line end", "To: a@b\nSubject: x", "a@b",
	    "To: a@b\nSubject: x\n", "" },
	{ "SM-05 final CR", "To: a@b\nSubject: x\r", "a@b",
	    "To: a@b\nSubject: x\n", "" },
	{ "SM-05 only CR", "\r", "", "", "" },
	{ "SM-05 only LF", "\n", "", "", "" },
	{ "empty first line", "\nTo: a@b\n", "", "", "To: a@b\n" },
	{ "row 28, body only", "hello\nworld\n", "", "", "hello\nworld\n" },
	{ "body only, Bcc in it", "hello\nBcc: x@y\n", "", "",
	    "hello\nBcc: x@y\n" },
	{ "blank first", " x\nTo: a@b\n", "", "", " x\nTo: a@b\n" },
	{ "SM-03 dot first", ".\nTo: a@b\n", "", "", ".\nTo: a@b\n" },
	{ "SM-02", "a\r.\r\nMAIL FROM:<x>\r\n", "", "",
	    "a\r.\r\nMAIL FROM:<x>\r\n" },
	{ "SM-11 mbox", "From root Sat Nov 21\nTo: a@b\n\nFrom x\n", "a@b",
	    "To: a@b\n", "From x\n" },
	{ "SM-11 >From", ">From root Sat\nTo: a@b\n\n>From x\n", "a@b",
	    "To: a@b\n", ">From x\n" },
	{ "SM-11 only once", "From a\nFrom b\nTo: a@b\n\n", "", "",
	    "From b\nTo: a@b\n\n" },
	{ "SM-11 not behind fields", "To: a@b\nFrom root Sat\nX: y\n\n", "a@b",
	    "To: a@b\n", "From root Sat\nX: y\n\n" },
	{ "a field, not mbox", "From : a@b\nTo: c@d\n\n", "c@d",
	    "From : a@b\nTo: c@d\n", "" },
	{ "row 30, IN-11 no colon", "To: a@b\nno colon\nX: y\n\nz", "a@b",
	    "To: a@b\n", "no colon\nX: y\n\nz" },
	{ "no name", ": x\nTo: a@b\n", "", "", ": x\nTo: a@b\n" },
	{ "IN-11 blank folds", "Subject: a\n \n\t\r\n b\nTo: a@b\n\nz", "a@b",
	    "Subject: a\n \n\t\n b\nTo: a@b\n", "z" },
	{ "all occurrences", "To: a@b\nCC: c@d\nto : e@f\nbCc: g@h\n\n",
	    "a@b|c@d|e@f|g@h", "To: a@b\nCC: c@d\nto : e@f\n", "" },
	{ "groups and names", "To: g: a@b, \"x, y\" <c@d>;\nCc: (c) e@f\n\n",
	    "a@b|c@d|e@f", "To: g: a@b, \"x, y\" <c@d>;\nCc: (c) e@f\n", "" },
	{ "IN-30 spellings",
	    "BCC: a@b\nbcc:c@d\nBcc : e@f\nbcc\t : g@h\nbCC:i@j\nTo: k@l\n\nx",
	    "a@b|c@d|e@f|g@h|i@j|k@l", "To: k@l\n", "x" },
	{ "IN-30 last", "To: k@l\nBcc: a@b,\n c@d\n\nx", "k@l|a@b|c@d",
	    "To: k@l\n", "x" },
	{ "IN-31 last, open", "To: k@l\nBcc: a@b", "k@l|a@b", "To: k@l\n", "" },
	{ "IN-31 folds", "Bcc: a@b,\r\n\tc@d,\n \n e@f\nTo: k@l\n\nx",
	    "a@b|c@d|e@f|k@l", "To: k@l\n", "x" },
	{ "IN-30 resent",
	    "Resent-From: a@b\nResent-Bcc : c@d\nTo: e@f\nBcc: g@h\n\nx", "c@d",
	    "Resent-From: a@b\nTo: e@f\n", "x" },
	{ "IN-30 behind a malformed line", "To: a@b\nbad\nBcc: c@d\n\nx", NULL,
	    NULL, NULL },
	{ "the same, folded behind it", "To: a@b\nbad\n x\nresent-bcc : c\n",
	    NULL, NULL, NULL },
	{ "behind the next empty line", "To: a@b\nbad\n\nBcc: c@d\n", "a@b",
	    "To: a@b\n", "bad\n\nBcc: c@d\n" },
	{ "IN-32, row 33 CR", "To: a@b\nB\rcc: c@d\n\nx", NULL, NULL, NULL },
	{ "IN-32 CR first", "B\rcc: c@d\n\nx", NULL, NULL, NULL },
	{ "IN-32 blank", "B cc: c@d\n\nx", NULL, NULL, NULL },
	{ "IN-32 controls",
	    "To: a@b\n\x01R\x7f"
	    "esent-B\x1b"
	    "cc: c@d\n\nx",
	    NULL, NULL, NULL },
	{ "IN-32 BOM",
	    "\xEF\xBB\xBF"
	    "Bcc: c@d\n\nx",
	    NULL, NULL, NULL },
	{ "IN-32 BOM before another", "\xEF\xBB\xBFSubject: x\nBcc: c@d\n\nx",
	    NULL, NULL, NULL },
	{ "IN-32 zero width",
	    "To: a@b\nB\xE2\x80\x8B"
	    "cc: c@d\n\nx",
	    NULL, NULL, NULL },
	{ "IN-32 blanks before the colon are clear", "Bcc \t :c@d\n\nx", "c@d",
	    "", "x" },
	{ "a bare CR makes no field", "Subject: a\rBcc: x@y\nTo: a@b\n\nx",
	    "a@b", "Subject: a Bcc: x@y\nTo: a@b\n", "x" },
	{ "IN-02 CR in an address", "To: a@b\rCc: c@d\n\nx", "!",
	    "To: a@b Cc: c@d\n", "x" },
	{ "row 13", "To: a b@c\n\nx", "!", "To: a b@c\n", "x" },
	{ "nothing added when one is bad", "To: a@b\nCc: |id\n\n", "!",
	    "To: a@b\nCc: |id\n", "" },
	{ "row 34, two blocks",
	    "Resent-From: a@b\nResent-To: c@d\nReceived: x\n"
	    "Resent-From: e@f\nResent-To: g@h\nTo: i@j\n\nx",
	    "c@d",
	    "Resent-From: a@b\nResent-To: c@d\nReceived: x\n"
	    "Resent-From: e@f\nResent-To: g@h\nTo: i@j\n",
	    "x" },
	{ "row 34, adjacent blocks",
	    "Resent-To: c@d\nResent-Date: x\nResent-Date: y\n"
	    "Resent-To: g@h\n\nx",
	    "c@d",
	    "Resent-To: c@d\nResent-Date: x\nResent-Date: y\n"
	    "Resent-To: g@h\n",
	    "x" },
	{ "any Resent- counts", "Resent-Foo: a\nTo: c@d\n\nx", "",
	    "Resent-Foo: a\nTo: c@d\n", "x" },
	{ "row 31", "From: a@b\nFrom: c@d\nDate: x\nDate: y\n\n", "",
	    "From: a@b\nFrom: c@d\nDate: x\nDate: y\n", "" },
	{ "an 8-bit name is none", "S\xC3\xBC: x\nTo: a@b\n\n", "", "",
	    "S\xC3\xBC: x\nTo: a@b\n\n" },
};

#define TEST_MESSAGES (sizeof(test_messages) / sizeof(test_messages[0]))

static void
test_one(const struct test_message *row, const struct message *m, int rc,
    const struct error *err)
{
	AUTO(buf) struct buf body = BUF_INIT(1 << 20);
	auto_free char *head = NULL, *who = NULL;

	if (!row->who) {
		if (rc == 0)
			fail_msg("%s: accepted", row->name);
		assert_int_equal(err->kind, ERR_DATA);
		return;
	}
	if (rc < 0)
		fail_msg("%s: refused: %s", row->name, err->text);
	head = test_head(m);
	who = test_who(m);
	test_body(m, &body);
	if (strcmp(who, row->who) != 0 || strcmp(head, row->head) != 0 ||
	    strcmp(buf_str(&body), row->body) != 0)
		fail_msg("%s: got [%s] [%s] [%s]", row->name, who, head,
		    buf_str(&body));
}

static void
test_table_from_file(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_MESSAGES; i++) {
		const struct test_message *row = &test_messages[i];
		AUTO(message) struct message m;
		AUTO(error) struct error err = ERROR_INIT;
		int rc = test_read(&m, row->in, strlen(row->in), &err);

		message_remove(&m, FIELD_BCC);
		message_remove(&m, FIELD_RESENT_BCC);
		test_one(row, &m, rc, &err);
	}
}

/* IN-33: pieces of every small size, on a pipe that says EAGAIN */
static void
test_table_from_pipe(void **state)
{
	static const size_t steps[] = { 1, 2, 3, 7, 4096 };

	(void)state;
	for (size_t i = 0; i < TEST_MESSAGES * 5; i++) {
		const struct test_message *row = &test_messages[i / 5];
		AUTO(message) struct message m;
		AUTO(error) struct error err = ERROR_INIT;
		int rc;

		message_init(&m);
		rc = test_read_pipe(
		    &m, row->in, strlen(row->in), steps[i % 5], &err);
		message_remove(&m, FIELD_BCC);
		message_remove(&m, FIELD_RESENT_BCC);
		test_one(row, &m, rc, &err);
	}
}

/* SM-04: the parser cut in two at every octet gives the same fields */
static void
test_header_every_split(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_MESSAGES; i++) {
		const char *in = test_messages[i].in;
		size_t len = strlen(in);

		for (size_t cut = 0; cut <= len; cut++) {
			struct header h = HEADER_INIT;
			AUTO(error) struct error err = ERROR_INIT;
			AUTO(message) struct message m;
			AUTO(error) struct error whole_err = ERROR_INIT;
			int whole = test_read(&m, in, len, &whole_err);
			int rc = header_push(&h, in, cut, &err);

			if (rc == 0)
				rc = header_push(&h, in + cut, len - cut, &err);
			if (rc == 0)
				rc = header_finish(&h, &err);
			assert_int_equal(rc < 0, whole < 0);
			assert_int_equal(h.count, m.header.count);
			if (rc > 0)
				assert_int_equal(h.body_at, m.header.body_at);
			header_release(&h);
		}
	}
}

/* SM-07, IN-03: NULs */
static void
test_nul(void **state)
{
	static const char in[] = "Subject: a\0b\nTo: c\0d@e\n\nx\0y";
	static const char name[] = "To: a@b\nB\0cc: c@d\n\nx";
	AUTO(message) struct message m, m2;
	AUTO(error) struct error err = ERROR_INIT;
	auto_free char *head = NULL, *who = NULL, *subject = NULL;

	(void)state;
	assert_int_equal(test_read(&m, in, sizeof(in) - 1, &err), 0);
	head = test_head(&m);
	assert_string_equal(head, "Subject: a?b\nTo: c?d@e\n");
	who = test_who(&m);
	assert_string_equal(who, "!");
	subject = message_value(&m, &m.header.fields[0]);
	assert_string_equal(subject, "a?b");
	assert_true(m.body_traits.has_nul);
	assert_int_equal(m.body_traits.wire_size, 5);
	assert_int_equal(test_read(&m2, name, sizeof(name) - 1, &err), -1);
	assert_int_equal(err.kind, ERR_DATA);
}

/* IN-11, row 29: at the limits and one past them */
static void
test_header_limits(void **state)
{
	static const struct {
		size_t octets, lines; /* of the header */
		int rc;
	} rows[] = {
		{ HEADER_SIZE_MAX, 1, 0 },
		{ HEADER_SIZE_MAX + 1, 1, -1 },
		{ HEADER_SIZE_MAX, 1000, 0 },
		{ HEADER_SIZE_MAX + 1, 1000, -1 },
		{ 3 * HEADER_SIZE_MAX, 1, -1 },
		{ 50000, HEADER_LINES_MAX, 0 },
		{ 50005, HEADER_LINES_MAX + 1, -1 },
		{ 4000000, 1000000, -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) * 2; i++) {
		size_t n = rows[i / 2].octets, lines = rows[i / 2].lines;
		auto_free char *in = xmalloc(n + 10);
		AUTO(message) struct message m;
		AUTO(error) struct error err = ERROR_INIT;
		int rc;

		memset(in, 'v', n);
		for (size_t k = 0; k < lines; k++)
			memcpy(in + k * (n / lines), "a:", 2);
		for (size_t k = 1; k < lines; k++)
			in[k * (n / lines) - 1] = '\n';
		memcpy(in + n - 1, "\n\nbody\n", 7);
		message_init(&m);
		if (i % 2)
			rc = test_read_pipe(&m, in, n + 6, 65536, &err);
		else
			rc = test_read(&m, in, n + 6, &err);
		assert_int_equal(rc, rows[i / 2].rc);
		if (rc == 0)
			assert_int_equal(m.header.count, lines);
		else
			assert_int_equal(err.kind, ERR_DATA);
	}
}

/* --- where it comes from -------------------------------------------------- */

/* A message of many octets of every kind, the same each time. */
static char *
test_big(size_t *len, size_t body)
{
	static const char head[] = "From: a@b\r\nTo: c@d\nBcc: e@f\n\n";
	static const char mix[] = "\r\n\n\r.\0a\xff\r\n.\r\r\nbc";
	char *in = xmalloc(sizeof(head) + body);
	uint32_t x = 1;

	*len = sizeof(head) - 1 + body;
	memcpy(in, head, sizeof(head) - 1);
	for (size_t i = sizeof(head) - 1; i < *len; i++) {
		x = x * 1664525 + 1013904223;
		in[i] = x >> 28 ? 'x' : mix[(x >> 20) % (sizeof(mix) - 1)];
	}
	return in;
}

/* Octets on the wire, one by one. */
static void
test_naive(const char *p, size_t len, struct traits *t)
{
	uint64_t line = 0;
	bool is_open = false;

	*t = (struct traits){ 0 };
	for (size_t i = 0; i < len; i++) {
		if (p[i] == '\n' && i && p[i - 1] == '\r')
			continue;
		t->has_8bit |= (unsigned char)p[i] > 127;
		t->has_nul |= !p[i];
		t->has_bare_cr |=
		    p[i] == '\r' && (i + 1 == len || p[i + 1] != '\n');
		is_open = p[i] != '\r' && p[i] != '\n';
		t->lines += !is_open;
		t->wire_size += is_open ? 1 : 2;
		line = is_open ? line + 1 : 0;
		if (line > t->longest_line)
			t->longest_line = line;
	}
	t->lines += is_open;
	t->wire_size += is_open ? 2 : 0;
}

static void
test_same_traits(const struct traits *a, const struct traits *b)
{
	assert_int_equal(a->has_8bit, b->has_8bit);
	assert_int_equal(a->has_nul, b->has_nul);
	assert_int_equal(a->has_bare_cr, b->has_bare_cr);
	assert_int_equal(a->lines, b->lines);
	assert_int_equal(a->longest_line, b->longest_line);
	assert_int_equal(a->wire_size, b->wire_size);
}

/* SM-01, SM-04: each sequence that has ended a message somewhere, cut at every
 * octet, is counted as an octet-by-octet reading counts it */
static void
test_scan_every_split(void **state)
{
	static const char *const rows[] = { "", "A", "\r", "\n", "\r\n", "\r\r",
		"\n\n", "A\n.\nB", "A\n.\rB", "A\r.\nB", "A\r.\rB", "A\n.\r\nB",
		"A\r.\r\nB", "A\r\n.\rB", "A\r\n.\nB", "A\r\n.\r\r\nB",
		"A\r\r\n.\r\r\nB", "a\r.\r\nMAIL\r\n", "x\xe9y",
		"\r\n\r\n\n\r\n\r",
		("abcdefghijklmnopqrstuvwxyz"
		 "abcdefghijklmnopqrstuvwxyz\n") };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = strlen(rows[i]);
		struct traits naive;

		test_naive(rows[i], len, &naive);
		for (size_t cut = 0; cut <= len; cut++) {
			struct scan s = SCAN_INIT;

			scan_push(&s, rows[i], cut);
			scan_push(&s, rows[i] + cut, len - cut);
			scan_finish(&s);
			test_same_traits(&s.traits, &naive);
		}
	}
}

/* SM-06: a line without an end, and CRs alone, take linear time */
static void
test_scan_long_lines(void **state)
{
	static const char fills[] = "x\r\n";
	enum { N = 8 << 20 };
	auto_free char *big = xmalloc(N);

	(void)state;
	for (const char *c = fills; *c; c++) {
		struct scan s = SCAN_INIT;
		struct traits naive;

		memset(big, *c, N);
		scan_push(&s, big, N);
		scan_finish(&s);
		test_naive(big, N, &naive);
		test_same_traits(&s.traits, &naive);
	}
}

/* In memory, in a temporary file, in place: all the same */
static void
test_pipe_and_file_agree(void **state)
{
	static const size_t sizes[] = { 0, 1, 1000, 65536, 65535,
		SPOOL_MEMORY_MAX - 40, SPOOL_MEMORY_MAX, SPOOL_MEMORY_MAX + 1,
		3000000 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t len;
		auto_free char *in = test_big(&len, sizes[i]);
		AUTO(message) struct message a, b;
		AUTO(buf) struct buf body_a = BUF_INIT(len);
		AUTO(buf) struct buf body_b = BUF_INIT(len);
		AUTO(error) struct error err = ERROR_INIT;
		struct traits naive;

		assert_int_equal(test_read(&a, in, len, &err), 0);
		message_init(&b);
		assert_int_equal(
		    test_read_pipe(&b, in, len, 4096 - i, &err), 0);
		assert_int_equal(a.body.is_foreign, len > SPOOL_MEMORY_MAX);
		assert_false(b.body.is_foreign);
		assert_int_equal(a.header.count, 3);
		assert_int_equal(b.header.count, 3);
		test_body(&a, &body_a);
		test_body(&b, &body_b);
		assert_int_equal(body_a.len, sizes[i]);
		assert_int_equal(body_b.len, sizes[i]);
		if (sizes[i]) {
			assert_memory_equal(body_a.data, body_b.data, sizes[i]);
			assert_memory_equal(
			    body_a.data, in + len - sizes[i], sizes[i]);
		}
		test_naive(buf_str(&body_a), body_a.len, &naive);
		test_same_traits(&a.body_traits, &naive);
		test_same_traits(&b.body_traits, &naive);
		assert_int_equal(message_wire_size(&a), message_wire_size(&b));
	}
}

/* A large file is read by two threads, as far as it is in memory: what they
 * find is what one would, whatever lies in the middle */
static void
test_large_file(void **state)
{
	static const char *const rows[] = { "x", "\r", "\n", "\r\n", "a\r\r\nb",
		"abc\n", "\xe9\n\n.\n", NULL };
	enum { SIZE = (8 << 20) + 12345 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char path[] = "/tmp/test_message.XXXXXX";
		auto_close int fd = mkostemp(path, O_CLOEXEC);
		size_t len;
		auto_free char *in = test_big(&len, SIZE);
		char *body = in + len - SIZE;
		struct traits naive;

		for (size_t n = 0; rows[i] && n < SIZE; n++)
			body[n] = rows[i][n % strlen(rows[i])];
		assert_int_equal(unlink(path), 0);
		assert_int_equal(write(fd, in, len), (ssize_t)len);
		assert_int_equal(fdatasync(fd), 0);
		test_naive(body, SIZE, &naive);
		for (int part = 0; part <= 4; part++) {
			AUTO(message) struct message m;
			AUTO(error) struct error err = ERROR_INIT;

			message_init(&m);
			/* from there on it is on the disk alone */
			assert_int_equal(
			    posix_fadvise(fd, (off_t)len * part / 4, 0,
				POSIX_FADV_DONTNEED),
			    0);
			(void)lseek(fd, 0, SEEK_SET);
			assert_int_equal(message_read(&m, fd, &err), 0);
			test_same_traits(&m.body_traits, &naive);
		}
	}
}

/* From the descriptor's offset on, which ends up behind what was read */
static void
test_file_offset_and_deletion(void **state)
{
	static const size_t sizes[] = { 100, 1000000 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char path[] = "/tmp/test_message.XXXXXX";
		auto_close int fd = mkostemp(path, O_CLOEXEC);
		AUTO(message) struct message m;
		AUTO(buf) struct buf body = BUF_INIT(2000000);
		AUTO(error) struct error err = ERROR_INIT;
		size_t len;
		auto_free char *in = test_big(&len, sizes[i]);

		message_init(&m);
		assert_true(fd >= 0);
		assert_int_equal(write(fd, "skipped", 7), 7);
		assert_int_equal(write(fd, in, len), (ssize_t)len);
		assert_int_equal(lseek(fd, 7, SEEK_SET), 7);
		assert_int_equal(unlink(path), 0);
		assert_int_equal(message_read(&m, fd, &err), 0);
		assert_int_equal(lseek(fd, 0, SEEK_CUR), 7 + (off_t)len);
		(void)lseek(fd, 3, SEEK_SET);
		test_body(&m, &body);
		assert_int_equal(body.len, sizes[i]);
		assert_memory_equal(body.data, in + len - sizes[i], sizes[i]);
	}
}

/* Rows 19, 20, 21 */
static void
test_unreadable(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	auto_close int dir = open("/", O_RDONLY | O_CLOEXEC);
	auto_close int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	auto_close int sink = open("/dev/null", O_WRONLY | O_CLOEXEC);
	const struct {
		int fd;
		enum err_kind kind;
		const char *text;
	} rows[] = {
		{ 9999, ERR_IO, "cannot read the message: " },
		{ dir, ERR_IO, "cannot read the message: " },
		{ sink, ERR_IO, "cannot read the message: " },
		{ null, ERR_DATA, "the message is empty" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(message) struct message m;

		message_init(&m);
		assert_int_equal(message_read(&m, rows[i].fd, &err), -1);
		assert_int_equal(err.kind, rows[i].kind);
		assert_true(text_has_caseprefix(err.text, rows[i].text));
	}
}

/* A file that shrinks while it is read is no message */
static void
test_file_truncated(void **state)
{
	size_t len;
	auto_free char *in = test_big(&len, 2000000);
	auto_close int fd = test_file(in, len);
	AUTO(message) struct message m;
	AUTO(spool_reader) struct spool_reader r;
	AUTO(error) struct error err = ERROR_INIT;
	const char *p;
	size_t n;
	int rc;

	(void)state;
	message_init(&m);
	assert_int_equal(message_read(&m, fd, &err), 0);
	assert_int_equal(ftruncate(fd, 1000000), 0);
	spool_reader_init(&r, &m.body, 0);
	while ((rc = spool_next(&r, &p, &n, &err)) > 0)
		;
	assert_int_equal(rc, -1);
	assert_int_equal(err.kind, ERR_IO);
}

/* --- edits and sizes ------------------------------------------------------ */

static void
test_edits(void **state)
{
	static const char in[] = "Return-Path: <x@y>\nTo: a@b\nBcc: c@d\n"
				 "Content-Length: 7\nDate: x\n\nbody\nmore";
	AUTO(message) struct message m;
	AUTO(error) struct error err = ERROR_INIT;
	auto_free char *head = NULL, *who = NULL;
	struct traits t;

	(void)state;
	assert_int_equal(test_read(&m, in, sizeof(in) - 1, &err), 0);
	assert_null(message_field(&m, FIELD_FROM));
	assert_non_null(message_field(&m, FIELD_BCC));
	message_remove(&m, FIELD_BCC);
	message_remove(&m, FIELD_RETURN_PATH);
	message_remove(&m, FIELD_CONTENT_LENGTH);
	message_prepend(&m, "From", "x@y");
	message_prepend(&m, "Message-ID", "<a@b>");
	assert_null(message_field(&m, FIELD_BCC));
	assert_non_null(message_field(&m, FIELD_DATE));
	head = test_head(&m);
	assert_string_equal(
	    head, "From: x@y\nMessage-ID: <a@b>\nTo: a@b\nDate: x\n");
	/* who is meant does not change with what is removed */
	who = test_who(&m);
	assert_string_equal(who, "a@b|c@d");
	message_traits(&m, &t);
	assert_int_equal(t.wire_size, 11 + 19 + 9 + 9 + 2 + 6 + 6);
	assert_int_equal(t.lines, 7);
	assert_int_equal(message_wire_size(&m), t.wire_size);
	assert_int_equal(message_lf_size(&m), t.wire_size - 7);
	assert_false(message_is_8bit(&m));
}

static void
test_8bit(void **state)
{
	static const struct {
		const char *in;
		bool is_8bit;
	} rows[] = { { "To: a@b\n\nx\n", false },
		{ "To: caf\xc3\xa9 <a@b>\n\nx\n", true },
		{ "To: a@b\n\nx\xe9\n", true }, { "caf\xc3\xa9", true } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(message) struct message m;
		AUTO(error) struct error err = ERROR_INIT;

		assert_int_equal(
		    test_read(&m, rows[i].in, strlen(rows[i].in), &err), 0);
		assert_int_equal(message_is_8bit(&m), rows[i].is_8bit);
	}
}

static void
test_from_address(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = { { "From: N <a@b>\n\n", "a@b" },
		{ "from : (c) a@b, c@d\n\n", "a@b" },
		{ "From: root (Cron Daemon)\n\n", "root" },
		{ "From: a b\n\n", NULL }, { "From: \n\n", NULL },
		{ "To: a@b\n\n", NULL }, { "From: <>\n\n", NULL },
		{ "From: a@b\nFrom: c@d\n\n", "a@b" },
		{ "Resent-From: c@d\nFrom: a@b\n\n", "c@d" },
		{ "From: a@b\nResent-To: x@y\nResent-From: c@d\n\n", "c@d" },
		{ "From: a@b\nResent-To: x@y\n\n", "a@b" } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(message) struct message m;
		AUTO(error) struct error err = ERROR_INIT;
		auto_free char *out = NULL;

		assert_int_equal(
		    test_read(&m, rows[i].in, strlen(rows[i].in), &err), 0);
		assert_int_equal(message_from(&m, &out, &err), 0);
		assert_int_equal(err.kind, ERR_NONE);
		if (rows[i].out && out)
			assert_string_equal(out, rows[i].out);
		assert_int_equal(out == NULL, rows[i].out == NULL);
	}
}

static void
test_value_unfolds(void **state)
{
	static const char in[] = "Subject:  a\r\n b\n\t c \n \n\n";
	AUTO(message) struct message m;
	AUTO(error) struct error err = ERROR_INIT;
	auto_free char *out = NULL;

	(void)state;
	assert_int_equal(test_read(&m, in, sizeof(in) - 1, &err), 0);
	out = message_value(&m, &m.header.fields[0]);
	assert_string_equal(out, "a b\t c");
}

/* The most generous reading of a line: its name without all that no name may
 * hold. */
static bool
test_looks_like_bcc(const char *line)
{
	char name[16] = "";
	size_t n = 0;

	for (; *line && *line != ':' && *line != '\n'; line++)
		if (*line > 32 && *line < 127 && n + 1 < sizeof(name))
			name[n++] = *line;
	name[n] = '\0';
	return *line == ':' &&
	       (text_caseeq(name, "bcc") || text_caseeq(name, "resent-bcc"));
}

/*
 * What is taken as a Bcc is what is removed as one: names of up to four pieces
 * are tried; what leaves has no line that anybody could read as one, and what
 * was removed has given its recipient.
 */
static void
test_bcc_extractor_is_remover(void **state)
{
	static const char *const pieces[] = { "B", "c", "C", "Bcc", "bcc",
		"Resent-", "resent-BCC", " ", "\t", "\r", "\n", ":", "x",
		"\x01", "\xef\xbb\xbf", "-", "" };
	enum { N = sizeof(pieces) / sizeof(pieces[0]) };
	unsigned removed = 0;

	(void)state;
	for (size_t i = 0; i < N * N * N * N; i++) {
		AUTO(message) struct message m;
		AUTO(error) struct error err = ERROR_INIT;
		auto_free char *in = xasprintf("X: y\n%s%s%s%s: secret@x\n\n",
		    pieces[i % N], pieces[i / N % N], pieces[i / N / N % N],
		    pieces[i / N / N / N]);
		auto_free char *head = NULL, *who = NULL, *value = NULL;
		const struct field *f;
		size_t first, end;

		/* no file for each of these */
		message_init(&m);
		if (header_push(&m.header, in, strlen(in), &err) < 0)
			continue;
		who = test_who(&m);
		/* behind Resent- fields a plain Bcc names nobody */
		header_resent_block(&m.header, &first, &end);
		f = message_field(
		    &m, first < end ? FIELD_RESENT_BCC : FIELD_BCC);
		value = f ? message_value(&m, f) : NULL;
		if (value && strstr(value, "secret")) {
			assert_true(strstr(who, "secret") || *who == '!');
			removed++;
		}
		message_remove(&m, FIELD_BCC);
		message_remove(&m, FIELD_RESENT_BCC);
		head = test_head(&m);
		for (const char *p = head; *p; p = strchr(p, '\n') + 1)
			if (!text_is_blank(*p) && test_looks_like_bcc(p))
				fail_msg("told to all: %s", in);
	}
	assert_true(removed > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_from_file),
		cmocka_unit_test(test_table_from_pipe),
		cmocka_unit_test(test_header_every_split),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_header_limits),
		cmocka_unit_test(test_scan_every_split),
		cmocka_unit_test(test_scan_long_lines),
		cmocka_unit_test(test_pipe_and_file_agree),
		cmocka_unit_test(test_large_file),
		cmocka_unit_test(test_file_offset_and_deletion),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_file_truncated),
		cmocka_unit_test(test_edits),
		cmocka_unit_test(test_8bit),
		cmocka_unit_test(test_from_address),
		cmocka_unit_test(test_value_unfolds),
		cmocka_unit_test(test_bcc_extractor_is_remover),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
