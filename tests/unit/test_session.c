/* SPDX-License-Identifier: ISC */
/* A session with very many recipients: RP-22, and no deadlock when nobody
 * reads while he writes. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "io/lines.h"
#include "smtp/session.h"

/* Octets of text behind each reply of the server: 10,000 of them are far more
 * than the sockets hold. */
#define TALK 400

/* --- a server that answers each command before it reads the next ---------- */

static int
serve_say(struct stream *io, const char *code, const char *sep)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(buf) struct buf out = BUF_INIT(4096);

	(void)buf_printf(&out, "%s%s%0*d\r\n", code, sep, TALK, 7);
	return stream_write(io, out.data, out.len, &err);
}

/* The code for the n-th recipient. */
static const char *
serve_code(unsigned n)
{
	static const char *const codes[] = { "250", "450", "550" };

	return codes[n % 3];
}

static int
serve_line(struct stream *io, const char *line, bool *is_data)
{
	unsigned n;

	if (*is_data) {
		*is_data = strcmp(line, ".") != 0;
		return *is_data ? 0 : serve_say(io, "250", " ");
	}
	if (strncmp(line, "EHLO", 4) == 0)
		return stream_write(io, "250-x\r\n250 PIPELINING\r\n", 23,
		    &(struct error)ERROR_INIT);
	if (sscanf(line, "RCPT TO:<r%u@", &n) == 1)
		return serve_say(io, serve_code(n), "-") < 0
			   ? -1
			   : serve_say(io, serve_code(n), " ");
	*is_data = strcmp(line, "DATA") == 0;
	return serve_say(io, *is_data ? "354" : "250", " ");
}

static int
serve(int fd)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct stream *io = stream_fd_new(fd);
	struct lines in;
	const char *line;
	size_t len;
	bool is_data = false;
	int rc = serve_say(io, "220", " ");

	(void)alarm(60);
	lines_init(&in, &io, 1000);
	while (rc == 0 && lines_next(&in, &line, &len, &err) == 1 &&
	       strcmp(line, "QUIT") != 0)
		rc = serve_line(io, line, &is_data);
	lines_release(&in);
	stream_free(io);
	return rc < 0;
}

/* --- a client ------------------------------------------------------------- */

static void
check_fates(const struct envelope *env)
{
	static const enum fate fates[] = { FATE_SENT, FATE_DEFER, FATE_FAIL };

	for (size_t i = 0; i < env->count; i++) {
		assert_int_equal(env->rcpts[i].fate, fates[i % 3]);
		assert_int_equal(env->rcpts[i].why.reply.code,
		    strtol(serve_code((unsigned)i), NULL, 10));
	}
}

static void
send_to(size_t count)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(envelope) struct envelope env = ENVELOPE_INIT;
	AUTO(message) struct message m;
	struct stream *io;
	struct smtp *s;
	int fds[2], status = -1;
	pid_t pid;

	message_init(&m);
	assert_int_equal(spool_add(&m.body, "hello\n", 6, &err), 0);
	env.from = xstrdup("a@example.org");
	for (size_t i = 0; i < count; i++) {
		auto_free char *addr =
		    xasprintf("r%zu@some-where.example.org", i);

		assert_int_equal(envelope_add(&env, addr, "test", &err), 0);
	}
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	pid = fork();
	if (pid == 0) {
		(void)close(fds[0]);
		_exit(serve(fds[1]));
	}
	(void)close(fds[1]);
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	io = stream_fd_new(fds[0]);
	s = smtp_new(&io, 20);
	assert_int_equal(smtp_greet(s, &err), 0);
	assert_int_equal(smtp_hello(s, "client.example", false, &err), 0);
	assert_int_equal(smtp_transact(s, &env, &m, &err), 0);
	smtp_quit(s);
	smtp_free(s);
	stream_free(io);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	check_fates(&env);
}

static void
test_recipients(void **state)
{
	static const size_t counts[] = { 1, 2, 509, 510, 511, 512, 513, 1000,
		10000 };

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		print_message("%zu recipients\n", counts[i]);
		send_to(counts[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recipients),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
