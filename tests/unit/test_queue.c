/* SPDX-License-Identifier: ISC */
/* The queue's files: what is written is what is read, nothing damaged is
 * taken for a mail, and nothing leaves a queue by itself. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "queue/backoff.h"
#include "queue/entry.h"
#include "queue/wait.h"
#include "queue/walk.h"

#define BODY "line\n.dot\nlast\n"
#define MAIL                                                                   \
	"From: a@example.org\nTo: b@example.org\nSubject: x\n"                 \
	"Message-ID: <1@example.org>\n\n" BODY

struct place {
	char *path;
	struct queue q;
	struct envelope env;
	struct message m;
	struct entry e;
};

static void
read_text(struct message *m, const char *text, size_t len)
{
	AUTO(error) struct error err = ERROR_INIT;
	int fds[2];

	message_init(m);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], text, len), len);
	assert_int_equal(close(fds[1]), 0);
	assert_int_equal(message_read(m, fds[0], &err), 0);
	assert_int_equal(close(fds[0]), 0);
}

static int
place_new(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct place *p = xcalloc(1, sizeof(*p));
	char template[] = "/tmp/postrider-queue.XXXXXX";

	assert_non_null(mkdtemp(template));
	p->path = xasprintf("%s/a/queue", template);
	p->q = (struct queue)QUEUE_INIT;
	assert_int_equal(queue_open(&p->q, p->path, true, &err), 0);
	p->env = (struct envelope)ENVELOPE_INIT;
	assert_int_equal(
	    envelope_set_from(&p->env, "me@example.org", "test", &err), 0);
	assert_int_equal(envelope_add(&p->env, "a@example.com", "t", &err), 0);
	assert_int_equal(
	    envelope_add(&p->env, "\"b c\"@example.com", "t", &err), 0);
	assert_int_equal(envelope_add(&p->env, "root", "t", &err), 0);
	read_text(&p->m, MAIL, strlen(MAIL));
	entry_init(&p->e);
	*state = p;
	return 0;
}

static int
place_free(void **state)
{
	struct place *p = *state;
	auto_free char *command =
	    xasprintf("%.*s", (int)(strlen(p->path) - 8), p->path);
	pid_t pid;

	entry_release(&p->e);
	queue_release(&p->q);
	envelope_release(&p->env);
	message_release(&p->m);
	pid = fork();
	if (pid == 0) {
		(void)execlp("rm", "rm", "-rf", command, (char *)NULL);
		_exit(1);
	}
	free(p->path);
	free(p);
	return 0;
}

static void
write_it(struct place *p)
{
	AUTO(error) struct error err = ERROR_INIT;

	p->e.account = xstrdup("work");
	p->e.config = xstrdup("/home/me/x y");
	p->e.cells.next_s = 1234;
	entry_add_option(&p->e, "port", "2525");
	entry_add_option(&p->e, "passwordeval", "a command with blanks");
	assert_int_equal(entry_write(&p->e, &p->q, &p->env, &p->m, &err), 0);
}

static void
open_it(struct place *p, struct entry *e, int want, enum err_kind kind)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(
	    entry_open(e, &p->q, QUEUE_ACTIVE, p->e.id, &err), want);
	assert_int_equal(err.kind, kind);
}

static char *
whole_file(struct place *p, int64_t *size)
{
	auto_free char *path = xasprintf("%s/active/%s", p->path, p->e.id);
	int fd = open(path, O_RDONLY);
	struct stat st;
	char *text;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	text = xcalloc(1, (size_t)st.st_size + 1);
	assert_int_equal(read(fd, text, (size_t)st.st_size), st.st_size);
	(void)close(fd);
	*size = st.st_size;
	return text;
}

static void
put_file(struct place *p, const char *text, int64_t size)
{
	auto_free char *path = xasprintf("%s/active/%s", p->path, p->e.id);
	int fd = open(path, O_WRONLY | O_TRUNC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, (size_t)size), size);
	(void)close(fd);
}

static void
test_round_trip(void **state)
{
	struct place *p = *state;
	AUTO(entry) struct entry e;
	AUTO(message) struct message m;
	AUTO(buf) struct buf head = BUF_INIT(10000);
	AUTO(error) struct error err = ERROR_INIT;

	p->env.wishes.notify = xstrdup("FAILURE,DELAY");
	p->env.wishes.ret = xstrdup("HDRS");
	p->env.wishes.envid = xstrdup("an id");
	p->env.wishes.needs_tls = true;
	p->env.rcpts[2].notify = xstrdup("NEVER");
	p->env.rcpts[2].orcpt = xstrdup("rfc822;r+2Bx@y");
	write_it(p);
	open_it(p, &e, 0, ERR_NONE); /* locked by who wrote it */
	entry_release(&e);
	(void)close(p->e.fd);
	p->e.fd = -1;
	open_it(p, &e, 1, ERR_NONE);
	assert_string_equal(e.account, "work");
	assert_string_equal(e.config, "/home/me/x y");
	assert_int_equal(e.option_count, 2);
	assert_string_equal(e.options[1].name, "passwordeval");
	assert_string_equal(e.options[1].value, "a command with blanks");
	assert_string_equal(e.envelope.from, "me@example.org");
	assert_int_equal(e.envelope.count, 3);
	assert_string_equal(e.envelope.rcpts[1].addr, "\"b c\"@example.com");
	assert_string_equal(e.envelope.rcpts[1].notify, "FAILURE,DELAY");
	assert_null(e.envelope.rcpts[1].orcpt);
	assert_string_equal(e.envelope.rcpts[2].notify, "NEVER");
	assert_string_equal(e.envelope.rcpts[2].orcpt, "rfc822;r+2Bx@y");
	assert_string_equal(e.envelope.wishes.ret, "HDRS");
	assert_string_equal(e.envelope.wishes.envid, "an id");
	assert_true(e.envelope.wishes.needs_tls);
	assert_int_equal(e.cells.next_s, 1234);
	assert_int_equal(e.cells.tries, 0);
	assert_int_equal(e.message_size, strlen(MAIL));
	message_init(&m);
	assert_int_equal(entry_message(&e, &m, &err), 0);
	assert_int_equal(message_head(&m, &head), 0);
	assert_int_equal(m.body.size, strlen(BODY));
	assert_memory_equal(buf_str(&head), MAIL, head.len);
	assert_memory_equal(m.body.mem.data, BODY, strlen(BODY));
}

/* The body stays what it is, be it text or not; what leaves of it is decided
 * when it leaves. */
static void
test_body_is_verbatim(void **state)
{
	static const char in[] = "A: b\r\nC: d\r\n\r\nx\ry\r\n\r\n\0z";
	static const char out[] = "\nend\nA: b\nC: d\n\nx\ry\r\n\r\n\0z";
	struct place *p = *state;
	AUTO(entry) struct entry e;
	AUTO(message) struct message m;
	AUTO(error) struct error err = ERROR_INIT;
	int64_t size;
	auto_free char *text = NULL;

	message_release(&p->m);
	read_text(&p->m, in, sizeof(in) - 1);
	write_it(p);
	text = whole_file(p, &size);
	assert_non_null(memmem(text, (size_t)size, out, sizeof(out) - 1));
	entry_log(&p->e, "a line");
	(void)close(p->e.fd);
	p->e.fd = -1;
	open_it(p, &e, 1, ERR_NONE);
	message_init(&m);
	assert_int_equal(entry_message(&e, &m, &err), 0);
	assert_int_equal(m.body.size, 9);
	assert_int_equal(message_wire_size(&m), message_wire_size(&p->m));
}

/* Below, at and above the writer's and the reader's blocks. */
static void
test_sizes(void **state)
{
	static const size_t sizes[] = { 1, 65536, 262143, 262144, 600000,
		3000000 };
	struct place *p = *state;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		auto_free char *text = xcalloc(1, sizes[i] + 3);
		AUTO(message) struct message m;
		AUTO(entry) struct entry e;
		AUTO(error) struct error err = ERROR_INIT;
		FILE *file = tmpfile();

		memset(text, 'x', sizes[i]);
		memcpy(text, "\n", 1);
		for (size_t at = 70; at < sizes[i]; at += 70)
			text[at] = '\n';
		assert_non_null(file);
		assert_int_equal(fwrite(text, 1, sizes[i], file), sizes[i]);
		rewind(file);
		message_release(&p->m);
		message_init(&p->m);
		assert_int_equal(message_read(&p->m, fileno(file), &err), 0);
		*p->e.id = '\0';
		write_it(p);
		(void)close(p->e.fd);
		p->e.fd = -1;
		open_it(p, &e, 1, ERR_NONE);
		message_init(&m);
		assert_int_equal(entry_message(&e, &m, &err), 0);
		assert_int_equal(
		    message_wire_size(&m), message_wire_size(&p->m));
		entry_release(&p->e);
		(void)fclose(file);
	}
}

static void
test_verdicts(void **state)
{
	struct place *p = *state;
	AUTO(entry) struct entry e;
	AUTO(error) struct error err = ERROR_INIT;
	int64_t before, after;
	auto_free char *old = NULL, *new = NULL;

	write_it(p);
	old = whole_file(p, &before);
	assert_int_equal(entry_doubt(&p->e, &err), 0);
	p->env.rcpts[0].fate = FATE_SENT;
	p->env.rcpts[1].fate = FATE_FAIL;
	p->env.rcpts[2].fate = FATE_DEFER;
	assert_int_equal(entry_settle(&p->e, &p->env, false, &err), 0);
	new = whole_file(p, &after);
	assert_int_equal(before, after);
	assert_non_null(strstr(new, "\nto D - - a@example.com\n"));
	assert_non_null(strstr(new, "\nto N - - \"b c\"@example.com\n"));
	assert_non_null(strstr(new, "\ndoubt     -\n"));
	assert_int_equal(entry_settle(&p->e, &p->env, true, &err), 0);
	assert_false(entry_is_over(&p->e));
	entry_log_verdicts(&p->e, &p->env);
	(void)close(p->e.fd);
	p->e.fd = -1;
	open_it(p, &e, 1, ERR_NONE);
	assert_int_equal(e.envelope.rcpts[0].fate, FATE_SENT);
	assert_int_equal(e.envelope.rcpts[1].fate, FATE_FAIL);
	assert_int_equal(e.envelope.rcpts[2].fate, FATE_PENDING);
	e.envelope.rcpts[2].fate = FATE_SENT;
	assert_int_equal(entry_settle(&e, &e.envelope, true, &err), 0);
	assert_true(entry_is_over(&e));
	assert_int_equal(entry_remove(&e, &err), 0);
	assert_false(entry_is_there(&e));
}

static void
test_doubt_stays(void **state)
{
	struct place *p = *state;
	AUTO(entry) struct entry e;
	AUTO(error) struct error err = ERROR_INIT;

	write_it(p);
	assert_int_equal(entry_doubt(&p->e, &err), 0);
	for (size_t i = 0; i < p->env.count; i++)
		p->env.rcpts[i].fate = FATE_DEFER;
	(void)err_set(&p->env.rcpts[1].why, ERR_IN_DOUBT, "lost");
	assert_int_equal(entry_settle(&p->e, &p->env, true, &err), 0);
	entry_log_verdicts(&p->e, &p->env);
	(void)close(p->e.fd);
	p->e.fd = -1;
	open_it(p, &e, 1, ERR_NONE);
	assert_true(e.cells.is_in_doubt);
}

/* The mark of a mail whose turn does not come is taken back, with the time that
 * goes with it; what was done for several at once is not done again. */
static void
test_ahead(void **state)
{
	struct place *p = *state;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(syncer) struct syncer s = { 0 };
	struct entry *list[] = { &p->e };
	const struct envelope *envs[] = { &p->env };
	int64_t size;
	auto_free char *marked = NULL, *bare = NULL, *settled = NULL;

	write_it(p);
	entry_doubt_ahead(list, 1, &s);
	marked = whole_file(p, &size);
	assert_non_null(strstr(marked, "\ndoubt     ?\n"));
	assert_null(strstr(marked, "\nnext      0000000001234\n"));
	assert_false(p->e.cells.is_in_doubt);
	p->env.rcpts[0].fate = FATE_DEFER;
	assert_int_equal(entry_settle(&p->e, &p->env, false, &err), 0);
	bare = whole_file(p, &size);
	assert_non_null(strstr(bare, "\ndoubt     -\n"));
	assert_non_null(strstr(bare, "\nnext      0000000001234\n"));
	entry_doubt_ahead(list, 1, &s);
	assert_int_equal(entry_doubt(&p->e, &err), 0);
	assert_true(p->e.cells.is_in_doubt);
	for (size_t i = 0; i < p->env.count; i++)
		p->env.rcpts[i].fate = FATE_SENT;
	entry_settle_ahead(list, envs, 1, &s);
	assert_false(p->e.cells.is_in_doubt);
	assert_true(entry_is_over(&p->e));
	settled = whole_file(p, &size);
	assert_non_null(strstr(settled, "\ndoubt     -\n"));
	assert_non_null(strstr(settled, "\nto D - - a@example.com\n"));
	/* nothing is left to be written */
	(void)close(p->e.fd);
	p->e.fd = -1;
	assert_int_equal(entry_settle(&p->e, &p->env, false, &err), 0);
}

/* What could not be written for several at once is heard of, by himself, by who
 * settles it. */
static void
test_ahead_fails(void **state)
{
	struct place *p = *state;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(syncer) struct syncer s = { 0 };
	struct entry *list[] = { &p->e };
	const struct envelope *envs[] = { &p->env };
	int fd;

	write_it(p);
	fd = p->e.fd;
	p->e.fd = -1;
	entry_doubt_ahead(list, 1, &s);
	assert_int_equal(entry_doubt(&p->e, &err), -1);
	assert_int_equal(err.kind, ERR_QUEUE);
	error_release(&err);
	p->e.fd = fd;
	assert_int_equal(entry_doubt(&p->e, &err), 0);
	for (size_t i = 0; i < p->env.count; i++)
		p->env.rcpts[i].fate = FATE_SENT;
	p->e.fd = -1;
	entry_settle_ahead(list, envs, 1, &s);
	assert_int_equal(entry_settle(&p->e, &p->env, false, &err), -1);
	assert_int_equal(err.kind, ERR_QUEUE);
	assert_true(p->e.cells.is_in_doubt);
	error_release(&err);
	p->e.fd = fd;
	assert_int_equal(entry_settle(&p->e, &p->env, false, &err), 0);
	assert_false(p->e.cells.is_in_doubt);
}

static void
test_cells_and_log(void **state)
{
	struct place *p = *state;
	struct entry_cells c = { 1795286400, 1795280000, 77, 12, 3, true,
		false };
	AUTO(entry) struct entry e;
	AUTO(error) struct error err = ERROR_INIT;
	auto_free char *last = NULL;

	write_it(p);
	assert_int_equal(entry_set_cells(&p->e, &c, &err), 0);
	entry_log(&p->e, "first");
	entry_log(&p->e, "second\n\033[31m %s", "end");
	(void)close(p->e.fd);
	p->e.fd = -1;
	assert_int_equal(entry_peek(&e, &p->q, QUEUE_ACTIVE, p->e.id, &err), 1);
	assert_int_equal(e.cells.next_s, c.next_s);
	assert_int_equal(e.cells.last_s, c.last_s);
	assert_int_equal(e.cells.waited_s, c.waited_s);
	assert_int_equal(e.cells.tries, c.tries);
	assert_int_equal(e.cells.deaths, c.deaths);
	assert_true(e.cells.is_delay_told);
	assert_false(e.cells.is_in_doubt);
	last = entry_last_log(&e);
	assert_non_null(strstr(last, "Z second\\n\\x1b[31m end"));
	entry_release(&e);
	open_it(p, &e, 1, ERR_NONE);
}

/* E7: every octet changed, every length: never another mail. */
static void
test_every_flip(void **state)
{
	struct place *p = *state;
	int64_t size;
	auto_free char *text = NULL;

	write_it(p);
	text = whole_file(p, &size);
	(void)close(p->e.fd);
	p->e.fd = -1;
	for (int64_t i = 0; i < size; i++)
		for (int bit = 0; bit < 8; bit++) {
			AUTO(entry) struct entry e;
			AUTO(error) struct error err = ERROR_INIT;
			int rc;

			text[i] = (char)(text[i] ^ 1 << bit);
			put_file(p, text, size);
			rc = entry_open(&e, &p->q, QUEUE_ACTIVE, p->e.id, &err);
			text[i] = (char)(text[i] ^ 1 << bit);
			if (rc < 0) {
				assert_true(err.kind == ERR_DATA ||
					    err.kind == ERR_UNSUPPORTED);
				continue;
			}
			/* a digit of a cell became another digit */
			assert_int_equal(rc, 1);
			assert_true(text[i] >= '0' && text[i] <= '9');
			assert_true(i < 200);
			assert_int_equal(e.envelope.count, 3);
			for (size_t r = 0; r < 3; r++)
				assert_int_equal(
				    e.envelope.rcpts[r].fate, FATE_PENDING);
			assert_false(e.cells.is_in_doubt);
		}
	for (int64_t len = 0; len < size; len++) {
		AUTO(entry) struct entry e;

		put_file(p, text, len);
		open_it(p, &e, -1, ERR_DATA);
	}
}

static void
test_not_ours(void **state)
{
	struct place *p = *state;
	auto_free char *path = NULL, *other = NULL;
	AUTO(error) struct error err = ERROR_INIT;
	struct entry e;

	write_it(p);
	(void)close(p->e.fd);
	p->e.fd = -1;
	path = xasprintf("%s/active/%s", p->path, p->e.id);
	other = xasprintf("%s/other", p->path);
	assert_int_equal(chmod(path, 0640), 0);
	open_it(p, &e, -1, ERR_DATA);
	entry_release(&e);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(link(path, other), 0);
	open_it(p, &e, -1, ERR_DATA);
	entry_release(&e);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink(other, path), 0);
	open_it(p, &e, -1, ERR_DATA);
	entry_release(&e);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	open_it(p, &e, -1, ERR_DATA);
	entry_release(&e);
	assert_int_equal(
	    entry_set_aside(&p->q, QUEUE_ACTIVE, p->e.id, &err), 0);
	open_it(p, &e, 0, ERR_NONE);
	entry_release(&e);
}

static void
test_other_version(void **state)
{
	struct place *p = *state;
	int64_t size;
	auto_free char *text = NULL;
	AUTO(entry) struct entry e;

	write_it(p);
	text = whole_file(p, &size);
	(void)close(p->e.fd);
	p->e.fd = -1;
	*strchr(text, '1') = '2';
	put_file(p, text, size);
	open_it(p, &e, -1, ERR_UNSUPPORTED);
}

static void
test_given_id_once(void **state)
{
	struct place *p = *state;
	AUTO(entry) struct entry e;
	AUTO(error) struct error err = ERROR_INIT;

	write_it(p);
	entry_init(&e);
	queue_id_derive(e.id, p->e.id, "bounce 1");
	assert_true(queue_id_is_valid(e.id));
	assert_string_not_equal(e.id, p->e.id);
	assert_int_equal(entry_write(&e, &p->q, &p->env, &p->m, &err), 0);
	entry_release(&e);
	queue_id_derive(e.id, p->e.id, "bounce 1");
	assert_int_equal(entry_write(&e, &p->q, &p->env, &p->m, &err), 1);
}

static void
test_list_and_move(void **state)
{
	struct place *p = *state;
	AUTO(queue_ids) struct queue_ids l = { 0 };
	AUTO(error) struct error err = ERROR_INIT;
	char first[QUEUE_ID_SIZE];

	write_it(p);
	memcpy(first, p->e.id, sizeof(first));
	entry_release(&p->e);
	assert_int_equal(usleep(2000), 0);
	write_it(p);
	assert_true(strcmp(first, p->e.id) < 0);
	assert_int_equal(queue_list(&p->q, QUEUE_ACTIVE, &l, &err), 0);
	assert_int_equal(l.count, 2);
	assert_string_equal(l.ids[0], first);
	assert_string_equal(l.ids[1], p->e.id);
	queue_ids_release(&l);
	assert_int_equal(entry_move(&p->e, QUEUE_HOLD, &err), 0);
	assert_true(entry_is_there(&p->e));
	assert_int_equal(queue_list(&p->q, QUEUE_HOLD, &l, &err), 0);
	assert_int_equal(l.count, 1);
	queue_ids_release(&l);
	assert_int_equal(queue_list(&p->q, QUEUE_BAD, &l, &err), 0);
	assert_int_equal(l.count, 0);
}

/* Accounts that wait: longer each time, and not for ever. */
static void
test_waits(void **state)
{
	struct place *p = *state;
	struct queue_wait w;

	assert_int_equal(queue_wait_read(&p->q, "a/b c", 1000, &w), 0);
	queue_wait_set(&p->q, "a/b c", true, "no\nroute", 1000);
	assert_int_equal(queue_wait_read(&p->q, "a/b c", 1059, &w), 1);
	assert_true(w.is_offline);
	assert_int_equal(w.since_s, 1000);
	assert_string_equal(w.text, "no\nroute");
	queue_wait_release(&w);
	assert_int_equal(queue_wait_read(&p->q, "a/b c", 1061, NULL), 0);
	assert_int_equal(queue_wait_read(&p->q, "a/b c", 1, NULL), 0);
	for (int i = 0; i < 9; i++)
		queue_wait_set(&p->q, "a/b c", true, "x", 2000);
	assert_int_equal(queue_wait_read(&p->q, "a/b c", 2000, &w), 1);
	assert_int_equal(w.until_s, 2000 + 15 * 60);
	assert_int_equal(w.step, 10);
	queue_wait_release(&w);
	queue_wait_set(&p->q, "a/b c", false, "password", 3000);
	queue_wait_set(&p->q, "other", true, "x", 3000);
	assert_int_equal(queue_wait_read(&p->q, "a/b c", 3000, &w), 1);
	assert_int_equal(w.step, 1);
	assert_int_equal(w.until_s, 3000 + 15 * 60);
	queue_wait_release(&w);
	queue_wait_clear_all(&p->q, true);
	assert_int_equal(queue_wait_read(&p->q, "other", 3000, NULL), 0);
	assert_int_equal(queue_wait_read(&p->q, "a/b c", 3000, NULL), 1);
	queue_wait_clear(&p->q, "a/b c");
	assert_int_equal(queue_wait_read(&p->q, "a/b c", 3000, NULL), 0);
}

static void
test_backoff(void **state)
{
	static const int steps[] = { 600, 1800, 3600, 7200, 10800, 10800,
		10800 };
	struct entry_cells c = { .next_s = 5000 };
	time_t now = 5000;

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		assert_true(backoff_is_due(&c, now));
		backoff_count(&c, 5000, BACKOFF_DEFERRED, now);
		assert_true(c.next_s >= now + steps[i] - steps[i] / 10 - 1);
		assert_true(c.next_s <= now + steps[i] + steps[i] / 10 + 1);
		assert_false(backoff_is_due(&c, now));
		now = c.next_s;
	}
	assert_true(backoff_is_late(&c));
	assert_false(backoff_is_expired(&c, false, 0));
	/* ten years: a day, and no more */
	backoff_count(&c, 5000, BACKOFF_DEFERRED, now + 315360000);
	assert_false(backoff_is_expired(&c, false, 0));
	/* and back: nothing, and it is due */
	assert_true(backoff_is_due(&c, now));
	backoff_count(&c, 5000, BACKOFF_DEFERRED, now);
	assert_false(backoff_is_expired(&c, false, 0));
	assert_true(backoff_is_expired(&c, false, 3600));
	c.waited_s = BACKOFF_EXPIRY_S;
	assert_true(backoff_is_expired(&c, false, 0));
	c.tries = BACKOFF_EXPIRY_TRIES - 1;
	assert_false(backoff_is_expired(&c, false, 0));
	c = (struct entry_cells){ 0 };
	backoff_count(&c, now, BACKOFF_GREYLISTED, now);
	assert_int_equal(c.next_s, now + 300);
	backoff_count(&c, now, BACKOFF_IN_DOUBT, now);
	assert_int_equal(c.next_s, now + 900);
}

static void
test_place(void **state)
{
	struct place *p = *state;
	AUTO(error) struct error err = ERROR_INIT;
	auto_free char *path = xasprintf("%s-link", p->path);
	struct queue q = QUEUE_INIT;

	assert_int_equal(symlink(p->path, path), 0);
	assert_int_equal(queue_open(&q, path, true, &err), -1);
	assert_int_equal(err.kind, ERR_QUEUE_PLACE);
	assert_int_equal(chmod(p->path, 0750), 0);
	assert_int_equal(queue_open(&q, p->path, true, &err), -1);
	assert_int_equal(err.kind, ERR_QUEUE_PLACE);
	assert_non_null(err.hint);
	assert_int_equal(chmod(p->path, 0700), 0);
	assert_true(queue_is_remote(0x6969));      /* nfs */
	assert_true(queue_is_remote(0xff534d42));  /* cifs */
	assert_false(queue_is_remote(0xef53));     /* ext4 */
	assert_false(queue_is_remote(0x01021994)); /* tmpfs */
	assert_false(queue_unwake(&p->q));
	queue_wake(&p->q);
	queue_wake(&p->q);
	assert_true(queue_unwake(&p->q));
	assert_false(queue_unwake(&p->q));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, place_new, place_free)
		TEST(test_round_trip),
		TEST(test_body_is_verbatim),
		TEST(test_sizes),
		TEST(test_verdicts),
		TEST(test_doubt_stays),
		TEST(test_ahead),
		TEST(test_ahead_fails),
		TEST(test_cells_and_log),
		TEST(test_every_flip),
		TEST(test_not_ours),
		TEST(test_other_version),
		TEST(test_given_id_once),
		TEST(test_list_and_move),
		TEST(test_waits),
		TEST(test_backoff),
		TEST(test_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
