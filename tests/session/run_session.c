/* SPDX-License-Identifier: ISC */
/*
 * Plays dialogues (script.h): in memory with every read cut to 1, 2, 3, ...
 * octets and with one cut behind each octet, then over a socket.
 *
 *	run_session [-v] [FILE|DIRECTORY...]
 *
 * Without a file: those of $srcdir/tests/session, as `make check` sets it.
 */
#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/auth.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "io/stream.h"
#include "mail/envelope.h"
#include "mail/message.h"
#include "peer.h"
#include "script.h"
#include "smtp/session.h"

/* More cuts than this say nothing new: what a server says is cut everywhere up
 * to some 1,500 octets, and behind as many as CUTS_OCTETS allow beyond. */
#define CUTS_EVERY_MAX 80
#define CUTS_OCTETS ((size_t)2 * 1024 * 1024)
#define CUTS_SOME 5

static bool is_verbose;

/* One play of one dialogue. */
struct play {
	const struct script *script;
	const struct message *message;
	struct stream *io;
	struct smtp *smtp;
	struct envelope env;
	struct error err;
	const char *failed; /* the step, or "" */
	size_t answered;    /* by a scripted mechanism */
	struct buf transcript;
	struct buf trouble;
};

/* --- mechanisms ----------------------------------------------------------- */

static int
scripted_step(void *ctx, const char *challenge, size_t len,
    struct secret *response, struct error *err)
{
	struct play *p = ctx;
	const struct script *s = p->script;
	size_t n = p->answered++;

	(void)challenge;
	(void)len;
	if (s->fail_at == n + 1)
		return err_set(err, ERR_AUTH, "scripted failure");
	if (n >= s->nanswers)
		return err_set(err, ERR_SOFTWARE, "no more answers");
	secret_set(response, s->answers[n], strlen(s->answers[n]));
	return 0;
}

static bool
scripted_is_done(void *ctx)
{
	const struct play *p = ctx;

	return p->script->done_after && p->answered >= p->script->done_after;
}

static int
real_step(void *ctx, const char *challenge, size_t len, struct secret *response,
    struct error *err)
{
	return auth_step(ctx, challenge, len, response, err);
}

static bool
real_is_done(void *ctx)
{
	return auth_is_done(ctx);
}

/* As deliver/ joins them. */
static int
play_auth_real(struct play *p, struct error *err)
{
	AUTO(secret) struct secret password = SECRET_INIT;
	struct auth_policy policy = { p->script->mech, true, false };
	struct auth_params params = { .user = p->script->user,
		.password = &password };
	struct smtp_sasl sasl = { .step = real_step, .is_done = real_is_done };
	const struct auth_mech *mech;
	struct auth *a;
	int rc;

	if (strcmp(p->script->mech, "ANY") == 0)
		policy.mechanism = NULL;
	secret_set(&password, p->script->password, strlen(p->script->password));
	if (auth_choose(smtp_mechanisms(p->smtp), &policy, &mech, err) < 0)
		return -1;
	a = auth_new(mech, &params, err);
	if (!a)
		return -1;
	redact_add(smtp_redact(p->smtp), password.data, password.len);
	sasl.mechanism = mech->name;
	sasl.has_initial = auth_has_initial(a);
	sasl.ctx = a;
	rc = smtp_auth(p->smtp, &sasl, err);
	auth_free(a);
	return rc;
}

static int
play_auth(struct play *p, struct error *err)
{
	struct smtp_sasl sasl = { .mechanism = p->script->mech,
		.has_initial = p->script->speaks_first,
		.step = scripted_step,
		.is_done = scripted_is_done,
		.ctx = p };

	if (!p->script->is_scripted)
		return play_auth_real(p, err);
	return smtp_auth(p->smtp, &sasl, err);
}

/* --- steps ---------------------------------------------------------------- */

static int
step_greet(struct play *p)
{
	return smtp_greet(p->smtp, &p->err);
}

static int
step_hello(struct play *p)
{
	return smtp_hello(p->smtp, p->script->domain, false, &p->err);
}

static int
step_ehlo(struct play *p)
{
	return smtp_hello(p->smtp, p->script->domain, true, &p->err);
}

static int
step_starttls(struct play *p)
{
	return smtp_starttls(p->smtp, &p->err);
}

/* Where TLS would be put under; the dialogue goes on in clear. */
static int
step_wrap(struct play *p)
{
	(void)p;
	return 0;
}

static int
step_auth(struct play *p)
{
	return play_auth(p, &p->err);
}

static int
step_transact(struct play *p)
{
	return smtp_transact(p->smtp, &p->env, p->message, &p->err);
}

/* Another mail with the same envelope. */
static int
step_again(struct play *p)
{
	for (size_t i = 0; i < p->env.count; i++) {
		p->env.rcpts[i].fate = FATE_PENDING;
		error_release(&p->env.rcpts[i].why);
	}
	return 0;
}

static int
step_etrn(struct play *p)
{
	return smtp_etrn(p->smtp, "@example.org", &p->err);
}

static int
step_quit(struct play *p)
{
	smtp_quit(p->smtp);
	return 0;
}

static const struct step {
	const char *word;
	int (*run)(struct play *p);
} step_table[] = {
	{ "greet", step_greet },
	{ "hello", step_hello },
	{ "ehlo", step_ehlo },
	{ "starttls", step_starttls },
	{ "wrap", step_wrap },
	{ "auth", step_auth },
	{ "transact", step_transact },
	{ "again", step_again },
	{ "etrn", step_etrn },
	{ "quit", step_quit },
};

static const struct step *
step_find(const char *word, size_t len)
{
	for (size_t i = 0; i < sizeof(step_table) / sizeof(step_table[0]); i++)
		if (strlen(step_table[i].word) == len &&
		    memcmp(step_table[i].word, word, len) == 0)
			return &step_table[i];
	fprintf(stderr, "no such step: %s\n", word);
	exit(2);
}

/* The steps up to the first that fails; then QUIT where it may be said, and
 * the failure is everybody's. */
static void
play_steps(struct play *p)
{
	const char *at = p->script->steps;

	p->failed = "";
	while (*at) {
		size_t n = strcspn(at, " ");
		const struct step *step = step_find(at, n);

		if (step->run(p) < 0) {
			p->failed = step->word;
			envelope_rule(&p->env, &p->err);
			smtp_quit(p->smtp);
			return;
		}
		at += n + (at[n] == ' ');
	}
}

/* --- verdicts ------------------------------------------------------------- */

static void
play_complain(struct play *p, const char *what, const char *got)
{
	if (!p->trouble.len)
		(void)buf_printf(&p->trouble, "%s: %s", what, got ? got : "");
}

static const char *
fate_name(enum fate fate)
{
	static const char *const names[] = { "pending", "sent", "defer",
		"fail" };

	return names[fate];
}

static void
judge_rcpts(struct play *p)
{
	const struct script *s = p->script;

	if (s->nwant != p->env.count)
		play_complain(p, "number of rcpt lines", "");
	for (size_t i = 0; i < s->nwant && i < p->env.count; i++) {
		const struct expected_rcpt *w = &s->want[i];
		const struct rcpt *r = &p->env.rcpts[i];

		if (strcmp(w->fate, fate_name(r->fate)) != 0)
			play_complain(p, r->addr, fate_name(r->fate));
		if (*w->kind &&
		    strcmp(w->kind, err_table[r->why.kind].name) != 0)
			play_complain(p, r->addr, err_table[r->why.kind].name);
		if (w->code && w->code != r->why.reply.code)
			play_complain(p, r->addr, r->why.reply.text);
	}
}

static void
judge_absent(struct play *p, const char *text)
{
	const struct error *e = &p->err;
	const char *places[] = { buf_str(&p->transcript), e->text, e->detail,
		e->reply.text };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (places[i] && strstr(places[i], text))
			play_complain(p, "shown to everybody", places[i]);
}

static void
play_judge(struct play *p)
{
	const struct script *s = p->script;
	const char *kind = err_table[p->err.kind].name;
	char got[64];

	(void)snprintf(got, sizeof(got), "%s in %s", kind, p->failed);
	if (strcmp(kind, s->error) != 0 ||
	    (*s->error_step && strcmp(p->failed, s->error_step) != 0)) {
		play_complain(p, "error", got);
		if (p->err.text)
			(void)buf_printf(&p->trouble, " (%s; %s)", p->err.text,
			    p->err.detail ? p->err.detail : "");
	}
	if (s->text && (!p->err.text || !strstr(p->err.text, s->text)))
		play_complain(p, "text", p->err.text);
	if (s->hint && (!p->err.hint || !strstr(p->err.hint, s->hint)))
		play_complain(p, "hint", p->err.hint);
	judge_rcpts(p);
	(void)snprintf(
	    got, sizeof(got), "%d", envelope_exit_code(&p->env, NULL));
	if (strtol(got, NULL, 10) != s->exit_code)
		play_complain(p, "exit", got);
	for (size_t i = 0; i < s->nabsent; i++)
		judge_absent(p, s->absent[i]);
}

/* --- plays ---------------------------------------------------------------- */

static void
play_show(void *ctx, bool is_ours, const char *line, size_t len)
{
	struct play *p = ctx;
	auto_free char *copy = xmemdupz(line, len);

	if (p->smtp)
		redact_apply(smtp_redact(p->smtp), copy, len);
	(void)buf_printf(
	    &p->transcript, "%s %s\n", is_ours ? "-->" : "<--", copy);
}

static void
play_wish(struct play *p, const char *name, const char *value)
{
	struct wishes *w = &p->env.wishes;
	const struct {
		const char *name;
		char **to;
	} rows[] = { { "notify", &w->notify }, { "ret", &w->ret },
		{ "envid", &w->envid }, { "by", &w->deliver_by },
		{ "release", &w->release }, { "priority", &w->priority },
		{ "auth", &w->auth } };

	if (strcmp(name, "tls") == 0)
		w->needs_tls = true;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(name, rows[i].name) == 0)
			xreplace(rows[i].to, xstrdup(value));
}

static void
play_begin(struct play *p, const struct script *s, const struct message *m)
{
	*p = (struct play){ .script = s, .message = m, .err = ERROR_INIT };
	buf_init(&p->transcript, SCRIPT_OCTETS_MAX);
	buf_init(&p->trouble, 4096);
	p->env = (struct envelope)ENVELOPE_INIT;
	if (envelope_set_from(&p->env, s->from, "the script", &p->err) < 0)
		play_complain(p, "from", p->err.text);
	for (size_t i = 0; i < s->nwishes; i++)
		play_wish(p, s->wish_names[i], s->wishes[i]);
	for (size_t i = 0; i < s->nrcpts; i++)
		if (envelope_add(&p->env, s->rcpts[i], "the script", &p->err) <
		    0)
			play_complain(p, "rcpt", p->err.text);
}

/* Takes bottom. */
static void
play_run(struct play *p, struct stream *bottom)
{
	p->io = stream_tap_new(bottom, play_show, p);
	p->smtp = smtp_new(&p->io, p->script->timeout_s);
	if (p->script->is_lmtp)
		smtp_set_lmtp(p->smtp);
	if (p->script->chunking)
		smtp_set_chunking(p->smtp,
		    strcmp(p->script->chunking, "on") == 0 ? SMTP_CHUNKING_ON
							   : SMTP_CHUNKING_OFF);
	play_steps(p);
}

static int
play_end(struct play *p, const char *path, const char *how)
{
	int rc = p->trouble.len ? -1 : 0;

	if (rc < 0)
		printf("FAIL %s (%s): %s\n%s", path, how, buf_str(&p->trouble),
		    buf_str(&p->transcript));
	envelope_release(&p->env);
	error_release(&p->err);
	buf_release(&p->transcript);
	buf_release(&p->trouble);
	return rc;
}

static int
play_memory(const struct script *s, const struct message *m, const char *path,
    struct cut cut)
{
	struct play p;
	char how[80];

	(void)snprintf(
	    how, sizeof(how), "every %zu, first %zu", cut.every, cut.first);
	play_begin(&p, s, m);
	play_run(&p, peer_memory_new(s, cut, &p.trouble));
	peer_memory_finish(p.io);
	play_judge(&p);
	smtp_free(p.smtp);
	p.smtp = NULL;
	stream_free(p.io);
	return play_end(&p, path, how);
}

/* RP-20: the server goes away behind `end` octets.  Whatever it said by then,
 * nothing was sent, and whether that is in doubt depends on the dot alone. */
static int
play_ending(const struct script *s, const struct message *m, const char *path,
    size_t end)
{
	struct play p;
	char how[80];

	(void)snprintf(how, sizeof(how), "ends behind %zu", end);
	play_begin(&p, s, m);
	play_run(
	    &p, peer_memory_new(s, (struct cut){ .end = end }, &p.trouble));
	for (size_t i = 0; i < p.env.count; i++) {
		const struct rcpt *r = &p.env.rcpts[i];
		bool is_dot_out = strstr(buf_str(&p.transcript), "--> .\n") ||
				  strstr(buf_str(&p.transcript), " LAST\n");

		if (r->fate != FATE_DEFER ||
		    r->why.kind != (is_dot_out ? ERR_IN_DOUBT : ERR_LOST))
			play_complain(&p, fate_name(r->fate),
			    err_table[r->why.kind].name);
	}
	smtp_free(p.smtp);
	p.smtp = NULL;
	stream_free(p.io);
	return play_end(&p, path, how);
}

static int
play_socket(const struct script *s, const struct message *m, const char *path)
{
	struct play p;
	pid_t pid = -1;
	int fd = peer_socket(s, &pid);

	play_begin(&p, s, m);
	if (fd < 0 || pid < 0) {
		play_complain(&p, "socket", "cannot be made");
		return play_end(&p, path, "socket");
	}
	play_run(&p, stream_fd_new(fd));
	play_judge(&p);
	smtp_free(p.smtp);
	p.smtp = NULL;
	stream_free(p.io);
	peer_socket_finish(pid, &p.trouble);
	return play_end(&p, path, "socket");
}

/* --- dialogues ------------------------------------------------------------ */

static int
message_of(const struct script *s, struct message *m, struct error *err)
{
	auto_close int fd = memfd_create("message", MFD_CLOEXEC);

	if (fd < 0 ||
	    write(fd, s->message, s->message_len) != (ssize_t)s->message_len ||
	    lseek(fd, 0, SEEK_SET) < 0)
		return err_set(err, ERR_OS, "memfd");
	if (message_read(m, fd, err) < 0)
		return -1;
	if (!s->has_short_body)
		return 0;
	spool_release(&m->body);
	return spool_use_file(
	    &m->body, fd, 0, (int64_t)s->message_len + 100, err);
}

/* Octets between two cuts. */
static size_t
dialogue_step(const struct script *s)
{
	size_t n = s->server_octets;
	size_t plays = n ? CUTS_OCTETS / n : 1;

	if (s->some_splits || plays < CUTS_SOME)
		plays = CUTS_SOME;
	return n > plays ? n / plays : 1;
}

static int
dialogue_cuts(const struct script *s, const struct message *m, const char *path)
{
	size_t n = s->server_octets;
	size_t step = dialogue_step(s);
	size_t every_max =
	    n / step < CUTS_EVERY_MAX ? CUTS_SOME : CUTS_EVERY_MAX;

	for (size_t k = 1; k <= every_max && k < n; k++)
		if (play_memory(s, m, path, (struct cut){ .every = k }) < 0)
			return -1;
	for (size_t at = 1; at < n; at += step)
		if (play_memory(s, m, path, (struct cut){ .first = at }) < 0)
			return -1;
	return 0;
}

/* How many transactions the client begins. */
static size_t
dialogue_mails(const struct script *s)
{
	size_t count = 0;

	for (size_t i = 0; i < s->nturns; i++) {
		const char *at = buf_str(&s->turns[i].text);

		if (s->turns[i].kind != TURN_CLIENT)
			continue;
		for (; (at = strstr(at, "MAIL FROM:")); at++)
			count++;
	}
	return count;
}

/* For one mail that reaches everyone at once. */
static int
dialogue_endings(
    const struct script *s, const struct message *m, const char *path)
{
	for (size_t i = 0; i < s->nwant; i++)
		if (strcmp(s->want[i].fate, "sent") != 0)
			return 0;
	if (strcmp(s->error, "none") != 0 || dialogue_mails(s) != 1)
		return 0;
	for (size_t at = 1; at < s->server_octets; at += dialogue_step(s))
		if (play_ending(s, m, path, at) < 0)
			return -1;
	return 0;
}

static int
dialogue_play(const char *path)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(message) struct message m;
	struct script s;
	int rc;

	message_init(&m);
	if (script_read(&s, path) < 0)
		return -1;
	rc = message_of(&s, &m, &err);
	if (rc < 0)
		printf("FAIL %s: message: %s\n", path, err.text);
	if (rc == 0)
		rc = play_memory(&s, &m, path, (struct cut){ 0 });
	if (rc == 0 && !s.no_split)
		rc = dialogue_cuts(&s, &m, path);
	if (rc == 0)
		rc = dialogue_endings(&s, &m, path);
	if (rc == 0 && !s.no_socket)
		rc = play_socket(&s, &m, path);
	if (rc == 0 && is_verbose)
		printf("ok   %s\n", path);
	script_release(&s);
	return rc;
}

static int
is_session(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 8 && strcmp(d->d_name + n - 8, ".session") == 0;
}

static int
directory_play(const char *path, int *count)
{
	struct dirent **names = NULL;
	int n = scandir(path, &names, is_session, alphasort);
	int failed = 0;

	for (int i = 0; i < n; i++) {
		auto_free char *file =
		    xasprintf("%s/%s", path, names[i]->d_name);

		(*count)++;
		failed += dialogue_play(file) < 0;
		(void)fflush(stdout); /* before the next fork */
		free(names[i]);
	}
	free(names);
	return n < 0 ? 1 : failed;
}

int
main(int argc, char **argv)
{
	int failed = 0, count = 0;

	for (int i = 1; i < argc; i++) {
		struct stat st;

		if (strcmp(argv[i], "-v") == 0) {
			is_verbose = true;
		} else if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode)) {
			failed += directory_play(argv[i], &count);
		} else {
			count++;
			failed += dialogue_play(argv[i]) < 0;
		}
	}
	if (!count && getenv("srcdir")) {
		auto_free char *own =
		    xasprintf("%s/tests/session", getenv("srcdir"));

		failed += directory_play(own, &count);
	}
	printf("%d dialogues, %d failed\n", count, failed);
	return failed || !count;
}
