/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "io/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/i18n.h"
#include "base/xalloc.h"

/* Octets of standard error that are kept for the detail. */
#define CHILD_STDERR_MAX 2000
/* How often a child is looked at while its pipes stay open. */
#define CHILD_STEP_MS 20

struct child {
	pid_t pid;
	int out, err;      /* our ends; -1 once closed */
	struct buf output; /* secret */
	struct buf complaint;
	bool is_too_long;
};

static void
child_release(struct child *c)
{
	if (c->out >= 0)
		(void)close(c->out);
	if (c->err >= 0)
		(void)close(c->err);
	if (c->output.data)
		secret_wipe(c->output.data, c->output.cap);
	buf_release(&c->output);
	buf_release(&c->complaint);
}
AUTO_DEFINE(child);

/* gpg's agent asks for its passphrase there; it cannot find out by itself, with
 * none of our descriptors on it. */
static void
child_name_terminal(void)
{
	char name[64];
	auto_close int tty = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);

	if (tty >= 0 && !getenv("GPG_TTY") &&
	    (ttyname_r(STDERR_FILENO, name, sizeof(name)) == 0 ||
		ttyname_r(STDOUT_FILENO, name, sizeof(name)) == 0 ||
		ttyname_r(STDIN_FILENO, name, sizeof(name)) == 0))
		(void)setenv("GPG_TTY", name, 0);
}

/* In the child: only 0, 1 and 2, default dispositions, nothing blocked. */
static _Noreturn void
child_main(const struct child_task *t, int in, int out, int complaint)
{
	sigset_t none;

	child_name_terminal();
	(void)setpgid(0, 0);
	for (int sig = 1; sig < NSIG; sig++)
		(void)signal(sig, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (in < 0)
		in = open("/dev/null", O_RDONLY);
	if (in < 0 || dup2(in, STDIN_FILENO) < 0 ||
	    dup2(out, STDOUT_FILENO) < 0 || dup2(complaint, STDERR_FILENO) < 0)
		_exit(EX_OSERR);
#if HAVE_CLOSE_RANGE
	(void)close_range(3, ~0U, 0);
#endif
	if (t->body)
		_exit(t->body(t->ctx));
	(void)execl("/bin/sh", "sh", "-c", t->what, (char *)NULL);
	_exit(127);
}

static void
child_close(int ends[2])
{
	for (int i = 0; i < 2; i++) {
		if (ends[i] >= 0)
			(void)close(ends[i]);
		ends[i] = -1;
	}
}

/* Both ends above 2, so that the child's dup2 never closes what it copies;
 * callers without descriptors 0-2 exist. */
static int
child_pipe(int ends[2])
{
	int raw[2];

	if (pipe2(raw, O_CLOEXEC) < 0)
		return -1;
	for (int i = 0; i < 2; i++) {
		ends[i] = fcntl(raw[i], F_DUPFD_CLOEXEC, 3);
		(void)close(raw[i]);
	}
	if (ends[0] >= 0 && ends[1] >= 0)
		return 0;
	child_close(ends);
	errno = EMFILE;
	return -1;
}

/* A pipe that holds the input already: it is shorter than a pipe is deep. */
static int
child_input(const struct secret *input, int ends[2])
{
	size_t done = 0;
	ssize_t n = 0;

	if (!input)
		return 0;
	if (child_pipe(ends) < 0)
		return -1;
	(void)fcntl(ends[1], F_SETFL, O_NONBLOCK);
	while (done < input->len && (n >= 0 || errno == EINTR)) {
		n = write(ends[1], input->data + done, input->len - done);
		done += n > 0 ? (size_t)n : 0;
	}
	(void)close(ends[1]);
	ends[1] = -1;
	if (done == input->len)
		return 0;
	errno = EMSGSIZE;
	return -1;
}

static int
child_start(struct child *c, const struct child_task *t)
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 }, complaint[2] = { -1, -1 };
	int saved = 0;

	if (child_input(t->input, in) < 0 || child_pipe(out) < 0 ||
	    child_pipe(complaint) < 0) {
		saved = errno;
	} else {
		c->pid = fork();
		saved = errno;
		if (c->pid == 0)
			child_main(t, in[0], out[1], complaint[1]);
	}
	child_close(in);
	if (c->pid < 0) {
		child_close(out);
		child_close(complaint);
		errno = saved;
		return -1;
	}
	(void)close(out[1]);
	(void)close(complaint[1]);
	c->out = out[0];
	c->err = complaint[0];
	/* also here: the group must exist before it may have to be killed */
	(void)setpgid(c->pid, c->pid);
	return 0;
}

/* Reads what is there without waiting; closes *fd at its end. */
static void
child_drain(struct child *c, int *fd, struct buf *into, bool is_secret)
{
	char block[4096];
	struct pollfd pfd = { *fd, POLLIN, 0 };

	while (*fd >= 0) {
		int rc = poll(&pfd, 1, 0);
		ssize_t n = rc > 0 ? read(*fd, block, sizeof(block)) : rc;

		if (n < 0 && errno == EINTR)
			continue;
		if (rc <= 0)
			break;
		if (n <= 0) {
			(void)close(*fd);
			*fd = -1;
			break;
		}
		if (is_secret && buf_add(into, block, (size_t)n) < 0)
			c->is_too_long = true;
		if (!is_secret) {
			/* the end of a long complaint says most */
			if ((size_t)n > into->max - into->len)
				buf_reset(into);
			(void)buf_add(into, block,
			    (size_t)n < into->max ? (size_t)n : into->max);
		}
		if (is_secret)
			secret_wipe(block, sizeof(block));
	}
}

static void
child_wait_input(const struct child *c, int64_t deadline)
{
	struct pollfd pfds[2];
	nfds_t count = 0;
	int ms = deadline_poll_ms(deadline);

	if (c->out >= 0)
		pfds[count++] = (struct pollfd){ c->out, POLLIN, 0 };
	if (c->err >= 0)
		pfds[count++] = (struct pollfd){ c->err, POLLIN, 0 };
	if (ms < 0 || ms > CHILD_STEP_MS)
		ms = CHILD_STEP_MS;
	(void)poll(pfds, count, ms);
}

/* Until the child has ended (its wait status), or the deadline (-1). */
static int
child_watch(struct child *c, int64_t deadline, int *status)
{
	for (;;) {
		pid_t done = waitpid(c->pid, status, WNOHANG);

		child_drain(c, &c->out, &c->output, true);
		child_drain(c, &c->err, &c->complaint, false);
		if (done == c->pid)
			return 0;
		/* somebody else's SIGCHLD handling took the status away */
		if (done < 0 && errno == ECHILD) {
			*status = EX_OSERR << 8;
			return 0;
		}
		if (deadline_poll_ms(deadline) == 0) {
			(void)kill(-c->pid, SIGKILL);
			(void)waitpid(c->pid, status, 0);
			return -1;
		}
		child_wait_input(c, deadline);
	}
}

static int
child_failed(const struct child *c, const struct child_task *t, int status,
    struct error *err)
{
	enum err_kind kind = ERR_CREDENTIAL;

	if (WIFEXITED(status) && WEXITSTATUS(status) == EX_TEMPFAIL)
		kind = ERR_CREDENTIAL_TEMP;
	/* only we ourselves mean it so */
	if (t->body && WIFEXITED(status) && WEXITSTATUS(status) == EX_OSFILE)
		kind = ERR_OS;
	if (WIFSIGNALED(status))
		(void)err_set(err, kind, _("'%s' was ended by signal %d"),
		    t->what, WTERMSIG(status));
	else
		(void)err_set(err, kind, _("'%s' ended with exit status %d"),
		    t->what, WEXITSTATUS(status));
	if (c->complaint.len)
		(void)err_detail(err, "%s", buf_str(&c->complaint));
	return -1;
}

int
child_call(const struct child_task *t, int64_t deadline, struct secret *out,
    struct error *err)
{
	const char *what = t->what;
	AUTO(child)
	struct child c = { -1, -1, -1, BUF_INIT(CHILD_OUTPUT_MAX),
		BUF_INIT(CHILD_STDERR_MAX), false };
	struct sigaction dfl = { .sa_handler = SIG_DFL }, before;
	int status = 0, rc = 0;

	/* All at once: growing would leave copies of the secret behind. */
	(void)buf_reserve(&c.output, CHILD_OUTPUT_MAX);
	/* With SIGCHLD ignored, as some callers leave it, the exit status of a
	 * child is thrown away. */
	(void)sigaction(SIGCHLD, &dfl, &before);
	if (child_start(&c, t) < 0)
		rc = err_set_os(err, ERR_OS, errno, _("cannot run '%s'"), what);
	else if (child_watch(&c, deadline, &status) < 0)
		rc = err_set(err, ERR_CREDENTIAL_TEMP,
		    _("'%s' did not end in time"), what);
	else if (status != 0)
		rc = child_failed(&c, t, status, err);
	else if (c.is_too_long)
		rc = err_set(err, ERR_CREDENTIAL,
		    _("'%s' wrote more than %d octets"), what,
		    CHILD_OUTPUT_MAX);
	(void)sigaction(SIGCHLD, &before, NULL);
	if (rc == 0)
		secret_set(out, buf_str(&c.output), c.output.len);
	return rc;
}

int
child_output(const char *command, int64_t deadline, struct secret *out,
    struct error *err)
{
	struct child_task t = { .what = command };

	return child_call(&t, deadline, out, err);
}
