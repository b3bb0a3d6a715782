/* SPDX-License-Identifier: ISC */
/* The person at the terminal, if there is one. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "cred/sources.h"

#define PROMPT_MAX 4096

/* Those that would leave the terminal without an echo. */
static const int prompt_signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT,
	SIGTSTP };
#define PROMPT_SIGNALS (sizeof(prompt_signals) / sizeof(int))

static volatile sig_atomic_t prompt_signal;

static void
prompt_catch(int sig)
{
	prompt_signal = sig;
}

/* Until there is something to read; as poll(), with the signals that
 * `listening` lets through while it waits, and then alone: one that comes just
 * before is not missed. */
static int
prompt_wait(int tty, int64_t deadline, const sigset_t *listening)
{
	struct pollfd pfd = { tty, POLLIN, 0 };
	int ms = deadline_poll_ms(deadline);
	struct timespec limit = { ms / 1000, ms % 1000 * 1000000L };

	return ppoll(&pfd, 1, ms < 0 ? NULL : &limit, listening);
}

/* Up to the end of the line; false when it was broken off. */
static bool
prompt_read(
    int tty, int64_t deadline, const sigset_t *listening, struct buf *line)
{
	for (;;) {
		int rc = prompt_wait(tty, deadline, listening);
		char c;

		if (prompt_signal || rc == 0)
			return false;
		/* one octet at a time: no copy is left in a buffer */
		rc = rc < 0 ? rc : (int)read(tty, &c, 1);
		if (rc < 0 && errno == EINTR)
			continue;
		if (rc != 1)
			return false;
		if (c == '\n' || c == '\r')
			return true;
		if (buf_add_char(line, c) < 0)
			return false;
	}
}

/* Without echo; signals wait until the terminal is itself again. */
static bool
prompt_ask(int tty, const char *text, int64_t deadline, struct buf *line)
{
	struct sigaction catch = { .sa_handler = prompt_catch };
	struct sigaction before[PROMPT_SIGNALS];
	sigset_t waiting, listening;
	struct termios loud, quiet;
	bool is_said;

	if (tcgetattr(tty, &loud) < 0)
		return false;
	prompt_signal = 0;
	(void)sigemptyset(&waiting);
	for (size_t i = 0; i < PROMPT_SIGNALS; i++)
		(void)sigaddset(&waiting, prompt_signals[i]);
	(void)sigprocmask(SIG_BLOCK, &waiting, &listening);
	for (size_t i = 0; i < PROMPT_SIGNALS; i++)
		(void)sigaction(prompt_signals[i], &catch, &before[i]);
	quiet = loud;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	quiet.c_lflag |= ICANON | ISIG;
	(void)tcsetattr(tty, TCSAFLUSH, &quiet);
	(void)dprintf(tty, "%s", text);
	is_said = prompt_read(tty, deadline, &listening, line);
	(void)tcsetattr(tty, TCSAFLUSH, &loud);
	(void)dprintf(tty, "\n");
	for (size_t i = 0; i < PROMPT_SIGNALS; i++)
		(void)sigaction(prompt_signals[i], &before[i], NULL);
	(void)sigprocmask(SIG_SETMASK, &listening, NULL);
	if (prompt_signal)
		(void)raise(prompt_signal);
	return is_said;
}

int
prompt_find(const struct cred_request *r, struct secret *out, struct error *err)
{
	const struct account *a = r->account;
	auto_close int tty = -1;
	AUTO(buf) struct buf line = BUF_INIT(PROMPT_MAX);
	auto_free char *user = NULL, *host = NULL, *text = NULL;
	bool is_said;

	(void)err; /* cannot fail */
	if (!r->may_prompt || !a->user)
		return 0;
	tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	/* from the background we would be stopped, and ask nobody */
	if (tty < 0 || tcgetpgrp(tty) != getpgrp())
		return 0;
	(void)buf_reserve(&line, line.max);
	user = text_escaped(a->user);
	host = text_escaped(a->host ? a->host : a->socket ? a->socket : "");
	text = xasprintf(_("password for %s at %s: "), user, host);
	is_said = prompt_ask(tty, text, r->deadline, &line) && line.len;
	if (is_said)
		secret_set(out, buf_str(&line), line.len);
	secret_wipe(line.data, line.cap);
	return is_said;
}
