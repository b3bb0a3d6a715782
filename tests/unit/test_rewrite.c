/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "mail/dots.h"
#include "mail/rewrite.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

/* Bare names get a domain. */
static char *
complete(void *ctx, const char *addr)
{
	return addr_domain(addr) ? NULL
				 : xasprintf("%s@%s", addr, (const char *)ctx);
}

static const struct {
	const char *text, *out; /* NULL: nothing changes */
} rows[] = {
	{ "root", "root@d" },
	{ " root (Cron Daemon)", " root@d (Cron Daemon)" },
	{ "\"(Cron Daemon)\" <root>", "\"(Cron Daemon)\" <root@d>" },
	{ "Anacron <root>", "Anacron <root@d>" },
	{ "mdadm monitoring < root >", "mdadm monitoring < root@d >" },
	{ "root@x", NULL },
	{ "a@x, b, c@y", "a@x, b@d, c@y" },
	{ "a,,b,", "a@d,,b@d," },
	{ "g: a, b@x;, c", "g: a@d, b@x;, c@d" },
	{ "undisclosed-recipients:;", NULL },
	{ "a,\n\tb\n (c)", "a@d,\n\tb@d\n (c)" },
	{ "\"a b\"", "\"a b\"@d" },
	{ "a . b", "a.b@d" },
	{ "=?utf-8?q?J=C3=B6?= <joe>", "=?utf-8?q?J=C3=B6?= <joe@d>" },
	{ "J\xc3\xb6 <joe>", "J\xc3\xb6 <joe@d>" },
	{ "", NULL },
	/* what is no list stays */
	{ "Cron Daemon", NULL },
	{ "a <b", NULL },
};

static void
test_lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		AUTO(buf) struct buf out = BUF_INIT(1000);
		char domain[] = "d";
		int rc = rewrite_list(
		    &out, rows[i].text, strlen(rows[i].text), complete, domain);

		if ((rc == 1) != (rows[i].out != NULL) ||
		    strcmp(buf_str(&out), rows[i].out ? rows[i].out : "") != 0)
			fail_msg("%s: %d: %s", rows[i].text, rc, buf_str(&out));
	}
}

static void
read_text(struct message *m, const char *text, size_t len)
{
	AUTO(error) struct error err = ERROR_INIT;
	char name[] = "/tmp/test_rewrite.XXXXXX";
	int fd = mkstemp(name);

	assert_true(fd >= 0);
	(void)unlink(name);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	message_init(m);
	assert_int_equal(message_read(m, fd, &err), 0);
	(void)close(fd);
}

/* An edit is where the field was, counts, and is taken back. */
static void
test_fields(void **state)
{
	static const char text[] = "Subject: s\r\nTo : joe,\r\n\tann\r\n"
				   "From: me\r\n\r\nx\n";
	AUTO(message) struct message m;
	AUTO(buf) struct buf out = BUF_INIT(1000);
	AUTO(buf) struct buf again = BUF_INIT(1000);
	char domain[] = "d";
	uint64_t size;

	(void)state;
	read_text(&m, text, strlen(text));
	size = message_wire_size(&m);
	for (size_t i = 0; i < m.header.count; i++)
		if (m.header.fields[i].id != FIELD_OTHER)
			rewrite_field(&m, i, complete, domain);
	(void)message_head(&m, &out);
	assert_string_equal(
	    buf_str(&out), "Subject: s\nTo : joe@d,\n\tann@d\nFrom: me@d\n");
	assert_int_equal(message_wire_size(&m), size + 6);
	message_restore(&m);
	(void)message_head(&m, &again);
	assert_string_equal(
	    buf_str(&again), "Subject: s\nTo : joe,\n\tann\nFrom: me\n");
}

/* A header that would grow beyond its limit leaves as it came. */
static void
test_growth_is_bounded(void **state)
{
	AUTO(buf) struct buf text = BUF_INIT(1 << 21);
	AUTO(buf) struct buf out = BUF_INIT(1 << 22);
	AUTO(message) struct message m;
	char domain[200];

	(void)state;
	memset(domain, 'd', sizeof(domain) - 1);
	domain[sizeof(domain) - 1] = '\0';
	domain[60] = domain[120] = domain[180] = '.';
	for (int line = 0; line < 40; line++) {
		(void)buf_add_str(&text, "To: ");
		for (int i = 0; i < 400; i++)
			(void)buf_add_str(&text, "a,");
		(void)buf_add_str(&text, "\n");
	}
	(void)buf_add_str(&text, "\nx\n");
	read_text(&m, text.data, text.len);
	for (size_t i = 0; i < m.header.count; i++)
		rewrite_field(&m, i, complete, domain);
	assert_int_equal(message_head(&m, &out), 0);
	assert_true(out.len < 2 * HEADER_SIZE_MAX);
	assert_non_null(m.header.fields[0].edited);
	assert_null(m.header.fields[39].edited);
}

static const struct {
	const char *body, *last, *strict; /* NULL: as it is */
} dot_rows[] = {
	{ "a\n.\n", "a\n", "a\n" },
	{ "a\r\n.\r\n", "a\r\n", "a\r\n" },
	{ "a\n.", "a\n", "a\n" },
	{ ".\n", "", "" },
	{ ".", "", "" },
	{ "a\n.\nb\n", NULL, "a\n" },
	{ "a\n.\nb\n.\n", "a\n.\nb\n", "a\n" },
	{ "a\n..\nb\n...\n.c\n", NULL, "a\n.\nb\n..\n.c\n" },
	{ "a.\n", NULL, NULL },
	{ "a\n .\n", NULL, NULL },
	{ "a\n. \n", NULL, NULL },
	{ "a\n.\rb\n", NULL, NULL },
	{ "a\n\n", NULL, NULL },
	{ "", NULL, NULL },
};

static void
check_body(const struct message *m, const char *before, const char *want)
{
	AUTO(spool_reader) struct spool_reader r = { 0 };
	AUTO(buf) struct buf got = BUF_INIT(1000);
	AUTO(error) struct error err = ERROR_INIT;
	struct scan scan = SCAN_INIT;
	const char *p;
	size_t len;

	spool_reader_init(&r, &m->body, 0);
	while (spool_next(&r, &p, &len, &err) > 0)
		(void)buf_add(&got, p, len);
	if (strcmp(buf_str(&got), want) != 0)
		fail_msg("%s gives %s", before, buf_str(&got));
	scan_push(&scan, want, strlen(want));
	scan_finish(&scan);
	assert_int_equal(m->body_traits.wire_size, scan.traits.wire_size);
}

static void
test_dots(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(dot_rows); i++) {
		const char *body = dot_rows[i].body;
		auto_free char *text = xasprintf("To: a@b\n\n%s", body);
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(message) struct message last;
		AUTO(message) struct message strict;

		read_text(&last, text, strlen(text));
		assert_int_equal(message_drop_last_dot(&last, &err), 0);
		check_body(
		    &last, body, dot_rows[i].last ? dot_rows[i].last : body);
		read_text(&strict, text, strlen(text));
		assert_int_equal(message_end_at_dot(&strict, &err), 0);
		check_body(&strict, body,
		    dot_rows[i].strict ? dot_rows[i].strict : body);
	}
}

/* A body that does not lie in memory alone. */
static void
test_dots_of_a_large_body(void **state)
{
	static const char head[] = "To: a@b\n\n";
	size_t size = 3 * SPOOL_MEMORY_MAX;
	auto_free char *text = xmalloc(size);
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(message) struct message m;

	(void)state;
	memset(text, 'x', size);
	memcpy(text, head, strlen(head));
	for (size_t i = 100; i < size; i += 50)
		text[i] = '\n';
	memcpy(text + size - 3, "\n.\n", 3);
	read_text(&m, text, size);
	assert_int_equal(message_drop_last_dot(&m, &err), 0);
	assert_int_equal(m.body.size, (int64_t)(size - strlen(head) - 2));
	assert_int_equal(m.body_traits.longest_line < 200, 1);
	memcpy(text + 300, "\n.\n", 3);
	message_release(&m);
	read_text(&m, text, size);
	assert_int_equal(message_end_at_dot(&m, &err), 0);
	assert_int_equal(m.body.size, (int64_t)(301 - strlen(head)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_growth_is_bounded),
		cmocka_unit_test(test_dots),
		cmocka_unit_test(test_dots_of_a_large_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
