/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "cmd/record.h"

#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "cmd/words.h"
#include "log/log.h"

/* Before an account is known, the command line alone can say where to log;
 * called as sendmail, by a caller who sees nothing, the system's log it is. */
static struct log_sinks
record_sinks(const struct plan *plan, const struct account *a)
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
record_host(const struct account *a, const struct delivery *d)
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
record_recipients(
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
void
record_attempt(const struct plan *plan, const struct job *j,
    const struct delivery *d, const struct error *early, unsigned round)
{
	const struct account *a = j->account;
	const struct envelope *e = &j->envelope;
	struct log_sinks sinks = record_sinks(plan, a);
	AUTO(error) struct error err = ERROR_INIT;
	auto_free const char **to = xcalloc(e->count, sizeof(*to));
	auto_free char *host = record_host(a, d);
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
		.recipient_count = record_recipients(e, round, to, &worst),
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
record_note(const struct plan *plan, const struct job *j, const char *text)
{
	struct log_sinks sinks = record_sinks(plan, j->account);
	AUTO(error) struct error err = ERROR_INIT;

	if (text && log_note(&sinks, text, &err) < 0)
		words_error(plan->program, &err);
}

void
record_warning(
    const struct plan *plan, const struct account *a, const char *text)
{
	struct log_sinks sinks = record_sinks(plan, a);
	AUTO(error) struct error err = ERROR_INIT;

	if (log_warn(&sinks, text, &err) < 0)
		words_error(plan->program, &err);
}

void
record_conf_warnings(
    const struct plan *plan, const struct job *j, const struct conf *conf)
{
	for (size_t i = 0; i < plan->warning_count; i++)
		record_warning(plan, j->account, plan->warnings[i]);
	for (size_t i = 0; i < conf->warning_count; i++)
		record_warning(plan, j->account, conf->warnings[i]);
}

void
record_delivery_warnings(
    const struct plan *plan, const struct job *j, const struct delivery *d)
{
	record_note(plan, j, d->setback);
	record_note(plan, j, d->converted);
	if (d->doubt)
		record_warning(plan, j->account, d->doubt);
	if (d->tls_warning)
		record_warning(plan, j->account, d->tls_warning);
	if (d->tls_problem.kind != ERR_NONE) {
		auto_free char *text = xasprintf(
		    _("the server's certificate was not verified: %s"),
		    d->tls_problem.text);

		record_warning(plan, j->account, text);
		/* programs take any word for a failure; a person is told */
		if (j->account->tls_certcheck == TOGGLE_OFF &&
		    isatty(STDERR_FILENO))
			words_note(plan->program, text);
	}
}
