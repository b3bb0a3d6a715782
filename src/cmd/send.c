/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "cmd/send.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/stop.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "cmd/enqueue.h"
#include "cmd/mailback.h"
#include "cmd/record.h"
#include "cmd/status.h"
#include "cmd/trace.h"
#include "cmd/words.h"
#include "deliver/deliver.h"
#include "deliver/fallback.h"
#include "deliver/header.h"
#include "deliver/prepare.h"

void
cmd_drain_input(void)
{
	char block[4096];
	ssize_t n;

	if (isatty(STDIN_FILENO))
		return;
	do {
		struct pollfd pfd = { STDIN_FILENO, POLLIN, 0 };

		n = read(STDIN_FILENO, block, sizeof(block));
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			(void)poll(&pfd, 1, -1);
	} while (n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN)));
}

/* --- the mode --------------------------------------------------------- */

/* Who began the program by hand may wonder why it does not go on. */
static void
send_greet(const struct plan *plan, const struct message *m)
{
	if (plan->errors == ERRORS_QUIET || !isatty(STDIN_FILENO) ||
	    !isatty(STDERR_FILENO))
		return;
	words_note(plan->program,
	    m->ends_at_dot ? _("Type the mail; a line with a dot alone, or "
			       "Ctrl-D, ends it.")
			   : _("Type the mail; Ctrl-D ends it."));
}

int
cmd_prepare(const struct plan *plan, struct job *j, struct conf *conf,
    struct error *err)
{
	j->message.ends_at_dot = plan->personality == PERSONALITY_SENDMAIL &&
				 plan->dots != TOGGLE_ON;
	if (prepare_call(plan, err) < 0) {
		cmd_drain_input();
		return -1;
	}
	send_greet(plan, &j->message);
	if (message_read(&j->message, STDIN_FILENO, err) < 0) {
		cmd_drain_input();
		return -1;
	}
	if (prepare_recipients(j, plan, err) < 0 ||
	    conf_load(conf, plan, err) < 0 ||
	    prepare_account(j, plan, conf, err) < 0 ||
	    prepare_body(j, plan, err) < 0)
		return -1;
	prepare_header(j, plan);
	return 0;
}

/* Before anything was tried. */
static int
send_fail(const struct plan *plan, const struct job *j, const struct error *err)
{
	int code = err_exit_code(err);

	if (plan->errors != ERRORS_QUIET)
		words_error(plan->program, err);
	status_tell(plan, j, err, code);
	record_attempt(plan, j, NULL, err, 0);
	return code;
}

int
cmd_send(const struct plan *plan)
{
	AUTO(job) struct job j;
	AUTO(conf) struct conf conf = { 0 };
	AUTO(fallback) struct fallback f = { 0 };
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(enqueue) struct enqueue q;
	auto_free char *remote = NULL;
	int code, rc;

	job_init(&j);
	enqueue_init(&q);
	if (cmd_prepare(plan, &j, &conf, &err) < 0)
		return send_fail(plan, &j, &err);
	record_conf_warnings(plan, &j, &conf);
	rc = enqueue(&q, plan, &conf, &j, &err);
	if (rc < 0)
		return send_fail(plan, &j, &err);
	if (rc == 0) {
		status_tell(plan, &j, NULL, 0);
		enqueue_leave(&q, plan, &j);
		return 0;
	}
	fallback_init(&f, &conf, q.is_reread ? NULL : plan);
	do {
		AUTO(delivery) struct delivery d = { 0 };

		trace_account(plan, j.account);
		deliver(&j, trace_of(plan), &d);
		record_attempt(plan, &j, &d, NULL, f.round);
		record_delivery_warnings(plan, &j, &d);
		enqueue_tried(&q, &j, &d);
		xreplace(&remote, auto_take(d.host));
	} while (!stop_signal() && fallback_next(&f, &j));
	if (plan->errors != ERRORS_QUIET)
		words_verdicts(
		    plan->program, &j.envelope, !enqueue_is_quiet(&q, plan));
	code = enqueue_end(&q, plan, &j, remote);
	if (code < 0)
		code = envelope_exit_code(&j.envelope, NULL);
	if (!q.is_queued)
		code = mailback(plan, &j, remote, code);
	xalloc_end_with(code, NULL);
	status_tell(plan, &j, NULL, code);
	enqueue_leave(&q, plan, &j);
	return code;
}
