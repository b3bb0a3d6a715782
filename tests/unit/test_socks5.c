/* SPDX-License-Identifier: ISC */
/* PX-01, PX-03: every answer a proxy can give, in every cut. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/deadline.h"
#include "base/xalloc.h"
#include "net/socks5.h"

/* --- a proxy on a memory stream ------------------------------------------- */

struct proxy {
	struct stream stream;
	const char *says;
	size_t len, given;
	size_t cut;      /* octets that one read gets at most */
	struct buf told; /* what we said */
};

static ssize_t
proxy_read(struct stream *stream, void *to, size_t len, struct error *err)
{
	struct proxy *p = (struct proxy *)stream;
	size_t n = p->len - p->given;

	(void)err;
	n = n < len ? n : len;
	n = n < p->cut ? n : p->cut;
	memcpy(to, p->says + p->given, n);
	p->given += n;
	return (ssize_t)n;
}

static int
proxy_write(
    struct stream *stream, const void *from, size_t len, struct error *err)
{
	(void)err;
	return buf_add(&((struct proxy *)stream)->told, from, len);
}

static void
proxy_free(struct stream *stream)
{
	(void)stream;
}

static const struct stream_ops proxy_ops = { "proxy", proxy_read, proxy_write,
	proxy_free };

static struct proxy
proxy(const char *says, size_t len, size_t cut)
{
	struct proxy p = { .says = says, .len = len, .cut = cut };

	p.stream.ops = &proxy_ops;
	buf_init(&p.told, 100000);
	return p;
}

#define SAYS(text) text, sizeof(text) - 1

static const struct secret secret = { (char *)"sesame", 6, 0 };

/* --- tables --------------------------------------------------------------- */

#define TEN "0123456789"
#define FIFTY TEN TEN TEN TEN TEN
#define L255 FIFTY FIFTY FIFTY FIFTY FIFTY "12345"

#define GREET "\5\0"
#define GREET_AUTH "\5\2\1\0"
#define DONE_IPV4 "\5\0\0\1\177\0\0\1\4\70"

static const struct good {
	const char *user;
	const char *says;
	size_t len;
} good[] = {
	{ NULL, SAYS(GREET DONE_IPV4) },
	{ NULL, SAYS(GREET "\5\0\0\4" TEN "abcdef\4\70") },
	{ NULL, SAYS(GREET "\5\0\0\3\4host\4\70") },
	{ NULL, SAYS(GREET "\5\0\0\3\0\4\70") },
	{ NULL, SAYS(GREET "\5\0\0\3\377" L255 "\4\70") },
	{ "joe", SAYS(GREET_AUTH DONE_IPV4) },
	{ "joe", SAYS(GREET_AUTH "\5\0\0\3\377" L255 "\4\70") },
};

static const struct bad {
	const char *user;
	const char *says;
	size_t len;
	const char *text; /* part of what is told */
} bad[] = {
	{ NULL, SAYS("\4\0"), "SOCKS version 5" },
	{ NULL, SAYS("\0\0"), "SOCKS version 5" },
	{ NULL, SAYS("HTTP/1.1 400 Bad Request\r\n\r\n"), "SOCKS version 5" },
	{ NULL, SAYS("\5\377"), "wants a user name" },
	{ NULL, SAYS("\5\2"), "SOCKS version 5" },
	{ NULL, SAYS("\5\1"), "SOCKS version 5" },
	{ "joe", SAYS("\5\377"), "takes no user name" },
	{ "joe", SAYS("\5\0" DONE_IPV4), "SOCKS version 5" },
	{ "joe", SAYS("\5\2\5\0" DONE_IPV4), "SOCKS version 5" },
	{ "joe", SAYS("\5\2\1\1"), "not accept" },
	{ "joe", SAYS("\5\2\1\377" DONE_IPV4), "not accept" },
	{ NULL, SAYS(GREET "\4\0\0\1\177\0\0\1\4\70"), "SOCKS version 5" },
	{ NULL, SAYS(GREET "\5\0\1\1\177\0\0\1\4\70"), "SOCKS version 5" },
	{ NULL, SAYS(GREET "\5\0\0\0\177\0\0\1\4\70"), "SOCKS version 5" },
	{ NULL, SAYS(GREET "\5\0\0\2\177\0\0\1\4\70"), "SOCKS version 5" },
	{ NULL, SAYS(GREET "\5\0\0\7\177\0\0\1\4\70"), "SOCKS version 5" },
	{ NULL, SAYS(GREET "\5\0\0\377\177\0\0\1\4\70"), "SOCKS version 5" },
	{ NULL, SAYS(GREET "\5\1\0\1\0\0\0\0\0\0"), "general failure" },
	{ NULL, SAYS(GREET "\5\2\0\1\0\0\0\0\0\0"), "proxy's rules" },
	{ NULL, SAYS(GREET "\5\3\0\1\0\0\0\0\0\0"), "network unreachable" },
	{ NULL, SAYS(GREET "\5\4\0\1\0\0\0\0\0\0"), "host unreachable" },
	{ NULL, SAYS(GREET "\5\5\0\1\0\0\0\0\0\0"), "connection refused" },
	{ NULL, SAYS(GREET "\5\6\0\1\0\0\0\0\0\0"), "time to live" },
	{ NULL, SAYS(GREET "\5\7\0\1\0\0\0\0\0\0"), "the command" },
	{ NULL, SAYS(GREET "\5\10\0\1\0\0\0\0\0\0"), "kind of address" },
	{ NULL, SAYS(GREET "\5\11\0\1\0\0\0\0\0\0"), "code 9" },
	{ NULL, SAYS(GREET "\5\377\0\1\0\0\0\0\0\0"), "code 255" },
	/* some leave it at that */
	{ NULL, SAYS(GREET "\5\5"), "connection refused" },
};

static struct socks5
request(const char *user)
{
	return (struct socks5){ "mail.test", 465, user, user ? &secret : NULL };
}

/* --- tests ---------------------------------------------------------------- */

/* The octets behind the answer are the server's, in whatever pieces it came. */
static void
test_px_01_accepted_in_any_pieces(void **state)
{
	static const char rest[] = "220 mail.test ESMTP\r\n";

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		auto_free char *all =
		    xcalloc(1, good[i].len + sizeof(rest) - 1);

		memcpy(all, good[i].says, good[i].len);
		memcpy(all + good[i].len, rest, sizeof(rest) - 1);
		for (size_t cut = 1; cut <= good[i].len; cut++) {
			AUTO(error) struct error err = ERROR_INIT;
			struct socks5 ask = request(good[i].user);
			struct proxy p =
			    proxy(all, good[i].len + sizeof(rest) - 1, cut);

			assert_int_equal(
			    socks5_connect(&p.stream, &ask, &err), 0);
			assert_int_equal(p.given, good[i].len);
			buf_release(&p.told);
		}
	}
}

static void
test_px_01_truncated_at_every_octet(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		for (size_t len = 0; len < good[i].len; len++) {
			AUTO(error) struct error err = ERROR_INIT;
			struct socks5 ask = request(good[i].user);
			struct proxy p = proxy(good[i].says, len, 1000);

			assert_int_equal(
			    socks5_connect(&p.stream, &ask, &err), -1);
			assert_int_equal(err.kind, ERR_CONNECT);
			assert_string_equal(
			    err.text, "the proxy closed the connection");
			buf_release(&p.told);
		}
}

/* PX-03: and all of it is for now only. */
static void
test_px_01_px_03_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		for (size_t cut = 1; cut <= 3; cut++) {
			AUTO(error) struct error err = ERROR_INIT;
			struct socks5 ask = request(bad[i].user);
			struct proxy p = proxy(bad[i].says, bad[i].len, cut);

			assert_int_equal(
			    socks5_connect(&p.stream, &ask, &err), -1);
			assert_int_equal(err.kind, ERR_CONNECT);
			assert_int_equal(err_fate(&err), FATE_DEFER);
			assert_int_equal(err_exit_code(&err), 75);
			if (!strstr(err.text, bad[i].text))
				fail_msg("row %zu: %s", i, err.text);
			buf_release(&p.told);
		}
}

/* The name is told as a name, a number as a number. */
static void
test_px_01_what_is_asked(void **state)
{
	static const struct {
		const char *host;
		const char *user;
		const char *told;
		size_t len;
	} rows[] = {
		{ "mail.test", NULL, SAYS("\5\1\0\5\1\0\3\11mail.test\1\321") },
		{ "127.0.0.1", NULL, SAYS("\5\1\0\5\1\0\1\177\0\0\1\1\321") },
		{ "::1", NULL,
		    SAYS("\5\1\0\5\1\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"
			 "\1\321") },
		{ "m", "joe", SAYS("\5\1\2\1\3joe\6sesame\5\1\0\3\1m\1\321") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		struct socks5 ask = request(rows[i].user);
		const struct good *g = &good[rows[i].user ? 5 : 0];
		struct proxy p = proxy(g->says, g->len, 1000);

		ask.host = rows[i].host;
		assert_int_equal(socks5_connect(&p.stream, &ask, &err), 0);
		assert_int_equal(p.told.len, rows[i].len);
		assert_memory_equal(p.told.data, rows[i].told, rows[i].len);
		buf_release(&p.told);
	}
}

/* CVE-2023-38545: what is too long is refused before anything is said. */
static void
test_px_01_lengths(void **state)
{
	static const struct {
		size_t host, user, password;
		int rc;
	} rows[] = {
		{ 1, 0, 0, 0 },
		{ 255, 0, 0, 0 },
		{ 256, 0, 0, -1 },
		{ 1000, 0, 0, -1 },
		{ 0, 0, 0, -1 },
		{ 255, 255, 255, 0 },
		{ 9, 256, 9, -1 },
		{ 9, 9, 256, -1 },
		{ 9, 9, 0, -1 },
		{ 256, 255, 255, -1 },
		{ 9, 100000, 9, -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		const struct good *g = &good[rows[i].user ? 5 : 0];
		struct proxy p = proxy(g->says, g->len, 1000);
		auto_free char *host = xcalloc(1, rows[i].host + 1);
		auto_free char *user = xcalloc(1, rows[i].user + 1);
		auto_free char *word = xcalloc(1, rows[i].password + 1);
		struct secret password = { word, rows[i].password, 0 };
		struct socks5 ask = { host, 25, rows[i].user ? user : NULL,
			&password };

		memset(host, 'h', rows[i].host);
		memset(user, 'u', rows[i].user);
		memset(word, 'p', rows[i].password);
		assert_int_equal(
		    socks5_connect(&p.stream, &ask, &err), rows[i].rc);
		if (rows[i].rc < 0) {
			assert_int_equal(err.kind, ERR_CONFIG);
			assert_int_equal(p.told.len, 0);
		}
		buf_release(&p.told);
	}
}

/* An interface of ours means nothing to the proxy. */
static void
test_scope_is_refused(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct socks5 ask = { "fe80::1%lo", 25, NULL, NULL };
	struct proxy p = proxy(SAYS(GREET DONE_IPV4), 1000);

	(void)state;
	assert_int_equal(socks5_connect(&p.stream, &ask, &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_int_equal(p.told.len, 0);
	buf_release(&p.told);
}

/* --- on a socket ---------------------------------------------------------- */

static struct stream *
pair(int *theirs)
{
	int fds[2];

	assert_int_equal(
	    socketpair(
		AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
	    0);
	*theirs = fds[1];
	return stream_fd_new(fds[0]);
}

/* What came in one piece with the answer is still there to be read. */
static void
test_px_01_extra_octets_are_the_servers(void **state)
{
	static const char all[] = GREET DONE_IPV4 "220 early\r\n";
	AUTO(error) struct error err = ERROR_INIT;
	struct socks5 ask = request(NULL);
	char line[100] = "";
	int theirs;
	struct stream *s = pair(&theirs);

	(void)state;
	stream_set_deadline(s, deadline_in(10));
	assert_int_equal(write(theirs, all, sizeof(all) - 1), sizeof(all) - 1);
	assert_int_equal(socks5_connect(s, &ask, &err), 0);
	assert_int_equal(stream_read(s, line, sizeof(line), &err), 11);
	assert_string_equal(line, "220 early\r\n");
	stream_free(s);
	(void)close(theirs);
}

/* Each octet is progress, and the deadline holds all the same. */
static void
test_px_01_dripping_proxy(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct socks5 ask = request(NULL);
	int64_t begin = deadline_now();
	int theirs;
	struct stream *s = pair(&theirs);
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		const struct good *g = &good[4];

		for (size_t i = 0; i < g->len; i++) {
			if (write(theirs, g->says + i, 1) != 1)
				break;
			(void)usleep(20000);
		}
		_exit(0);
	}
	(void)close(theirs);
	stream_set_deadline(s, begin + 300);
	assert_int_equal(socks5_connect(s, &ask, &err), -1);
	assert_int_equal(err.kind, ERR_TIMEOUT);
	assert_in_range(deadline_now() - begin, 300, 50000);
	stream_free(s);
	(void)waitpid(pid, NULL, 0);
}

static void
test_px_01_silent_and_gone(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct socks5 ask = request(NULL);
	int theirs;
	struct stream *s = pair(&theirs);

	(void)state;
	stream_set_deadline(s, deadline_now() + 50);
	assert_int_equal(socks5_connect(s, &ask, &err), -1);
	assert_int_equal(err.kind, ERR_TIMEOUT);
	(void)close(theirs);
	/* unread octets of ours: a reset */
	stream_set_deadline(s, deadline_in(10));
	assert_int_equal(socks5_connect(s, &ask, &err), -1);
	assert_int_equal(err.kind, ERR_CONNECT);
	stream_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_px_01_accepted_in_any_pieces),
		cmocka_unit_test(test_px_01_truncated_at_every_octet),
		cmocka_unit_test(test_px_01_px_03_refused),
		cmocka_unit_test(test_px_01_what_is_asked),
		cmocka_unit_test(test_px_01_lengths),
		cmocka_unit_test(test_scope_is_refused),
		cmocka_unit_test(test_px_01_extra_octets_are_the_servers),
		cmocka_unit_test(test_px_01_dripping_proxy),
		cmocka_unit_test(test_px_01_silent_and_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
