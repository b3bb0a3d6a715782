/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "conf/cmdline.h"

#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>

#include "base/i18n.h"
#include "base/num.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "base/xtext.h"

#define PLAN_ENVID_MAX 100

void
plan_init(struct plan *p)
{
	*p = (struct plan){ .status_fd = -1 };
}

void
plan_release(struct plan *p)
{
	if (!p)
		return;
	free(p->program);
	free(p->file);
	free(p->account_name);
	account_release(&p->overrides);
	free(p->sender);
	free(p->full_name);
	free(p->envid);
	free(p->argument);
	for (size_t i = 0; i < p->operand_count; i++)
		free(p->operands[i]);
	free(p->operands);
	selector_release(&p->queue);
	free(p->log_tag);
	free(p->alias_file);
	for (size_t i = 0; i < p->warning_count; i++)
		free(p->warnings[i]);
	free(p->warnings);
	plan_init(p);
}

void
plan_add_operand(struct plan *p, const char *word)
{
	if (p->operand_count == p->operand_cap) {
		p->operand_cap = p->operand_cap ? p->operand_cap * 2 : 8;
		p->operands =
		    xreallocarray(p->operands, p->operand_cap, sizeof(char *));
	}
	p->operands[p->operand_count++] = xstrdup(word);
}

void
plan_warn(struct plan *p, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < p->warning_count; i++)
		if (strcmp(p->warnings[i], text) == 0) {
			free(text);
			return;
		}
	p->warnings = xreallocarray(
	    p->warnings, p->warning_count + 1, sizeof(*p->warnings));
	p->warnings[p->warning_count++] = text;
}

void
plan_unheeded(struct plan *p, const char *what, const char *value)
{
	auto_free char *shown = text_escaped(value ? value : "");

	plan_warn(p, _("option %s%s was not heeded"), what, shown);
}

/* "me@x" and "<me@x>" are the same, "" and "<>" the null reverse-path.  So is
 * msmtp's MAILER-DAEMON. */
static void
plan_set_sender(struct plan *p, const char *word)
{
	size_t len = strlen(word);

	p->has_sender = true;
	if (len >= 2 && word[0] == '<' && word[len - 1] == '>')
		xreplace(&p->sender, xmemdupz(word + 1, len - 2));
	else if (text_caseeq(word, "MAILER-DAEMON"))
		xreplace(&p->sender, xstrdup(""));
	else
		xreplace(&p->sender, xstrdup(word));
}

static int
plan_set_value(
    struct plan *p, enum opt_id id, const char *value, struct error *err)
{
	if (opt_table[id].type == OPT_TYPE_PATH && opt_pin(value)) {
		(void)err_set(err, ERR_USAGE,
		    _("the PIN of a token does not belong on a command line"));
		return err_hint(err,
		    _("Others can read it there; give the URL a pin-source, or "
		      "write it into the configuration file."));
	}
	if (opt_set(&p->overrides, id, value, err) < 0) {
		err->kind = ERR_USAGE;
		return -1;
	}
	p->overrides.is_own[id] = true;
	p->overrides.origin[id].kind = ORIGIN_COMMAND_LINE;
	if (id == OPT_FROM_FULL_NAME)
		xreplace(&p->full_name, xstrdup(value));
	return 0;
}

/* What a stranger's string could do harm with (IN-20, IN-23). */
int
plan_refuse(const struct plan *p, const char *option, struct error *err)
{
	(void)err_set(err, ERR_USAGE,
	    _("option --%s is not accepted under the name %s"), option,
	    p->program);
	return err_hint(
	    err, _("Set it in the configuration file, or call the program as "
		   "postrider."));
}

int
plan_set(struct plan *p, enum opt_id id, const char *value, struct error *err)
{
	if (!(opt_table[id].places & OPT_ON_LINE)) {
		(void)err_set(err, ERR_USAGE,
		    _("%s cannot be set on the command line"),
		    opt_table[id].name);
		if (opt_table[id].type != OPT_TYPE_SECRET)
			return -1;
		return err_hint(err,
		    _("Everybody could read it there; use the configuration "
		      "file."));
	}
	if (p->personality == PERSONALITY_SENDMAIL &&
	    !(opt_table[id].places & OPT_AS_SENDMAIL)) {
		auto_free char *name = opt_long_name(id);

		return plan_refuse(p, name, err);
	}
	if (id == OPT_FROM) {
		plan_set_sender(p, value);
		return 0;
	}
	return plan_set_value(p, id, value, err);
}

static int
plan_set_status_fd(struct plan *p, const char *value, struct error *err)
{
	auto_free char *shown = NULL;
	uint64_t fd;

	/* it would go to any file that the caller left open */
	if (p->personality == PERSONALITY_SENDMAIL)
		return plan_refuse(p, "status-fd", err);
	if (num_parse(value, 0, INT_MAX, &fd) == 0 &&
	    fcntl((int)fd, F_GETFD) >= 0) {
		p->status_fd = (int)fd;
		return 0;
	}
	shown = text_escaped(value);
	return err_set(
	    err, ERR_USAGE, _("--status-fd: %s is no open descriptor"), shown);
}

/* RFC 3461 4.4: printable, 100 octets as xtext. */
static int
plan_set_envid(struct plan *p, const char *value, struct error *err)
{
	AUTO(buf) struct buf wire = BUF_INIT(PLAN_ENVID_MAX);
	size_t len = strlen(value);
	auto_free char *shown = NULL;

	xtext_add(&wire, value);
	if (len && !wire.is_full && text_is_ascii(value, len) &&
	    !text_has_control(value, len)) {
		xreplace(&p->envid, xstrdup(value));
		return 0;
	}
	shown = text_escaped(value);
	(void)err_set(
	    err, ERR_USAGE, _("invalid value \"%s\" for %s"), shown, "-V");
	return err_hint(err,
	    _("Write ASCII without control characters, not more than %d."),
	    PLAN_ENVID_MAX);
}

/* What is done instead of sending. */
static const struct plan_command {
	enum letter_act act;
	enum mode mode;
	const char *option;
} plan_commands[] = {
	{ LETTER_PRINT, MODE_PRINT, "print" },
	{ LETTER_EXPLAIN, MODE_PRINT, "explain" },
	{ LETTER_CHECK, MODE_CHECK, "check" },
	{ LETTER_DRY_RUN, MODE_DRY_RUN, "dry-run" },
	{ LETTER_SERVERINFO, MODE_SERVERINFO, "serverinfo" },
	{ LETTER_RMQS, MODE_RMQS, "rmqs" },
	{ LETTER_CONFIGURE, MODE_CONFIGURE, "configure" },
	{ LETTER_MAILQ, MODE_MAILQ, "mailq" },
	{ LETTER_QUEUE_SHOW, MODE_QUEUE_SHOW, "queue-show" },
	{ LETTER_QUEUE_HOLD, MODE_QUEUE_HOLD, "queue-hold" },
	{ LETTER_QUEUE_RELEASE, MODE_QUEUE_RELEASE, "queue-release" },
	{ LETTER_QUEUE_RETRY, MODE_QUEUE_RETRY, "queue-retry" },
	{ LETTER_QUEUE_REMOVE, MODE_QUEUE_REMOVE, "queue-remove" },
	{ LETTER_QUEUE_CHECK, MODE_QUEUE_CHECK, "queue-check" },
	{ LETTER_STORE_PASSWORD, MODE_STORE_PASSWORD, "store-password" },
	{ LETTER_FORGET_PASSWORD, MODE_FORGET_PASSWORD, "forget-password" },
};

static const struct plan_command *
plan_command_find(enum letter_act act)
{
	for (size_t i = 0; i < sizeof(plan_commands) / sizeof(plan_commands[0]);
	     i++)
		if (plan_commands[i].act == act)
			return &plan_commands[i];
	return NULL;
}

/* The option that asked for a mode. */
static const char *
plan_command_of(enum mode mode)
{
	for (size_t i = 0; i < sizeof(plan_commands) / sizeof(plan_commands[0]);
	     i++)
		if (plan_commands[i].mode == mode)
			return plan_commands[i].option;
	return "";
}

/* It shows what the file says or speaks with a server, and a caller of
 * sendmail's wants his mail sent. */
static int
plan_command(struct plan *p, const struct plan_command *row, const char *value,
    struct error *err)
{
	if (p->personality == PERSONALITY_SENDMAIL)
		return plan_refuse(p, row->option, err);
	if (p->mode == MODE_HELP || p->mode == MODE_VERSION ||
	    (p->mode == MODE_PRINT && row->mode != MODE_PRINT))
		return 0;
	/* who wants to see first what would happen gets that */
	if (row->mode != MODE_PRINT && p->mode != MODE_SEND &&
	    p->mode != row->mode) {
		auto_free char *one =
		    xasprintf("--%s", plan_command_of(p->mode));
		auto_free char *other = xasprintf("--%s", row->option);

		return err_set(
		    err, ERR_USAGE, _("cannot use both %s and %s"), one, other);
	}
	p->mode = row->mode;
	p->is_explain |= row->act == LETTER_EXPLAIN;
	if (row->mode == MODE_STORE_PASSWORD ||
	    row->mode == MODE_FORGET_PASSWORD)
		xreplace(&p->account_name, xstrdup(value));
	xreplace(&p->argument, value ? xstrdup(value) : NULL);
	return 0;
}

/* A wish that sendmail's callers may spell as they like: what is no wish is
 * none. */
static int
plan_wish(struct plan *p, enum opt_id id, char letter, const char *value,
    struct error *err)
{
	auto_free char *shown = NULL;

	if (plan_set(p, id, value, err) == 0)
		return 0;
	if (p->personality != PERSONALITY_SENDMAIL)
		return -1;
	error_release(err);
	/* with -q an older sendmail asked for a part of the queue like this */
	if (letter == 'R')
		selector_add(&p->queue, SELECTOR_RECIPIENT, false, value);
	shown = text_escaped(value);
	plan_warn(p, _("option -%c%s was not heeded"), letter, shown);
	return 0;
}

int
plan_act(
    struct plan *p, enum letter_act act, const char *value, struct error *err)
{
	const struct plan_command *command = plan_command_find(act);

	if (command)
		return plan_command(p, command, value, err);
	switch (act) {
	case LETTER_SENDER:
		return plan_set(p, OPT_FROM, value, err);
	case LETTER_FULL_NAME:
		return plan_set(p, OPT_FROM_FULL_NAME, value, err);
	case LETTER_LOGFILE:
		return plan_set(p, OPT_LOGFILE, value, err);
	case LETTER_IPV4:
		return plan_set(p, OPT_FAMILY, "ipv4", err);
	case LETTER_IPV6:
		return plan_set(p, OPT_FAMILY, "ipv6", err);
	case LETTER_READ_RECIPIENTS:
		p->read_recipients = true;
		break;
	case LETTER_READ_ENVELOPE_FROM:
		p->read_envelope_from = true;
		break;
	case LETTER_DEBUG:
		/* sendmail's -d is for its developers */
		if (value && strncmp(value, "0.", 2) == 0)
			p->mode = MODE_VERSION;
		else if (p->personality != PERSONALITY_SENDMAIL)
			p->is_debug = true;
		break;
	case LETTER_VERBOSE:
		p->is_debug = true;
		break;
	case LETTER_FILE:
		xreplace(&p->file, xstrdup(value));
		break;
	case LETTER_ACCOUNT:
		xreplace(&p->account_name, xstrdup(value));
		break;
	case LETTER_JSON:
		p->is_json = true;
		break;
	case LETTER_NOTIFY:
		return plan_wish(p, OPT_DSN_NOTIFY, 'N', value, err);
	case LETTER_RETURN:
		return plan_wish(p, OPT_DSN_RETURN, 'R', value, err);
	case LETTER_ENVID:
		return plan_set_envid(p, value, err);
	case LETTER_STATUS_FD:
		return plan_set_status_fd(p, value, err);
	case LETTER_NO_QUEUE:
		return plan_set(p, OPT_QUEUE, "off", err);
	case LETTER_NETWORK_UP:
	case LETTER_QUEUE_RUN:
		p->mode = MODE_QUEUE_RUN;
		p->is_network_up |= act == LETTER_NETWORK_UP;
		if (value)
			plan_add_operand(p, value);
		break;
	case LETTER_HELP:
		p->mode = MODE_HELP;
		break;
	case LETTER_VERSION:
		p->mode = MODE_VERSION;
		break;
	default:
		return plan_act_sendmail(p, act, value, err);
	}
	return 0;
}
