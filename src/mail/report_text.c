/* SPDX-License-Identifier: ISC */
/* The part for a person. */
#include "config.h"

#include "mail/report_parts.h"

#include <stdint.h>
#include <string.h>

#include "base/i18n.h"
#include "base/span.h"
#include "base/text.h"
#include "base/xalloc.h"

/* Characters of a line. */
#define TEXT_COLUMNS 72
/* Seconds of trying that are worth a word. */
#define TEXT_SPAN_MIN 60
/* Lines of one reply. */
#define TEXT_REPLY_LINES 20

/* --- lines ---------------------------------------------------------------- */

static size_t
text_characters(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)s[i] & 0xc0) != 0x80;
	return n;
}

/* One line of words, broken at its blanks; all lines behind the indent. */
static void
text_wrap(struct buf *out, const char *indent, const char *s, size_t len)
{
	const char *end = s + len;
	size_t column = 0;

	while (s < end) {
		const char *word;
		size_t n;

		while (s < end && *s == ' ')
			s++;
		for (word = s; s < end && *s != ' '; s++)
			;
		n = text_characters(word, (size_t)(s - word));
		if (!n)
			break;
		if (column && column + 1 + n > TEXT_COLUMNS) {
			(void)buf_add_char(out, '\n');
			column = 0;
		}
		if (column) {
			(void)buf_add_char(out, ' ');
			column++;
		} else {
			(void)buf_add_str(out, indent);
			column = strlen(indent);
		}
		(void)buf_add(out, word, (size_t)(s - word));
		column += n;
	}
	(void)buf_add_char(out, '\n');
}

static void
text_paragraph(struct buf *out, const char *indent, const char *s)
{
	text_wrap(out, indent, s, strlen(s));
}

/* Foreign text of one or several lines. */
static void
text_foreign(struct buf *out, const char *indent, const char *s)
{
	for (int i = 0; i < TEXT_REPLY_LINES && *s; i++) {
		AUTO(buf) struct buf line = BUF_INIT(2 * REPORT_TEXT_MAX);
		size_t len = strcspn(s, "\n");

		text_escape(&line, s, len, REPORT_TEXT_MAX);
		text_wrap(out, indent, buf_str(&line), line.len);
		s += len;
		if (*s)
			s++;
	}
}

/* --- recipients ----------------------------------------------------------- */

static void
text_said(struct buf *out, const struct report_rcpt *rcpt)
{
	const struct error *why = rcpt->why;
	auto_free char *server = text_escaped(rcpt->remote ? rcpt->remote : "");
	auto_free char *line = NULL;

	if (why->reply.code) {
		auto_free char *said = xasprintf("%d %s", why->reply.code,
		    why->reply.text ? why->reply.text : "");

		line = *server ? xasprintf(_("%s said:"), server)
			       : xstrdup(_("The server said:"));
		text_paragraph(out, "    ", line);
		text_foreign(out, "      ", said);
		return;
	}
	if (why->text)
		text_foreign(out, "    ", why->text);
	if (why->detail)
		text_foreign(out, "      ", why->detail);
}

static void
text_rcpt(
    struct buf *out, const struct report *r, const struct report_rcpt *rcpt)
{
	const struct error *why = rcpt->why;
	auto_free char *addr = text_escaped(rcpt->addr);
	auto_free char *span = span_words(r->now - r->arrival);
	auto_free char *gave_up = NULL;

	(void)buf_printf(out, "\n  %s\n", addr);
	if (rcpt->is_expired && r->now - r->arrival >= TEXT_SPAN_MIN) {
		gave_up = xasprintf(
		    _("It was tried for %s; the last attempt ended like this:"),
		    span);
		text_paragraph(out, "    ", gave_up);
	}
	text_said(out, rcpt);
	if (rcpt->action == REPORT_RELAYED)
		return;
	if (!why->reply.code && why->hint)
		text_foreign(out, "    ", why->hint);
	else if (rcpt->action == REPORT_FAILED)
		text_paragraph(out, "    ", report_advice(rcpt));
}

size_t
report_count(const struct report *r, enum report_action action)
{
	size_t n = 0;

	for (size_t i = 0; i < r->count; i++)
		n += r->rcpts[i].action == action;
	return n;
}

/* The paragraph before the recipients of an action; owned. */
static char *
text_opening(const struct report *r, enum report_action action, size_t n)
{
	auto_free char *left = span_words(r->retry_until - r->now);

	switch (action) {
	case REPORT_FAILED:
		return xstrdup(
		    P_("Your mail could not be delivered to this recipient, "
		       "and it will not be tried again:",
			"Your mail could not be delivered to these recipients, "
			"and it will not be tried again:",
			n));
	case REPORT_RELAYED:
		return xstrdup(
		    P_("For this recipient your mail was handed to a server "
		       "that sends no notice when it arrives. You will hear "
		       "of it only if something goes wrong:",
			"For these recipients your mail was handed to a server "
			"that sends no notice when it arrives. You will hear "
			"of it only if something goes wrong:",
			n));
	case REPORT_DELAYED:
		break;
	}
	if (r->retry_until > r->now)
		return xasprintf(
		    P_("Your mail has not reached this recipient yet. You need "
		       "not do anything: it will be tried for another %s:",
			"Your mail has not reached these recipients yet. You "
			"need not do anything: it will be tried for another "
			"%s:",
			n),
		    left);
	return xstrdup(
	    P_("Your mail has not reached this recipient yet. You need not do "
	       "anything: it will be tried again:",
		"Your mail has not reached these recipients yet. You need not "
		"do anything: it will be tried again:",
		n));
}

static void
text_rcpts(struct buf *out, const struct report *r, enum report_action action,
    size_t *room)
{
	size_t n = report_count(r, action);
	auto_free char *opening = NULL;
	auto_free char *more = NULL;

	if (!n)
		return;
	opening = text_opening(r, action, n);
	text_paragraph(out, "", opening);
	for (size_t i = 0; i < r->count && *room; i++) {
		if (r->rcpts[i].action != action)
			continue;
		text_rcpt(out, r, &r->rcpts[i]);
		n--;
		--*room;
	}
	(void)buf_add_char(out, '\n');
	if (!n)
		return;
	more = xasprintf(P_("%zu more recipient is named in the report for "
			    "programs only.",
			     "%zu more recipients are named in the report for "
			     "programs only.",
			     n),
	    n);
	text_paragraph(out, "  ", more);
	(void)buf_add_char(out, '\n');
}

/* --- the mail ------------------------------------------------------------- */

static void
text_about(struct buf *out, const char *name, const char *value)
{
	AUTO(buf) struct buf line = BUF_INIT(2 * REPORT_TEXT_MAX);

	if (!*value)
		return;
	text_escape(&line, value, strlen(value), REPORT_TEXT_MAX);
	(void)buf_printf(out, "  %s: %s\n", name, buf_str(&line));
}

void
report_text(
    struct buf *out, const struct report *r, const struct report_about *about)
{
	auto_free char *host = text_escaped(r->host);
	auto_free char *self =
	    xasprintf(_("This is %s on %s, the program that sends your mail."),
		PACKAGE, host);
	size_t room = REPORT_SHOWN_MAX;

	text_paragraph(out, "", self);
	(void)buf_add_char(out, '\n');
	text_rcpts(out, r, REPORT_FAILED, &room);
	text_rcpts(out, r, REPORT_DELAYED, &room);
	text_rcpts(out, r, REPORT_RELAYED, &room);
	if (*about->subject || *about->date || *about->from ||
	    *about->message_id) {
		text_paragraph(out, "", _("This is the mail in question:"));
		(void)buf_add_char(out, '\n');
		text_about(out, _("Subject"), about->subject);
		text_about(out, _("From"), about->from);
		text_about(out, _("Date"), about->date);
		text_about(out, _("Message-ID"), about->message_id);
		(void)buf_add_char(out, '\n');
	}
	text_paragraph(out, "",
	    r->is_full ? _("The mail itself is attached.")
		       : _("The header of the mail is attached."));
}
