/* SPDX-License-Identifier: ISC */
/* One connection for several deliveries, and when it must be another (ST-17).
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "deliver/deliver.h"
#include "io/lines.h"

/* --- a server that counts ------------------------------------------------- */

#define SERVE_PATIENCE_MS 10000

/* How a connection goes on behind its first mail. */
enum manner {
	MANNER_GOOD,
	MANNER_LEAVES,  /* the server closes */
	MANNER_HAS_421, /* it says so at once, and closes */
	MANNER_IS_SHY,  /* 421 in answer to the next MAIL */
	MANNER_IS_RUDE, /* it closes in answer to the next MAIL */
};

struct count {
	int connections, mails;
};

struct server {
	pid_t pid;
	in_port_t port;
	struct count *count; /* shared */
};

static void
serve_say(int fd, const char *text)
{
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		_exit(0);
}

/* What is said to one command; false where the connection ends. */
static bool
serve_command(int fd, const char *line, enum manner manner, struct count *count,
    int mails)
{
	if (strncmp(line, "MAIL", 4) == 0 && mails) {
		if (manner == MANNER_IS_SHY)
			serve_say(fd, "421 4.3.2 enough\r\n");
		if (manner == MANNER_IS_SHY || manner == MANNER_IS_RUDE)
			return false;
	}
	count->mails += strcmp(line, ".") == 0;
	if (strcmp(line, "DATA") == 0)
		serve_say(fd, "354 go\r\n");
	else
		serve_say(fd, "250 ok\r\n");
	return strcmp(line, "QUIT") != 0;
}

static void
serve_connection(int fd, enum manner manner, struct count *count)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct stream *io = stream_fd_new(fd);
	struct lines in;
	const char *line;
	size_t len;
	bool is_data = false;
	int mails = 0;

	lines_init(&in, &io, 4096);
	serve_say(fd, "220 x\r\n");
	while (lines_next(&in, &line, &len, &err) > 0) {
		bool is_end = strcmp(line, ".") == 0;

		if (is_data && !is_end)
			continue;
		is_data = strcmp(line, "DATA") == 0;
		if (!serve_command(fd, line, manner, count, mails))
			break;
		mails += is_end;
		if (is_end && manner == MANNER_HAS_421)
			serve_say(fd, "421 4.3.2 going\r\n");
		if (is_end &&
		    (manner == MANNER_HAS_421 || manner == MANNER_LEAVES))
			break;
	}
	lines_release(&in);
	stream_free(io);
}

static void
server_start(struct server *s, enum manner manner)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	s->count = mmap(NULL, sizeof(*s->count), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(s->count != MAP_FAILED);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listener, (struct sockaddr *)&sin, len), 0);
	assert_int_equal(listen(listener, 5), 0);
	assert_int_equal(
	    getsockname(listener, (struct sockaddr *)&sin, &len), 0);
	s->port = ntohs(sin.sin_port);
	s->pid = fork();
	assert_true(s->pid >= 0);
	if (s->pid == 0) {
		(void)alarm(20);
		for (;;) {
			int fd = accept(listener, NULL, NULL);

			s->count->connections++;
			serve_connection(fd, manner, s->count);
		}
	}
	(void)close(listener);
}

static void
server_stop(struct server *s)
{
	(void)kill(s->pid, SIGKILL);
	(void)waitpid(s->pid, NULL, 0);
	(void)munmap(s->count, sizeof(*s->count));
}

/* --- a client ------------------------------------------------------------- */

static void
set(struct account *a, enum opt_id id, const char *value)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (opt_set(a, id, value, &err) < 0)
		fail_msg("%s: %s", opt_table[id].name, err.text);
}

static void
job_begin(struct job *j, in_port_t port)
{
	static const char text[] = "Subject: x\n\nx\n";
	AUTO(error) struct error err = ERROR_INIT;
	auto_free char *number = xasprintf("%u", (unsigned)port);
	auto_close int fd = memfd_create("message", MFD_CLOEXEC);

	job_init(j);
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(message_read(&j->message, fd, &err), 0);
	assert_int_equal(
	    envelope_set_from(&j->envelope, "a@x.example", "test", &err), 0);
	assert_int_equal(
	    envelope_add(&j->envelope, "b@x.example", "test", &err), 0);
	j->account = xcalloc(1, sizeof(*j->account));
	account_init(j->account);
	set(j->account, OPT_HOST, "127.0.0.1");
	set(j->account, OPT_PORT, number);
	set(j->account, OPT_TLS, "off");
	set(j->account, OPT_TIMEOUT, "10");
}

/* Delivers one mail whose account has one value more; the fate. */
static enum fate
send_one(struct series *s, in_port_t port, enum opt_id id, const char *value)
{
	AUTO(delivery) struct delivery d = { 0 };
	AUTO(job) struct job j;

	job_begin(&j, port);
	if (value)
		set(j.account, id, value);
	deliver_next(s, &j, NULL, &d);
	assert_string_equal(d.host, "127.0.0.1");
	return j.envelope.rcpts[0].fate;
}

/* Until what the server did is there to be seen. */
static void
wait_for_last_words(const struct series *s)
{
	struct pollfd pfd = { stream_fd(s->c.io), POLLIN, 0 };

	assert_true(s->is_open);
	assert_int_equal(poll(&pfd, 1, SERVE_PATIENCE_MS), 1);
}

/* --- tests ---------------------------------------------------------------- */

static void
test_one_connection(void **state)
{
	AUTO(series) struct series s;
	struct server server;

	(void)state;
	series_init(&s, true);
	server_start(&server, MANNER_GOOD);
	for (int i = 0; i < 5; i++)
		assert_int_equal(send_one(&s, server.port, 0, NULL), FATE_SENT);
	assert_int_equal(server.count->connections, 1);
	assert_int_equal(server.count->mails, 5);
	server_stop(&server);
}

static void
test_each_by_itself(void **state)
{
	AUTO(series) struct series s;
	struct server server;

	(void)state;
	series_init(&s, false);
	server_start(&server, MANNER_GOOD);
	for (int i = 0; i < 3; i++)
		assert_int_equal(send_one(&s, server.port, 0, NULL), FATE_SENT);
	assert_false(s.is_open);
	assert_int_equal(server.count->connections, 3);
	server_stop(&server);
}

/* ST-17: a session in the clear, and an account that demands more of the same
 * host and port: it gets a connection of its own, on which it is refused what
 * it demands, and nothing of its mail is said. */
static void
test_st_17_more_is_demanded(void **state)
{
	static const struct {
		enum opt_id id;
		const char *value;
	} rows[] = { { OPT_TLS, "on" }, { OPT_AUTH, "plain" },
		{ OPT_REQUIRETLS, "on" } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(series) struct series s;
		struct server server;

		series_init(&s, true);
		server_start(&server, MANNER_GOOD);
		assert_int_equal(send_one(&s, server.port, 0, NULL), FATE_SENT);
		(void)send_one(&s, server.port, rows[i].id, rows[i].value);
		assert_int_equal(server.count->connections, 2);
		if (rows[i].id != OPT_REQUIRETLS) /* the envelope's, here */
			assert_int_equal(server.count->mails, 1);
		server_stop(&server);
	}
}

/* The server has closed, or is about to: the mail takes another connection,
 * and reaches the server once. */
static void
test_gone_in_between(void **state)
{
	static const enum manner manners[] = { MANNER_LEAVES, MANNER_HAS_421,
		MANNER_IS_SHY, MANNER_IS_RUDE };

	(void)state;
	for (size_t i = 0; i < sizeof(manners) / sizeof(manners[0]); i++) {
		AUTO(series) struct series s;
		struct server server;

		series_init(&s, true);
		server_start(&server, manners[i]);
		assert_int_equal(send_one(&s, server.port, 0, NULL), FATE_SENT);
		if (s.is_open && manners[i] < MANNER_IS_SHY)
			wait_for_last_words(&s);
		assert_int_equal(send_one(&s, server.port, 0, NULL), FATE_SENT);
		assert_int_equal(server.count->connections, 2);
		assert_int_equal(server.count->mails, 2);
		server_stop(&server);
	}
}

static void
test_stale(void **state)
{
	AUTO(series) struct series s;
	struct server server;

	(void)state;
	series_init(&s, true);
	server_start(&server, MANNER_GOOD);
	assert_int_equal(send_one(&s, server.port, 0, NULL), FATE_SENT);
	s.stale_at = deadline_now();
	assert_int_equal(send_one(&s, server.port, 0, NULL), FATE_SENT);
	assert_int_equal(server.count->connections, 2);
	server_stop(&server);
}

/* Whether the option takes the value, and has another one then. */
static bool
changes(struct account *a, const struct account *before, enum opt_id id,
    const char *value)
{
	AUTO(error) struct error err = ERROR_INIT;

	return opt_set(a, id, value, &err) == 0 && !opt_is_same(a, before, id);
}

/* A value that the option takes and that is not the one it has: a word of its
 * row, or something of each kind. */
static void
change(struct account *a, enum opt_id id)
{
	static const char samples[] =
	    "on|off|12|13|127.0.0.1|127.0.0.2|LOG_LOCAL3|LOG_MAIL|plain|login|"
	    "never|delay|60;R|61;R|3|4|60|61|a@x.example|c@x.example|/x|/y|x|y";
	const char *words = opt_table[id].words;
	auto_free char *all = xasprintf("%s|%s", words ? words : "", samples);
	AUTO(account) struct account before;
	char *rest = all;

	account_init(&before);
	account_copy(&before, a);
	for (const char *word; (word = strsep(&rest, "|"));)
		if (*word && changes(a, &before, id, word))
			return;
	fail_msg("no sample changes %s", opt_table[id].name);
}

/* ST-17: the key is every option there is. */
static void
test_st_17_every_option_counts(void **state)
{
	(void)state;
	for (int id = 0; id < OPT_COUNT; id++) {
		AUTO(account) struct account a, b;

		account_init(&a);
		account_init(&b);
		for (int other = 0; other < OPT_COUNT; other++)
			if (other % 2)
				change(&a, (enum opt_id)other);
		account_copy(&b, &a);
		assert_true(account_is_same(&a, &b));
		change(&b, (enum opt_id)id);
		assert_false(account_is_same(&a, &b));
		opt_copy(&b, &a, (enum opt_id)id);
		assert_true(account_is_same(&a, &b));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_connection),
		cmocka_unit_test(test_each_by_itself),
		cmocka_unit_test(test_st_17_more_is_demanded),
		cmocka_unit_test(test_gone_in_between),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_st_17_every_option_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
