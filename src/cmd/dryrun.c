/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "cmd/dryrun.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/i18n.h"
#include "base/json.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "cmd/send.h"
#include "cmd/status.h"
#include "cmd/words.h"
#include "deliver/rehearse.h"

/* Octets of one line on a terminal, and of all that --json prints. */
#define DRYRUN_LINE_MAX (16 * 1024)
#define DRYRUN_JSON_MAX (256u * 1024 * 1024)

struct dryrun {
	struct buf line;     /* on a terminal: begun */
	struct buf commands; /* for --json */
	struct buf message;  /* for --json, as it is on the wire */
};

static int
dryrun_unwritten(struct error *err)
{
	return err_set_os(
	    err, ERR_IO, errno, _("cannot write %s"), _("standard output"));
}

/* --- for programs and files ----------------------------------------------- */

static int
dryrun_raw(void *ctx, const char *p, size_t len, struct error *err)
{
	(void)ctx;
	return fwrite(p, 1, len, stdout) == len ? 0 : dryrun_unwritten(err);
}

static int
dryrun_raw_line(void *ctx, const char *line, size_t len, struct error *err)
{
	return dryrun_raw(ctx, line, len, err) < 0
		   ? -1
		   : dryrun_raw(ctx, "\r\n", 2, err);
}

/* --- for persons ---------------------------------------------------------- */

static int
dryrun_shown_line(void *ctx, const char *line, size_t len, struct error *err)
{
	AUTO(buf) struct buf out = BUF_INIT(4 * DRYRUN_LINE_MAX + 16);

	text_escape(&out, line, len, 4 * DRYRUN_LINE_MAX);
	(void)buf_add_char(&out, '\n');
	return dryrun_raw(ctx, buf_str(&out), out.len, err);
}

static int
dryrun_shown(void *ctx, const char *p, size_t len, struct error *err)
{
	struct dryrun *d = ctx;

	for (; len; p++, len--) {
		struct buf *line = &d->line;

		(void)buf_add_char(line, *p); /* flushed while there is room */
		if (line->len < DRYRUN_LINE_MAX &&
		    (line->len < 2 || *p != '\n' ||
			line->data[line->len - 2] != '\r'))
			continue;
		if (*p == '\n')
			buf_truncate(line, line->len - 2);
		if (dryrun_shown_line(ctx, buf_str(line), line->len, err) < 0)
			return -1;
		buf_reset(line);
	}
	return 0;
}

/* --- for --json ----------------------------------------------------------- */

static int
dryrun_too_large(const struct buf *b, struct error *err)
{
	if (!b->is_full)
		return 0;
	return err_set(
	    err, ERR_DATA, _("the mail is too large for %s"), "--json");
}

static int
dryrun_json_line(void *ctx, const char *line, size_t len, struct error *err)
{
	struct dryrun *d = ctx;

	(void)len; /* a command holds no NUL */
	if (d->commands.len)
		(void)buf_add_char(&d->commands, ',');
	json_string(&d->commands, line);
	return dryrun_too_large(&d->commands, err);
}

static int
dryrun_json(void *ctx, const char *p, size_t len, struct error *err)
{
	struct dryrun *d = ctx;

	(void)buf_add(&d->message, p, len);
	return dryrun_too_large(&d->message, err);
}

/* What is known before a server is. */
static void
dryrun_json_account(struct buf *out, const struct account *a)
{
	json_name(out, "account");
	json_string(out, a->name);
	json_name(out, a->socket ? "socket" : "host");
	json_string(out, a->socket ? a->socket : a->host);
}

static int
dryrun_json_end(const struct job *j, const struct dryrun *d, struct error *err)
{
	AUTO(buf) struct buf out = BUF_INIT(2 * DRYRUN_JSON_MAX);

	(void)buf_add_str(&out, "{\"exit\":0");
	dryrun_json_account(&out, j->account);
	(void)buf_printf(
	    &out, ",\"commands\":[%s],\"message\":\"", buf_str(&d->commands));
	(void)base64_encode(&out, d->message.data, d->message.len);
	(void)buf_add_str(&out, "\"}\n");
	if (dryrun_too_large(&out, err) < 0)
		return -1;
	return dryrun_raw(NULL, buf_str(&out), out.len, err);
}

/* --- the mode ------------------------------------------------------------- */

/* Standard output has the octets; what is said about them goes elsewhere. */
static void
dryrun_tell_account(const struct plan *plan, const struct job *j)
{
	const struct account *a = j->account;
	const char *where = a->socket ? a->socket : a->host;
	auto_free char *text =
	    a->where.file
		? xasprintf(_("not sent: account %s from %s:%u, server %s"),
		      a->name, a->where.file, a->where.line, where)
		: xasprintf(_("not sent: server %s"), where);

	words_note(plan->program, text);
	if (!plan->argument)
		words_note(plan->program,
		    _("as to a server with every extension; "
		      "--dry-run=EXTENSION,... says which it has"));
}

static int
dryrun_play(
    const struct plan *plan, struct job *j, struct dryrun *d, struct error *err)
{
	struct audience to = { dryrun_raw_line, dryrun_raw, d };

	if (plan->is_json)
		to = (struct audience){ dryrun_json_line, dryrun_json, d };
	else if (isatty(STDOUT_FILENO))
		to = (struct audience){ dryrun_shown_line, dryrun_shown, d };
	if (rehearse(j, plan->argument, &to, err) < 0)
		return -1;
	if (plan->is_json && envelope_exit_code(&j->envelope, NULL) == 0 &&
	    dryrun_json_end(j, d, err) < 0)
		return -1;
	return fflush(stdout) == 0 ? 0 : dryrun_unwritten(err);
}

static int
dryrun_fail(
    const struct plan *plan, const struct job *j, const struct error *err)
{
	int code = err_exit_code(err);

	words_error(plan->program, err);
	status_tell(plan, j, err, code);
	return code;
}

int
cmd_dryrun(const struct plan *plan)
{
	AUTO(job) struct job j;
	AUTO(conf) struct conf conf = { 0 };
	AUTO(error) struct error err = ERROR_INIT;
	struct dryrun d = { BUF_INIT(DRYRUN_LINE_MAX),
		BUF_INIT(DRYRUN_JSON_MAX), BUF_INIT(DRYRUN_JSON_MAX) };
	int code, rc;

	job_init(&j);
	if (cmd_prepare(plan, &j, &conf, &err) < 0)
		return dryrun_fail(plan, &j, &err);
	if (!plan->is_json)
		dryrun_tell_account(plan, &j);
	rc = dryrun_play(plan, &j, &d, &err);
	buf_release(&d.line);
	buf_release(&d.commands);
	buf_release(&d.message);
	if (rc < 0)
		return dryrun_fail(plan, &j, &err);
	code = envelope_exit_code(&j.envelope, NULL);
	words_verdicts(plan->program, &j.envelope, true);
	if (code)
		status_tell(plan, &j, NULL, code);
	return code;
}
