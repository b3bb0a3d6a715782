/* SPDX-License-Identifier: ISC */
/* What sendmail's letters ask for that is no setting of an account. */
#include "config.h"

#include <string.h>

#include "base/i18n.h"
#include "base/num.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "conf/cmdline.h"

#define SENDMAIL_DAY_S (24 * 60 * 60)
#define SENDMAIL_HOPS_MAX 100000

/* -b: another thing to do.  Behind P and h may stand more. */
static const struct {
	char letter;
	enum mode mode;
	enum queue_view view;
} sendmail_modes[] = {
	{ 'p', MODE_MAILQ, QUEUE_VIEW_MAILS },
	{ 'P', MODE_MAILQ, QUEUE_VIEW_COUNT },
	{ 'h', MODE_MAILQ, QUEUE_VIEW_HOSTS },
	{ 'H', MODE_QUEUE_RUN, QUEUE_VIEW_MAILS },
	{ 'C', MODE_CHECK, QUEUE_VIEW_MAILS },
	{ 'i', MODE_NEWALIASES, QUEUE_VIEW_MAILS },
	{ 'v', MODE_VERIFY, QUEUE_VIEW_MAILS },
	{ 't', MODE_VERIFY, QUEUE_VIEW_MAILS },
	{ 'V', MODE_VERSION, QUEUE_VIEW_MAILS },
};

static const struct {
	char letter;
	enum delivery_mode mode;
} sendmail_deliveries[] = {
	{ 'i', DELIVERY_NOW },
	{ 'f', DELIVERY_NOW },
	{ 'b', DELIVERY_BEHIND },
	{ 'q', DELIVERY_QUEUE },
	{ 'd', DELIVERY_QUEUE },
};

static const struct {
	char letter;
	enum error_mode mode;
} sendmail_errors[] = {
	{ 'p', ERRORS_PRINT },
	{ 'q', ERRORS_QUIET },
	{ 'm', ERRORS_MAIL },
	{ 'w', ERRORS_MAIL },
	{ 'e', ERRORS_MAIL_OK },
};

static const struct {
	const char *word;
	enum no_recipient action;
} sendmail_actions[] = {
	{ "none", NO_RECIPIENT_NONE },
	/* no Bcc leaves, and that is all that add-bcc is for */
	{ "add-bcc", NO_RECIPIENT_NONE },
	{ "add-to", NO_RECIPIENT_TO },
	{ "add-apparently-to", NO_RECIPIENT_TO },
	{ "add-to-undisclosed", NO_RECIPIENT_UNDISCLOSED },
};

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

/* sendmail's way with yes and no: nothing at all is yes. */
static bool
sendmail_is_true(const char *value)
{
	return !value || !*value || strchr("tTyY1", *value);
}

/* --- -b ------------------------------------------------------------------- */

static int
sendmail_mode(struct plan *p, const char *value, struct error *err)
{
	auto_free char *shown = NULL;

	/* as usual (-ba: with CRLF line ends, which are understood anyway), and
	 * no way back from another mode */
	if (strcmp(value, "m") == 0 || strcmp(value, "a") == 0)
		return 0;
	for (size_t i = 0; i < LEN(sendmail_modes); i++) {
		if (*value != sendmail_modes[i].letter ||
		    (value[1] && *value != 'P' && *value != 'h'))
			continue;
		/* -d0.1 -bt: only the version is meant */
		if (p->mode == MODE_VERSION)
			return 0;
		p->mode = sendmail_modes[i].mode;
		p->queue_view = sendmail_modes[i].view;
		p->purges_state = *value == 'H';
		return 0;
	}
	shown = text_escaped(value);
	(void)err_set(err, ERR_USAGE, _("mode -b%s is not supported"), shown);
	if (*value == 's' || *value == 'S' || *value == 'd' || *value == 'D')
		return err_hint(
		    err, _("This program does not take mail over SMTP; let the "
			   "caller use sendmail -t."));
	return err_hint(
	    err, _("There are -bm, to send a mail, -bp, to see those that "
		   "wait, -bi, -bv and -bV."));
}

/* --- -q, -M --------------------------------------------------------------- */

static void
sendmail_run_queue(struct plan *p)
{
	if (p->mode == MODE_SEND)
		p->mode = MODE_QUEUE_RUN;
}

static int
sendmail_queue(struct plan *p, const char *value, struct error *err)
{
	auto_free char *shown = NULL;

	sendmail_run_queue(p);
	if (selector_parse(&p->queue, value ? value : "") == 0)
		return 0;
	shown = text_escaped(value);
	(void)err_set(
	    err, ERR_USAGE, _("invalid value \"%s\" for %s"), shown, "-q");
	return err_hint(err,
	    _("There are -q, -qf, -qITEXT, -qRTEXT, -qSTEXT, and a time as in "
	      "-q30m."));
}

/* Exim's -M and two small letters act upon mails in other ways. */
static int
sendmail_message(struct plan *p, const char *value, struct error *err)
{
	bool is_verb =
	    value && value[0] >= 'a' && value[0] <= 'z' &&
	    (!value[1] || !value[2] || text_caseeq(value, "mad") ||
		text_caseeq(value, "set") || text_caseeq(value, "es"));

	if (is_verb) {
		(void)err_set(
		    err, ERR_USAGE, _("option -M%s is not supported"), value);
		return err_hint(err,
		    _("-M ID tries a mail that waits; say %s --help for "
		      "more."),
		    PACKAGE);
	}
	sendmail_run_queue(p);
	p->queue.is_forced = true;
	if (value && *value)
		selector_add(&p->queue, SELECTOR_ID, false, value);
	return 0;
}

/* --- values --------------------------------------------------------------- */

static void
sendmail_delivery(struct plan *p, const char *value)
{
	for (size_t i = 0; i < LEN(sendmail_deliveries); i++)
		if (*value == sendmail_deliveries[i].letter) {
			p->delivery = sendmail_deliveries[i].mode;
			return;
		}
	plan_unheeded(p, "-od", value);
}

static void
sendmail_error_mode(struct plan *p, const char *value)
{
	if (!value || !*value || p->personality != PERSONALITY_SENDMAIL)
		return;
	for (size_t i = 0; i < LEN(sendmail_errors); i++)
		if (*value == sendmail_errors[i].letter) {
			p->errors = sendmail_errors[i].mode;
			return;
		}
	plan_unheeded(p, "-oe", value);
}

static void
sendmail_no_recipient(struct plan *p, const char *value)
{
	for (size_t i = 0; i < LEN(sendmail_actions); i++)
		if (text_caseeq(value, sendmail_actions[i].word)) {
			p->no_recipient = sendmail_actions[i].action;
			return;
		}
	plan_unheeded(p, "-ONoRecipientAction=", value);
}

static void
sendmail_body(struct plan *p, const char *value)
{
	if (text_caseeq(value, "7BIT"))
		p->eightbit = TOGGLE_OFF;
	else if (text_caseeq(value, "8BITMIME"))
		p->eightbit = TOGGLE_ON;
	else
		plan_unheeded(p, "-B", value);
}

static int
sendmail_hops(struct plan *p, const char *value)
{
	uint64_t hops;

	if (num_parse(value, 0, SENDMAIL_HOPS_MAX, &hops) == 0)
		p->hops = (unsigned)hops;
	else
		plan_unheeded(p, "-h", value);
	return 0;
}

static void
sendmail_tag(struct plan *p, const char *value)
{
	auto_free char *shown = text_escaped(value);

	xreplace(&p->log_tag, *shown ? auto_take(shown) : NULL);
}

/* RFC 6531: headers leave in UTF-8 where the server takes them so. */
static int
sendmail_utf8(struct plan *p, const char *value, struct error *err)
{
	return plan_set(p, OPT_HEADERS_8BIT,
	    sendmail_is_true(value) ? "smtputf8" : "convert", err);
}

/* Only for more safety than the account has, never for less. */
static void
sendmail_requiretls(struct plan *p, const char *value)
{
	if (!sendmail_is_true(value))
		return;
	p->overrides.requiretls = TOGGLE_ON;
	p->overrides.is_own[OPT_REQUIRETLS] = true;
	p->overrides.origin[OPT_REQUIRETLS].kind = ORIGIN_COMMAND_LINE;
}

int
plan_act_sendmail(
    struct plan *p, enum letter_act act, const char *value, struct error *err)
{
	switch (act) {
	case LETTER_MODE:
		return sendmail_mode(p, value, err);
	case LETTER_QUEUE:
		return sendmail_queue(p, value, err);
	case LETTER_MESSAGE:
		return sendmail_message(p, value, err);
	case LETTER_NEW_ALIASES:
		return sendmail_mode(p, "i", err);
	case LETTER_OPTION:
		return plan_option(p, value, err);
	case LETTER_LONG_OPTION:
		return plan_long_option(p, value, err);
	case LETTER_UTF8:
		return sendmail_utf8(p, value, err);
	case LETTER_HOPS:
		return sendmail_hops(p, value);
	case LETTER_BODY:
		sendmail_body(p, value);
		break;
	case LETTER_DOTS:
		p->dots = sendmail_is_true(value) ? TOGGLE_ON : TOGGLE_OFF;
		break;
	case LETTER_DELIVERY:
		sendmail_delivery(p, value);
		break;
	case LETTER_ERRORS:
		sendmail_error_mode(p, value);
		break;
	case LETTER_ALIAS_FILE:
		xreplace(&p->alias_file, *value ? xstrdup(value) : NULL);
		break;
	case LETTER_NO_ALIASES:
		p->no_aliases = true;
		break;
	case LETTER_NO_FIXUPS:
		p->no_fixups = true;
		break;
	case LETTER_TAG:
		sendmail_tag(p, value);
		break;
	case LETTER_NO_RECIPIENT:
		sendmail_no_recipient(p, value);
		break;
	case LETTER_REQUIRETLS:
		sendmail_requiretls(p, value);
		break;
	case LETTER_EXTRACT:
		p->subtracts = text_caseeq(value, "remove");
		break;
	case LETTER_EXPIRY:
		if (selector_duration(value, SENDMAIL_DAY_S, &p->expiry_s) < 0)
			plan_unheeded(p, "-OTimeout.queuereturn=", value);
		break;
	default:
		break;
	}
	return 0;
}
