/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/xalloc.h"
#include "io/child.h"
#include "io/file.h"
#include "io/lines.h"
#include "io/spool.h"
#include "io/stream.h"
#include "io/syncer.h"

/* Our end as a stream, the peer's as a descriptor. */
static struct stream *
pair(int *peer)
{
	int fds[2];

	assert_int_equal(
	    socketpair(
		AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
	    0);
	*peer = fds[1];
	return stream_fd_new(fds[0]);
}

static void
say(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), (int)strlen(text));
}

static void
test_lines(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	int peer;
	struct stream *s = pair(&peer);
	struct lines l;
	const char *line;
	size_t len;

	(void)state;
	lines_init(&l, &s, 10);
	say(peer, "one\r\ntwo\nthr\ree\r\n\r\n0123456789\r\ntail");
	assert_int_equal(lines_next(&l, &line, &len, &err), 1);
	assert_string_equal(line, "one");
	assert_true(lines_pending(&l));
	assert_int_equal(lines_next(&l, &line, &len, &err), 1);
	assert_string_equal(line, "two");
	assert_int_equal(lines_next(&l, &line, &len, &err), 1);
	assert_string_equal(line, "thr\ree");
	assert_int_equal(lines_next(&l, &line, &len, &err), 1);
	assert_int_equal(len, 0);
	assert_int_equal(lines_next(&l, &line, &len, &err), 1);
	assert_string_equal(line, "0123456789");
	(void)close(peer);
	assert_int_equal(lines_next(&l, &line, &len, &err), -1);
	assert_int_equal(err.kind, ERR_LOST);
	lines_release(&l);
	stream_free(s);
}

/* RP-12 */
static void
test_lines_too_long(void **state)
{
	static const char *const in[] = { "01234567890\r\n", "01234567890\n",
		"0123456789012345" };

	(void)state;
	for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		int peer;
		struct stream *s = pair(&peer);
		struct lines l;
		const char *line;
		size_t len;

		lines_init(&l, &s, 10);
		say(peer, in[i]);
		assert_int_equal(lines_next(&l, &line, &len, &err), -1);
		assert_int_equal(err.kind, ERR_PROTOCOL);
		lines_release(&l);
		stream_free(s);
		(void)close(peer);
	}
}

/* RP-13: every read makes progress, the deadline holds all the same */
static void
test_deadline_of_drip(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	int peer;
	struct stream *s = pair(&peer);
	int64_t begun = deadline_now();
	ssize_t n;

	(void)state;
	stream_set_deadline(s, begun + 60);
	do {
		char c;

		say(peer, "x");
		n = stream_read(s, &c, 1, &err);
		(void)usleep(5000);
		/* drain what is buffered, then wait in vain */
		if (deadline_now() > begun + 50)
			while (n > 0)
				n = stream_read(s, &c, 1, &err);
	} while (n > 0);
	assert_int_equal(n, -1);
	assert_int_equal(err.kind, ERR_TIMEOUT);
	assert_in_range(deadline_now() - begun, 55, 20000);
	stream_free(s);
	(void)close(peer);
}

/* A limit that is set once holds for all deadlines after it. */
static void
test_limit(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	int64_t begun = deadline_now();
	int peer;
	struct stream *s = pair(&peer);
	char c;

	(void)state;
	stream_set_deadline(s, begun + 1000);
	stream_set_limit(s, begun + 2000);
	assert_int_equal(s->deadline, begun + 1000);
	stream_set_limit(s, begun + 50);
	assert_int_equal(s->deadline, begun + 50);
	stream_set_deadline(s, DEADLINE_NONE);
	assert_int_equal(stream_read(s, &c, 1, &err), -1);
	assert_int_equal(err.kind, ERR_TIMEOUT);
	assert_in_range(deadline_now() - begun, 50, 20000);
	stream_set_limit(s, DEADLINE_NONE);
	stream_set_deadline(s, begun + 1000);
	assert_int_equal(s->deadline, begun + 1000);
	stream_free(s);
	(void)close(peer);
}

/* RP-14: a peer that never reads */
static void
test_deadline_of_write(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	auto_free char *much = xcalloc(1, 8 << 20);
	int peer;
	struct stream *s = pair(&peer);

	(void)state;
	stream_set_deadline(s, deadline_now() + 50);
	assert_int_equal(stream_write(s, much, 8 << 20, &err), -1);
	assert_int_equal(err.kind, ERR_TIMEOUT);
	stream_free(s);
	(void)close(peer);
}

static void
test_write_to_nobody(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	int peer;
	struct stream *s = pair(&peer);

	(void)state;
	(void)close(peer);
	assert_int_equal(stream_write(s, "x", 1, &err), -1);
	assert_int_equal(err.kind, ERR_LOST);
	stream_free(s);
}

static void
keep_line(void *ctx, bool is_ours, const char *line, size_t len)
{
	(void)buf_printf(ctx, "%s%.*s|", is_ours ? "> " : "< ", (int)len, line);
}

static void
test_tap_hides(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(buf) struct buf seen = BUF_INIT(10000);
	char block[100];
	int peer;
	struct stream *s = pair(&peer);

	(void)state;
	s = stream_tap_new(s, keep_line, &seen);
	assert_int_equal(stream_write(s, "EHLO x\r\nRC", 10, &err), 0);
	assert_int_equal(stream_write(s, "PT\r\n", 4, &err), 0);
	stream_tap_hide(s, true);
	assert_int_equal(stream_write(s, "AGEAd29uZGVy\r\n", 14, &err), 0);
	stream_tap_hide(s, false);
	say(peer, "250 ok\r\n2");
	assert_true(stream_read(s, block, sizeof(block), &err) > 0);
	stream_free(s);
	assert_string_equal(buf_str(&seen),
	    "> EHLO x|> RCPT|> [16 octets not shown]|< 250 ok|< 2|");
	(void)close(peer);
}

/* Reads the whole and compares it with count octets of pattern. */
static void
check_spool(const struct spool *s, int64_t from, size_t count)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(spool_reader) struct spool_reader r;
	size_t pos = (size_t)from;
	const char *p;
	size_t len;
	int rc;

	spool_reader_init(&r, s, from);
	while ((rc = spool_next(&r, &p, &len, &err)) == 1)
		for (size_t i = 0; i < len; i++, pos++)
			assert_int_equal((unsigned char)p[i], pos % 251);
	assert_int_equal(rc, 0);
	assert_int_equal(pos, count);
}

static void
test_spool_sizes(void **state)
{
	static const size_t sizes[] = { 0, 1, SPOOL_MEMORY_MAX - 1,
		SPOOL_MEMORY_MAX, SPOOL_MEMORY_MAX + 1,
		3 * SPOOL_MEMORY_MAX + 77 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(spool) struct spool s = SPOOL_INIT;
		char block[1000];

		for (size_t pos = 0; pos < sizes[i];) {
			size_t n = sizes[i] - pos;

			if (n > sizeof(block))
				n = sizeof(block);
			for (size_t j = 0; j < n; j++)
				block[j] = (char)((pos + j) % 251);
			assert_int_equal(spool_add(&s, block, n, &err), 0);
			pos += n;
		}
		assert_int_equal(s.size, sizes[i]);
		assert_int_equal(s.fd >= 0, sizes[i] > SPOOL_MEMORY_MAX);
		check_spool(&s, 0, sizes[i]);
		check_spool(&s, (int64_t)(sizes[i] / 2), sizes[i]);
		check_spool(&s, (int64_t)sizes[i], sizes[i]);
	}
}

/* SM-18: the file in use is cut short under us */
static void
test_spool_file_cut(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(spool) struct spool s = SPOOL_INIT;
	AUTO(spool_reader) struct spool_reader r;
	char name[] = "/tmp/postrider-test.XXXXXX";
	auto_close int fd = mkstemp(name);
	const char *p;
	size_t len;

	(void)state;
	assert_true(fd >= 0);
	(void)unlink(name);
	say(fd, "0123456789");
	assert_int_equal(spool_use_file(&s, fd, 4, 6, &err), 0);
	spool_reader_init(&r, &s, 0);
	assert_int_equal(spool_next(&r, &p, &len, &err), 1);
	assert_memory_equal(p, "456789", 6);
	assert_int_equal(spool_next(&r, &p, &len, &err), 0);
	assert_int_equal(ftruncate(fd, 6), 0);
	spool_reader_release(&r);
	spool_reader_init(&r, &s, 0);
	assert_int_equal(spool_next(&r, &p, &len, &err), 1);
	assert_int_equal(len, 2);
	assert_int_equal(spool_next(&r, &p, &len, &err), -1);
	assert_int_equal(err.kind, ERR_IO);
}

/* CR-10, CR-11, CR-12 */
static void
test_cr_10_11_12_child(void **state)
{
	static const struct {
		const char *command;
		enum err_kind kind;
		const char *output, *detail;
		int64_t limit_ms; /* 0: more than it can need */
	} rows[] = {
		{ "printf secret", ERR_NONE, "secret", NULL, 0 },
		{ "cat; echo read", ERR_NONE, "read\n", NULL, 0 },
		{ "echo out; exit 1", ERR_CREDENTIAL, NULL, NULL, 0 },
		{ "echo why >&2; exit 3", ERR_CREDENTIAL, NULL, "why\n", 0 },
		{ "exit 75", ERR_CREDENTIAL_TEMP, NULL, NULL, 0 },
		{ "kill -9 $$", ERR_CREDENTIAL, NULL, NULL, 0 },
		{ "sleep 30", ERR_CREDENTIAL_TEMP, NULL, NULL, 300 },
		{ "sleep 30 & echo ok", ERR_NONE, "ok\n", NULL, 0 },
		{ "head -c 70000 /dev/zero", ERR_CREDENTIAL, NULL, NULL, 0 },
		{ "nosuchcommand", ERR_CREDENTIAL, NULL, NULL, 0 },
		{ "ls -l /proc/self/fd | grep -c '[0-9] ->'", ERR_NONE, "4\n",
		    NULL, 0 },
	};

	(void)state;
	(void)signal(SIGCHLD, SIG_IGN); /* LF-09 */
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(secret) struct secret out = SECRET_INIT;
		int64_t begun = deadline_now();
		int64_t limit = rows[i].limit_ms ? rows[i].limit_ms : 60000;
		int rc =
		    child_output(rows[i].command, begun + limit, &out, &err);

		if (err.kind != rows[i].kind)
			fail_msg("%s: %s", rows[i].command, err.text);
		assert_int_equal(rc, rows[i].kind ? -1 : 0);
		if (rows[i].output)
			assert_string_equal(out.data, rows[i].output);
		if (rows[i].detail)
			assert_string_equal(err.detail, rows[i].detail);
		/* nobody waited for those who sleep */
		assert_true(deadline_now() - begun < 25000);
	}
	(void)signal(SIGCHLD, SIG_DFL);
}

/* LF-04 */
static void
test_append_line(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(buf) struct buf text = BUF_INIT(100);
	char dir[] = "/tmp/postrider-test.XXXXXX";
	auto_free char *file = NULL;
	auto_free char *link = NULL;
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(dir));
	file = xasprintf("%s/log", dir);
	link = xasprintf("%s/link", dir);
	assert_int_equal(file_append_line(file, "one", 0, &err), 0);
	assert_int_equal(file_append_line(file, "two", 0, &err), 0);
	assert_int_equal(file_read(file, &text, &st, &err), 0);
	assert_string_equal(buf_str(&text), "one\ntwo\n");
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(symlink(file, link), 0);
	assert_int_equal(file_append_line(link, "three", 0, &err), -1);
	assert_int_equal(err.kind, ERR_IO);
	buf_release(&text);
	buf_init(&text, 3);
	assert_int_equal(file_read(file, &text, NULL, &err), -1);
	assert_int_equal(file_read(dir, &text, NULL, &err), -1);
	assert_int_equal(err.kind, ERR_IO);
	(void)unlink(link);
	(void)unlink(file);
	(void)rmdir(dir);
	assert_int_equal(file_read(file, &text, NULL, &err), -1);
	assert_int_equal(err.kind, ERR_NO_INPUT);
}

/* What is said of each is what fdatasync() would have said. */
static void
test_syncer(void **state)
{
	AUTO(syncer) struct syncer s = { 0 };
	FILE *files[4];
	int fds[6], errors[6], pipe_fds[2];

	(void)state;
	assert_int_equal(pipe(pipe_fds), 0);
	for (size_t i = 0; i < 4; i++) {
		files[i] = tmpfile();
		assert_non_null(files[i]);
		fds[i + (i > 1)] = fileno(files[i]);
		assert_int_equal(write(fileno(files[i]), "x", 1), 1);
	}
	fds[2] = pipe_fds[0];
	fds[5] = -1;
	for (size_t count = 0; count <= 6; count++) {
		memset(errors, 1, sizeof(errors));
		syncer_run(&s, fds, errors, count);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(errors[i], i == 2   ? EINVAL
						    : i == 5 ? EBADF
							     : 0);
	}
	for (size_t i = 0; i < 4; i++)
		(void)fclose(files[i]);
	(void)close(pipe_fds[0]);
	(void)close(pipe_fds[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_syncer),
		cmocka_unit_test(test_lines_too_long),
		cmocka_unit_test(test_deadline_of_drip),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_deadline_of_write),
		cmocka_unit_test(test_write_to_nobody),
		cmocka_unit_test(test_tap_hides),
		cmocka_unit_test(test_spool_sizes),
		cmocka_unit_test(test_spool_file_cut),
		cmocka_unit_test(test_cr_10_11_12_child),
		cmocka_unit_test(test_append_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
