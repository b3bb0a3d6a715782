/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "cmd/print.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/deadline.h"
#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "cmd/send.h"
#include "cmd/words.h"
#include "cred/cred.h"
#include "deliver/login.h"
#include "deliver/prepare.h"

/* Octets of all that is printed, and of one value. */
#define PRINT_MAX (1024 * 1024)
#define PRINT_VALUE_MAX (64 * 1024)

#define PRINT_NONE "(not set)"

/* What msmtp prints in any case: its word for the row where that is not the
 * row's name, and what stands there when nothing is set. */
static const struct print_row {
	const char *label;
	const char *unset;
} print_rows[OPT_COUNT] = {
	[OPT_HOST] = { NULL, PRINT_NONE },
	[OPT_PORT] = { NULL, PRINT_NONE },
	[OPT_SOURCE_IP] = { "source ip", PRINT_NONE },
	[OPT_PROXY_HOST] = { "proxy host", PRINT_NONE },
	[OPT_PROXY_PORT] = { "proxy port", "0" },
	[OPT_SOCKET] = { NULL, PRINT_NONE },
	[OPT_TIMEOUT] = { NULL, "off" },
	[OPT_PROTOCOL] = { NULL, PRINT_NONE },
	[OPT_DOMAIN] = { NULL, PRINT_NONE },
	[OPT_AUTH] = { NULL, "none" },
	[OPT_USER] = { NULL, PRINT_NONE },
	[OPT_PASSWORD] = { NULL, PRINT_NONE },
	[OPT_PASSWORDEVAL] = { NULL, PRINT_NONE },
	[OPT_NTLMDOMAIN] = { NULL, PRINT_NONE },
	[OPT_TLS] = { NULL, PRINT_NONE },
	[OPT_TLS_STARTTLS] = { NULL, "on" },
	[OPT_TLS_TRUST_FILE] = { NULL, "system" },
	[OPT_TLS_CRL_FILE] = { NULL, PRINT_NONE },
	[OPT_TLS_FINGERPRINT] = { NULL, PRINT_NONE },
	[OPT_TLS_KEY_FILE] = { NULL, PRINT_NONE },
	[OPT_TLS_CERT_FILE] = { NULL, PRINT_NONE },
	[OPT_TLS_CERTCHECK] = { NULL, "on" },
	[OPT_TLS_MIN_DH_PRIME_BITS] = { NULL, PRINT_NONE },
	[OPT_TLS_PRIORITIES] = { NULL, PRINT_NONE },
	[OPT_TLS_HOST_OVERRIDE] = { NULL, PRINT_NONE },
	[OPT_AUTO_FROM] = { NULL, "off" },
	[OPT_MAILDOMAIN] = { NULL, PRINT_NONE },
	[OPT_FROM] = { NULL, PRINT_NONE },
	[OPT_FROM_FULL_NAME] = { NULL, PRINT_NONE },
	[OPT_ALLOW_FROM_OVERRIDE] = { NULL, "on" },
	[OPT_SET_FROM_HEADER] = { NULL, "auto" },
	[OPT_SET_DATE_HEADER] = { NULL, "auto" },
	[OPT_SET_MSGID_HEADER] = { NULL, "auto" },
	[OPT_SET_TO_HEADER] = { NULL, "off" },
	[OPT_REMOVE_BCC_HEADERS] = { NULL, "on" },
	[OPT_DSN_NOTIFY] = { NULL, PRINT_NONE },
	[OPT_DSN_RETURN] = { NULL, PRINT_NONE },
	[OPT_LOGFILE] = { NULL, PRINT_NONE },
	[OPT_LOGFILE_TIME_FORMAT] = { NULL, PRINT_NONE },
	[OPT_SYSLOG] = { NULL, PRINT_NONE },
	[OPT_ALIASES] = { NULL, PRINT_NONE },
};

/* "line\n", escaped where it is not plain text. */
static void
print_text(struct buf *out, const char *text)
{
	size_t len = strlen(text);

	if (text_is_ascii(text, len) && !text_has_control(text, len))
		(void)buf_add(out, text, len);
	else
		text_escape(out, text, len, PRINT_VALUE_MAX);
}

/* Takes text. */
static void
print_line(struct buf *out, char *text)
{
	print_text(out, text);
	(void)buf_add_char(out, '\n');
	free(text);
}

/* --- the files and the choice --------------------------------------------- */

static void
print_files(struct buf *out, const struct conf *c)
{
	const char *system = SYSCONFDIR "/msmtprc";

	if (c->system_file)
		print_line(
		    out, xasprintf(_("loaded system configuration file %s"),
			     c->system_file));
	else
		print_line(out,
		    xasprintf(_("ignoring system configuration file %s: %s"),
			system,
			strerror(access(system, R_OK) < 0 ? errno : ENOENT)));
	if (c->user_file)
		print_line(
		    out, xasprintf(_("loaded user configuration file %s"),
			     c->user_file));
	else
		print_line(
		    out, xasprintf(_("ignoring user configuration file %s: %s"),
			     "~/.msmtprc", strerror(ENOENT)));
}

/* Which line it was that fitted. */
static void
print_chooser(struct buf *out, const struct account *a, const char *address)
{
	const struct sender *s = account_sender_for(a, address);

	if (s && s->where.kind == ORIGIN_FILE)
		print_line(out, xasprintf(_("it has from %s at %s:%u"), s->text,
				    s->where.file, s->where.line));
}

/* from_addr: the address of the From header, or NULL. */
static void
print_choice(struct buf *out, const struct plan *plan, const struct account *a,
    const char *from_addr)
{
	const char *sender = plan->has_sender ? plan->sender : from_addr;

	switch (a->choice) {
	case CHOICE_HOST:
		print_line(
		    out, xstrdup(_("using account specified on command line")));
		return;
	case CHOICE_SENDER:
		print_line(out,
		    xasprintf(
			_("account chosen by envelope from address %s: %s"),
			sender, a->name));
		if (plan->is_explain)
			print_chooser(out, a, sender);
		break;
	case CHOICE_FROM_HEADER:
		print_line(
		    out, xasprintf(_("account chosen by From header %s: %s"),
			     from_addr, a->name));
		if (plan->is_explain)
			print_chooser(out, a, from_addr);
		break;
	case CHOICE_DEFAULT:
		print_line(out, xstrdup(_("falling back to default account")));
		break;
	case CHOICE_ENVIRONMENT:
		print_line(out, xstrdup(_("falling back to default account")));
		print_line(
		    out, xstrdup(_("using environment variables EMAIL and "
				   "SMTPSERVER")));
		return;
	case CHOICE_NAME:
	case CHOICE_FALLBACK:
		break;
	}
	if (plan->is_explain)
		print_line(out, xasprintf(_("using account %s from %s:%u"),
				    a->name, a->where.file, a->where.line));
	else
		print_line(out, xasprintf(_("using account %s from %s"),
				    a->name, a->where.file));
}

/* --- the settings --------------------------------------------------------- */

/* What stands for a setting that is not set, as far as msmtp has a word. */
static const char *
print_unset(const struct account *a, enum opt_id id)
{
	bool is_implicit = a->tls == TOGGLE_ON && a->tls_starttls == TOGGLE_OFF;

	if (id == OPT_PROXY_PORT && a->proxy_host)
		return "1080";
	if (id == OPT_PORT && a->protocol == PROTOCOL_SMTP)
		return is_implicit ? "465" : "25";
	if (id == OPT_TLS_STARTTLS && a->port == 465)
		return "off";
	return print_rows[id].unset;
}

/* Where the value is from; owned. */
static char *
print_origin(const struct account *a, enum opt_id id)
{
	const struct origin *o = &a->origin[id];

	switch (o->kind) {
	case ORIGIN_FILE:
		return xasprintf("%s:%u", o->file, o->line);
	case ORIGIN_COMMAND_LINE:
		return xstrdup(_("command line"));
	case ORIGIN_ENVIRONMENT:
		return xstrdup(_("environment"));
	case ORIGIN_DEFAULT:
		break;
	}
	return NULL;
}

/* The envelope sender is what comes of -f, account and header. */
static char *
print_sender_origin(const struct plan *plan, const struct job *j)
{
	const struct account *a = j->account;
	bool may_override = prepare_may_override(a);

	bool is_forced = prepare_forces_from(a) && a->from &&
			 strcmp(j->envelope.from, a->from) == 0;

	if (plan->has_sender && may_override && !is_forced)
		return xstrdup(_("command line"));
	if (a->from &&
	    (is_forced || !(plan->read_envelope_from && may_override)))
		return print_origin(
		    a, a->auto_from == TOGGLE_ON ? OPT_AUTO_FROM : OPT_FROM);
	return xstrdup(_("the From header, else user and host name"));
}

static void
print_setting(struct buf *out, const struct plan *plan, const struct job *j,
    enum opt_id id)
{
	const struct account *a = j->account;
	const char *label = print_rows[id].label;
	auto_free char *value =
	    id == OPT_FROM ? xstrdup(j->envelope.from) : opt_text(a, id);
	auto_free char *origin =
	    id == OPT_FROM ? print_sender_origin(plan, j) : print_origin(a, id);
	const char *shown = value ? value : print_unset(a, id);

	if (!shown || (plan->is_explain && !origin))
		return;
	(void)buf_printf(out, "%s = ", label ? label : opt_table[id].name);
	print_text(out, shown);
	if (plan->is_explain) {
		(void)buf_add_str(out, "  # ");
		print_text(out, origin);
	}
	(void)buf_add_char(out, '\n');
}

/* Which source has the password; never what it is. */
static void
print_credential(struct buf *out, const struct account *a)
{
	struct cred_request r = { a, deadline_in(CRED_COMMAND_TIMEOUT_S),
		false };
	AUTO(secret) struct secret found = SECRET_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	const char *source = NULL;

	if (!login_is_wanted(a) || !login_needs_password(a))
		return;
	if (cred_find(&r, &found, &source, &err) == 0) {
		print_line(out,
		    xasprintf(_("the password is known from: %s"), source));
		return;
	}
	print_line(out, xasprintf(_("no password: %s"), err.text));
	for (const char *at = err.detail ? err.detail : ""; *at;) {
		size_t len = strcspn(at, "\n");

		print_line(out, xmemdupz(at, len));
		at += len + (at[len] == '\n');
	}
	if (err.hint)
		print_line(out, xstrdup(err.hint));
}

/* Standard input only says From and recipients here: it need not be a mail. */
static void
print_read(const struct plan *plan, struct job *j)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (isatty(STDIN_FILENO))
		return;
	if (message_read(&j->message, STDIN_FILENO, &err) < 0) {
		cmd_drain_input();
		job_release(j);
		job_init(j);
	}
	error_release(&err);
	/* nobody need be named, and nobody is written to */
	(void)prepare_recipients(j, plan, &err);
}

int
cmd_print(const struct plan *plan)
{
	AUTO(job) struct job j;
	AUTO(conf) struct conf conf = { 0 };
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(buf) struct buf out = BUF_INIT(PRINT_MAX);
	auto_free char *from_addr = NULL;

	job_init(&j);
	print_read(plan, &j);
	if (conf_load(&conf, plan, &err) < 0 ||
	    prepare_account(&j, plan, &conf, &err) < 0)
		return words_exit(plan->program, &err);
	(void)message_from(&j.message, &from_addr, &err);
	if (plan->read_envelope_from)
		print_line(&out,
		    xasprintf(_("envelope from address extracted from mail: "
				"%s"),
			from_addr));
	if (j.account->choice != CHOICE_HOST)
		print_files(&out, &conf);
	print_choice(&out, plan, j.account, from_addr);
	for (int id = 0; id < OPT_COUNT; id++)
		print_setting(&out, plan, &j, (enum opt_id)id);
	if (plan->is_explain)
		print_credential(&out, j.account);
	print_line(
	    &out, xstrdup(plan->read_recipients
			      ? _("reading recipients from the command line "
				  "and the mail")
			      : _("reading recipients from the command "
				  "line")));
	return words_print(&out, &err) == 0 ? 0
					    : words_exit(plan->program, &err);
}
