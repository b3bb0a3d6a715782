/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "cmd/send.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "cmd/enqueue.h"
#include "cmd/mailback.h"
#include "cmd/status.h"
#include "cmd/trace.h"
#include "cmd/words.h"
#include "deliver/deliver.h"
#include "deliver/fallback.h"
#include "deliver/header.h"
#include "deliver/prepare.h"
#include "log/log.h"

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

/* --- the log -------------------------------------------------------------- */

/* Before an account is known, the command line alone can say where to log;
 * called as sendmail, by a caller who sees nothing, the system's log it is. */
static struct log_sinks
send_sinks(const struct plan *plan, const struct account *a)
{
	struct log_sinks sinks = { .ident = plan->log_tag ? plan->log_tag
							  : plan->program };

	if (!a)
		a = &plan->overrides;
	sinks.file = a->logfile;
	sinks.time_format = a->logfile_time_format;
	sinks.syslog = a->syslog;
	if (a == &plan->overrides && !sinks.file && !sinks.syslog &&
	    plan->personality == PERSONALITY_SENDMAIL)
		sinks.syslog = "LOG_MAIL";
	return sinks;
}

/* Of several hosts the one that answered, else all of them in one word; owned,
 * or NULL. */
static char *
send_log_host(const struct account *a, const struct delivery *d)
{
	char *host, *to;

	if (!a || !a->host)
		return NULL;
	if (d && d->host && strchr(a->host, ','))
		return xstrdup(d->host);
	host = to = xstrdup(a->host);
	for (const char *from = host; *from; from++)
		if (!text_is_blank(*from))
			*to++ = *from;
	*to = '\0';
	return host;
}

/* The recipients of one attempt go to `to`; returns how many there are, and
 * whose verdict is the attempt's. */
static size_t
send_log_recipients(
    const struct envelope *e, unsigned round, const char **to, size_t *worst)
{
	size_t count = 0;

	*worst = e->count;
	for (size_t i = 0; i < e->count; i++) {
		if (e->rcpts[i].round != round)
			continue;
		to[count++] = e->rcpts[i].addr;
		if (*worst == e->count ||
		    envelope_is_worse(&e->rcpts[i], &e->rcpts[*worst]))
			*worst = i;
	}
	return count;
}

/* One line for one attempt; early: why nothing was tried, or NULL. */
static void
send_log(const struct plan *plan, const struct job *j, const struct delivery *d,
    const struct error *early, unsigned round)
{
	const struct account *a = j->account;
	const struct envelope *e = &j->envelope;
	struct log_sinks sinks = send_sinks(plan, a);
	AUTO(error) struct error err = ERROR_INIT;
	auto_free const char **to = xcalloc(e->count, sizeof(*to));
	auto_free char *host = send_log_host(a, d);
	size_t worst;
	struct log_record r = {
		.host = host,
		.socket = a ? a->socket : NULL,
		.is_tls = d ? d->is_tls : a && a->tls == TOGGLE_ON,
		.is_auth =
		    a && a->auth != TOGGLE_UNSET && a->auth != TOGGLE_OFF,
		.user = a ? a->user : NULL,
		.from = e->from,
		.recipients = to,
		.recipient_count = send_log_recipients(e, round, to, &worst),
	};

	if (!sinks.file && !sinks.syslog)
		return;
	if (!early && worst == e->count)
		return;
	r.exit_code =
	    early ? err_exit_code(early) : rcpt_exit_code(&e->rcpts[worst]);
	if (!early)
		early = &e->rcpts[worst].why;
	r.reply = early->reply.code ? &early->reply : NULL;
	if (r.exit_code)
		r.error = early->text;
	else
		r.mail_size = message_lf_size(&j->message);
	if (log_write(&sinks, &r, &err) < 0)
		words_error(plan->program, &err);
}

/* text: or NULL. */
static void
send_log_note(const struct plan *plan, const struct job *j, const char *text)
{
	struct log_sinks sinks = send_sinks(plan, j->account);
	AUTO(error) struct error err = ERROR_INIT;

	if (text && log_note(&sinks, text, &err) < 0)
		words_error(plan->program, &err);
}

static void
send_log_warning(const struct plan *plan, const struct job *j, const char *text)
{
	struct log_sinks sinks = send_sinks(plan, j->account);
	AUTO(error) struct error err = ERROR_INIT;

	if (log_warn(&sinks, text, &err) < 0)
		words_error(plan->program, &err);
}

static void
send_conf_warnings(
    const struct plan *plan, const struct job *j, const struct conf *conf)
{
	for (size_t i = 0; i < plan->warning_count; i++)
		send_log_warning(plan, j, plan->warnings[i]);
	for (size_t i = 0; i < conf->warning_count; i++)
		send_log_warning(plan, j, conf->warnings[i]);
}

static void
send_warnings(
    const struct plan *plan, const struct job *j, const struct delivery *d)
{
	send_log_note(plan, j, d->setback);
	send_log_note(plan, j, d->converted);
	if (d->tls_warning)
		send_log_warning(plan, j, d->tls_warning);
	if (d->tls_problem.kind != ERR_NONE) {
		auto_free char *text = xasprintf(
		    _("the server's certificate was not verified: %s"),
		    d->tls_problem.text);

		send_log_warning(plan, j, text);
		/* programs take any word for a failure; a person is told */
		if (j->account->tls_certcheck == TOGGLE_OFF &&
		    isatty(STDERR_FILENO))
			words_note(plan->program, text);
	}
}

/* --- the mode --------------------------------------------------------- */

int
cmd_prepare(const struct plan *plan, struct job *j, struct conf *conf,
    struct error *err)
{
	j->message.ends_at_dot = plan->personality == PERSONALITY_SENDMAIL &&
				 plan->dots != TOGGLE_ON;
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
	send_log(plan, j, NULL, err, 0);
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
	send_conf_warnings(plan, &j, &conf);
	rc = enqueue(&q, plan, &conf, &j, &err);
	if (rc < 0)
		return send_fail(plan, &j, &err);
	if (rc == 0) {
		status_tell(plan, &j, NULL, 0);
		return 0;
	}
	fallback_init(&f, &conf, plan);
	do {
		AUTO(delivery) struct delivery d = { 0 };

		trace_account(plan, j.account);
		deliver(&j, trace_of(plan), &d);
		send_log(plan, &j, &d, NULL, f.round);
		send_warnings(plan, &j, &d);
		enqueue_tried(&q, &j, &d);
		xreplace(&remote, auto_take(d.host));
	} while (fallback_next(&f, &j));
	if (plan->errors != ERRORS_QUIET)
		words_verdicts(
		    plan->program, &j.envelope, !enqueue_is_quiet(&q, plan));
	code = enqueue_end(&q, plan, &j, remote);
	if (code < 0)
		code = envelope_exit_code(&j.envelope, NULL);
	if (!q.is_queued)
		code = mailback(plan, &j, remote, code);
	status_tell(plan, &j, NULL, code);
	return code;
}
