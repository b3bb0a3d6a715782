/* SPDX-License-Identifier: ISC */
/* Sessions that need a real socket: very many recipients (RP-22) without a
 * deadlock where nobody reads while he writes; RP-14. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "io/lines.h"
#include "smtp/session.h"
#include "smtp/wire.h"

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
serve_code(size_t n)
{
	static const char *const codes[] = { "250", "450", "550" };

	return codes[n % 3];
}

struct serving {
	bool is_data, is_lmtp;
	size_t chunk;    /* octets of it that are still to come */
	size_t accepted; /* recipients */
};

/* Two lines, so that there is more to read than there are commands. */
static int
serve_rcpt(struct stream *io, struct serving *v, const char *code)
{
	v->accepted += *code == '2';
	if (serve_say(io, code, "-") < 0)
		return -1;
	return serve_say(io, code, " ");
}

/* The replies to the message. */
static int
serve_end(struct stream *io, const struct serving *v)
{
	size_t replies = v->is_lmtp ? v->accepted : 1;

	for (size_t i = 0; i < replies; i++)
		if (serve_say(io, "250", " ") < 0)
			return -1;
	return 0;
}

/* A line of the message; 1 when it is none. */
static int
serve_content(
    struct stream *io, struct serving *v, const char *line, size_t len)
{
	if (v->is_data) {
		v->is_data = strcmp(line, ".") != 0;
		return v->is_data ? 0 : serve_end(io, v);
	}
	if (!v->chunk)
		return 1;
	if (len + 2 > v->chunk)
		return -1;
	v->chunk -= len + 2;
	return v->chunk ? 0 : serve_end(io, v);
}

static int
serve_line(struct stream *io, struct serving *v, const char *line, size_t len)
{
	static const char greeting[] = "250-x\r\n250 PIPELINING\r\n";
	static const char chunking[] =
	    "250-x\r\n250-CHUNKING\r\n250 PIPELINING\r\n";
	int rc = serve_content(io, v, line, len);

	if (rc <= 0)
		return rc;
	v->is_lmtp |= strncmp(line, "LHLO", 4) == 0;
	if (strcmp(line + 1, "HLO chunk.example") == 0)
		return stream_write(io, chunking, sizeof(chunking) - 1,
		    &(struct error)ERROR_INIT);
	if (strncmp(line + 1, "HLO", 3) == 0)
		return stream_write(io, greeting, sizeof(greeting) - 1,
		    &(struct error)ERROR_INIT);
	if (strncmp(line, "RCPT TO:<r", 10) == 0)
		return serve_rcpt(
		    io, v, serve_code(strtoul(line + 10, NULL, 10)));
	if (strncmp(line, "BDAT ", 5) == 0) {
		v->chunk = strtoul(line + 5, NULL, 10);
		return 0;
	}
	v->is_data = strcmp(line, "DATA") == 0;
	return serve_say(io, v->is_data ? "354" : "250", " ");
}

static int
serve(int fd)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct stream *io = stream_fd_new(fd);
	struct lines in;
	const char *line;
	size_t len;
	struct serving v = { .is_data = false };
	int rc = serve_say(io, "220", " ");

	(void)alarm(60);
	lines_init(&in, &io, 1000);
	while (rc == 0 && lines_next(&in, &line, &len, &err) == 1 &&
	       strcmp(line, "QUIT") != 0)
		rc = serve_line(io, &v, line, len);
	lines_release(&in);
	stream_free(io);
	return rc < 0;
}

/* --- a client ------------------------------------------------------------- */

/* A layer that counts what is written at a time: the flights. */
struct counter {
	struct stream stream;
	size_t *writes;
};

static ssize_t
counter_read(struct stream *s, void *p, size_t len, struct error *err)
{
	return stream_read(s->below, p, len, err);
}

static int
counter_write(struct stream *s, const void *p, size_t len, struct error *err)
{
	++*((struct counter *)s)->writes;
	return stream_write(s->below, p, len, err);
}

static void
counter_free(struct stream *s)
{
	free(s);
}

static const struct stream_ops counter_ops = { "counter", counter_read,
	counter_write, counter_free };

struct client {
	struct stream *io;
	size_t writes;
	struct smtp *smtp;
	pid_t server;
};

static void
client_begin(struct client *c, int (*serve_with)(int fd), int64_t timeout_s)
{
	struct counter *counter;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	c->server = fork();
	if (c->server == 0) {
		(void)close(fds[0]);
		_exit(serve_with(fds[1]));
	}
	(void)close(fds[1]);
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	counter = xcalloc(1, sizeof(*counter));
	counter->stream.ops = &counter_ops;
	counter->stream.below = stream_fd_new(fds[0]);
	counter->writes = &c->writes;
	c->writes = 0;
	c->io = &counter->stream;
	c->smtp = smtp_new(&c->io, timeout_s);
}

static void
client_end(struct client *c)
{
	int status = -1;

	smtp_quit(c->smtp);
	smtp_free(c->smtp);
	stream_free(c->io);
	assert_int_equal(waitpid(c->server, &status, 0), c->server);
	assert_int_equal(status, 0);
}

/* A body that is not of the size that was declared: in a flight nothing of it
 * leaves, and a chunk of another size is the end of the connection. */
static void
test_wrong_size(void **state)
{
	static const uint64_t sizes[] = { 2, 100, 300000 };
	auto_free char *text = xmalloc(200000);

	(void)state;
	memset(text, '\n', 200000);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(envelope) struct envelope env = ENVELOPE_INIT;
		AUTO(message) struct message m;
		struct client c;

		message_init(&m);
		assert_int_equal(spool_add(&m.body, text, 100000, &err), 0);
		m.body_traits.wire_size = sizes[i];
		env.from = xstrdup("a@example.org");
		assert_int_equal(
		    envelope_add(&env, "r0@example.org", "test", &err), 0);
		client_begin(&c, serve, 20);
		smtp_set_chunking(c.smtp, SMTP_CHUNKING_ON);
		assert_int_equal(smtp_greet(c.smtp, &err), 0);
		assert_int_equal(
		    smtp_hello(c.smtp, "chunk.example", false, &err), 0);
		assert_int_equal(smtp_transact(c.smtp, &env, &m, &err), -1);
		assert_int_equal(err.kind, ERR_SOFTWARE);
		assert_int_equal(env.rcpts[0].fate, FATE_DEFER);
		assert_int_equal(env.rcpts[0].why.kind, ERR_SOFTWARE);
		client_end(&c);
	}
}

/* --- very many recipients ------------------------------------------------- */

static void
check_fates(const struct envelope *env)
{
	static const enum fate fates[] = { FATE_SENT, FATE_DEFER, FATE_FAIL };

	for (size_t i = 0; i < env->count; i++) {
		assert_int_equal(env->rcpts[i].fate, fates[i % 3]);
		assert_int_equal(env->rcpts[i].why.reply.code,
		    strtol(serve_code(i), NULL, 10));
	}
}

/* How a mail goes; the message has so many octets in its body. */
struct manner {
	const char *domain;
	size_t octets;
	bool is_lmtp;
};

/* Returns how many writes it took, QUIT's not among them. */
static size_t
send_to(size_t count, const struct manner *how)
{
	auto_free char *text = xmalloc(how->octets);
	struct scan scan = SCAN_INIT;
	size_t writes;

	AUTO(error) struct error err = ERROR_INIT;
	AUTO(envelope) struct envelope env = ENVELOPE_INIT;
	AUTO(message) struct message m;
	struct client c;

	message_init(&m);
	memset(text, '\n', how->octets);
	assert_int_equal(spool_add(&m.body, text, how->octets, &err), 0);
	scan_push(&scan, text, how->octets);
	scan_finish(&scan);
	m.body_traits = scan.traits;
	env.from = xstrdup("a@example.org");
	for (size_t i = 0; i < count; i++) {
		auto_free char *addr =
		    xasprintf("r%zu@some-where.example.org", i);

		assert_int_equal(envelope_add(&env, addr, "test", &err), 0);
	}
	client_begin(&c, serve, 20);
	if (how->is_lmtp)
		smtp_set_lmtp(c.smtp);
	assert_int_equal(smtp_greet(c.smtp, &err), 0);
	assert_int_equal(smtp_hello(c.smtp, how->domain, false, &err), 0);
	if (smtp_transact(c.smtp, &env, &m, &err) < 0)
		fail_msg("%zu recipients, %s, %zu octets: %s", count,
		    how->domain, how->octets, err.text);
	writes = c.writes;
	client_end(&c);
	check_fates(&env);
	return writes;
}

static void
test_recipients(void **state)
{
	static const size_t counts[] = { 1, 2, 509, 510, 511, 512, 513, 1000,
		10000 };

	static const struct manner manners[] = {
		{ "client.example", 6, false },
		{ "client.example", 200000, true },
		{ "chunk.example", 6, false },
		{ "chunk.example", 32000, false }, /* the largest flight */
		{ "chunk.example", 32000, true },
		{ "chunk.example", 200000, false },
	};

	(void)state;
	for (size_t k = 0; k < sizeof(manners) / sizeof(manners[0]); k++)
		for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
			(void)send_to(counts[i], &manners[k]);
}

/* EHLO; then one flight with CHUNKING and two without, however many they are.
 */
static void
test_flights(void **state)
{
	static const struct manner data = { "client.example", 30000, false };
	static const struct manner chunk = { "chunk.example", 30000, false };

	(void)state;
	for (size_t count = 1; count <= 250; count += 83) {
		assert_int_equal(send_to(count, &chunk), 2);
		assert_int_equal(send_to(count, &data), 3);
	}
}

/* --- a server that does not read the message ------------------------------ */

static int
serve_until_data(int fd)
{
	static const char *const talk[] = { "220 x\r\n", "250 x\r\n",
		"250 x\r\n", "250 x\r\n", "354 go\r\n" };
	struct pollfd pfd = { fd, 0, 0 };
	char block[1000];

	(void)alarm(60);
	for (size_t i = 0; i < sizeof(talk) / sizeof(talk[0]); i++) {
		/* one command at a time */
		if (i > 0 && read(fd, block, sizeof(block)) <= 0)
			return 1;
		if (write(fd, talk[i], strlen(talk[i])) < 0)
			return 1;
	}
	/* until the client has gone */
	return poll(&pfd, 1, -1) < 0;
}

/* RP-14: the deadline of a block holds, and no dot went out. */
static void
test_server_that_stops_reading(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(envelope) struct envelope env = ENVELOPE_INIT;
	AUTO(message) struct message m;
	auto_free char *text = xmalloc(1 << 20);
	struct client c;

	(void)state;
	memset(text, 'x', 1 << 20);
	message_init(&m);
	for (int i = 0; i < 4; i++)
		assert_int_equal(spool_add(&m.body, text, 1 << 20, &err), 0);
	env.from = xstrdup("a@example.org");
	assert_int_equal(envelope_add(&env, "b@example.org", "test", &err), 0);
	client_begin(&c, serve_until_data, 1);
	assert_int_equal(smtp_greet(c.smtp, &err), 0);
	assert_int_equal(smtp_hello(c.smtp, "client.example", false, &err), 0);
	assert_int_equal(smtp_transact(c.smtp, &env, &m, &err), -1);
	assert_int_equal(err.kind, ERR_TIMEOUT);
	assert_non_null(strstr(err.text, "while sending the message"));
	assert_int_equal(env.rcpts[0].fate, FATE_DEFER);
	client_end(&c);
}

/* --- commands that would be two ------------------------------------------- */

/* Whatever way a line end took to get into a command, it does not get out. */
static void
test_line_ends_in_commands(void **state)
{
	static const char *const args[] = { "a\r\nRSET", "a\nRSET", "a\rRSET",
		"\r\n", "a\x7f", "\t" };
	static const char *const domains[] = { "a\r\nRSET", "a b", "a\tb", "",
		"a\x01" };
	AUTO(error) struct error err = ERROR_INIT;
	struct stream *io = stream_fd_new(-1);
	struct smtp *s = smtp_new(&io, 1);

	(void)state;
	for (size_t i = 0; i < sizeof(args) / sizeof(args[0]); i++) {
		struct smtp_owed owed = { .phase = PHASE_RCPT };

		assert_int_equal(
		    wire_add(s, owed, &err, "RCPT TO:<%s>", args[i]), -1);
		assert_int_equal(err.kind, ERR_SOFTWARE);
		assert_int_equal(s->out.len, 0);
		assert_int_equal(s->count, 0);
	}
	for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
		assert_int_equal(smtp_hello(s, domains[i], false, &err), -1);
		assert_int_equal(err.kind, ERR_CONFIG);
	}
	s->ext.offered = SMTP_EXT_ETRN;
	for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
		assert_int_equal(smtp_etrn(s, domains[i], &err), -1);
		assert_int_equal(err.kind, ERR_DATA);
	}
	smtp_quit(s);
	smtp_free(s);
	stream_free(io);
}

static void
test_command_too_long(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct smtp_owed owed = { .phase = PHASE_AUTH };
	struct stream *io = stream_fd_new(-1);
	struct smtp *s = smtp_new(&io, 1);

	(void)state;
	assert_int_equal(
	    wire_add(s, owed, &err, "%0*d", WIRE_COMMAND_MAX, 1), 0);
	assert_int_equal(
	    wire_add(s, owed, &err, "%0*d", WIRE_COMMAND_MAX + 1, 1), -1);
	assert_int_equal(err.kind, ERR_SOFTWARE);
	assert_int_equal(s->count, 1);
	assert_int_equal(s->out.len, WIRE_COMMAND_MAX + 2);
	smtp_free(s);
	stream_free(io);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recipients),
		cmocka_unit_test(test_flights),
		cmocka_unit_test(test_wrong_size),
		cmocka_unit_test(test_line_ends_in_commands),
		cmocka_unit_test(test_command_too_long),
		cmocka_unit_test(test_server_that_stops_reading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
