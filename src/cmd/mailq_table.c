/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "cmd/mailq_row.h"

#include <string.h>

#include "base/auto.h"
#include "base/i18n.h"
#include "base/size.h"
#include "base/span.h"
#include "base/text.h"
#include "base/width.h"
#include "base/xalloc.h"

/* Columns of the fields before the addresses. */
#define TABLE_ID (QUEUE_ID_SIZE - 1)
#define TABLE_SIZE 8
#define TABLE_AGE 11
#define TABLE_NEXT 17
#define TABLE_INDENT "    "

enum table_colour {
	TABLE_PLAIN,
	TABLE_BOLD,
	TABLE_DIM,
	TABLE_RED,
	TABLE_GREEN,
	TABLE_YELLOW,
};

static const char *const table_colours[] = {
	[TABLE_PLAIN] = "",
	[TABLE_BOLD] = "\033[1m",
	[TABLE_DIM] = "\033[2m",
	[TABLE_RED] = "\033[31m",
	[TABLE_GREEN] = "\033[32m",
	[TABLE_YELLOW] = "\033[33m",
};

/* Text that is safe, padded to columns. */
static void
table_put(struct buf *out, const struct mailq_style *style,
    enum table_colour colour, const char *text, size_t columns)
{
	bool is_coloured = style->has_colours && colour != TABLE_PLAIN;

	if (is_coloured)
		(void)buf_add_str(out, table_colours[colour]);
	width_pad(out, text, columns);
	if (is_coloured)
		(void)buf_add_str(out, "\033[0m");
}

/* As much of the text as the terminal's line has room for, behind `used`
 * columns. */
static void
table_cut(char *text, const struct mailq_style *style, size_t used)
{
	size_t len = strlen(text);

	if (!style->columns || used + width_of(text) <= style->columns)
		return;
	while (len && used + width_of(text) + 3 > style->columns) {
		do
			len--;
		while (len && ((unsigned char)text[len] & 0xc0) == 0x80);
		text[len] = '\0';
	}
	/* three octets of it are gone at least, or it was shorter */
	if (len)
		memcpy(text + len, "...", 4);
}

time_t
mailq_next(const struct mailq_row *r)
{
	time_t next = r->entry->cells.next_s;

	if (r->state != QUEUE_ACTIVE)
		return 0;
	return r->wait && r->wait->until_s > next ? r->wait->until_s : next;
}

/* When it is tried next, in words; owned. */
static char *
table_next(const struct mailq_row *r, enum table_colour *colour)
{
	auto_free char *span = NULL;
	time_t next = mailq_next(r);

	*colour = TABLE_PLAIN;
	if (r->is_busy) {
		*colour = TABLE_GREEN;
		return xstrdup(_("just now"));
	}
	if (r->is_unread) {
		*colour = TABLE_RED;
		return xstrdup(_("not readable"));
	}
	switch (r->state) {
	case QUEUE_HOLD:
		*colour = TABLE_YELLOW;
		return xstrdup(_("held"));
	case QUEUE_FAILED:
		*colour = TABLE_RED;
		return xstrdup(_("given up"));
	default:
		break;
	}
	if (next <= r->now)
		return xstrdup(_("due"));
	span = span_words(next - r->now);
	return xasprintf(_("in %s"), span);
}

void
mailq_table_head(struct buf *out, const struct mailq_style *style)
{
	table_put(out, style, TABLE_BOLD, _("ID"), TABLE_ID);
	(void)buf_add_char(out, ' ');
	if (style->has_colours)
		(void)buf_add_str(out, table_colours[TABLE_BOLD]);
	width_pad_left(out, _("SIZE"), TABLE_SIZE);
	if (style->has_colours)
		(void)buf_add_str(out, "\033[0m");
	(void)buf_add_str(out, "  ");
	table_put(out, style, TABLE_BOLD, _("AGE"), TABLE_AGE);
	table_put(out, style, TABLE_BOLD, _("NEXT TRY"), TABLE_NEXT);
	table_put(out, style, TABLE_BOLD, _("SENDER / RECIPIENTS"), 0);
	(void)buf_add_char(out, '\n');
}

/* A reply of several lines is one here. */
static void
table_reason(struct buf *out, const struct mailq_style *style, const char *text)
{
	AUTO(buf) struct buf safe = BUF_INIT(8192);
	auto_free char *line = xstrdup(text);
	char *shown;

	if (!*text)
		return;
	for (char *end = line; (end = strchr(end, '\n')) != NULL;)
		*end = ' ';
	text_escape(&safe, line, strlen(line), style->columns ? 512 : 4096);
	shown = safe.data;
	table_cut(shown, style, sizeof(TABLE_INDENT) + 1);
	(void)buf_add_str(out, TABLE_INDENT "(");
	table_put(out, style, TABLE_DIM, shown, 0);
	(void)buf_add_str(out, ")\n");
}

static void
table_recipients(
    struct buf *out, const struct mailq_style *style, const struct mailq_row *r)
{
	const struct envelope *env = &r->entry->envelope;

	for (size_t i = 0; i < env->count; i++) {
		const struct rcpt *rcpt = &env->rcpts[i];
		auto_free char *addr = text_escaped(rcpt->addr);

		(void)buf_printf(out, TABLE_INDENT "%s", addr);
		if (rcpt->fate == FATE_SENT) {
			(void)buf_add_str(out, "  ");
			table_put(out, style, TABLE_GREEN, _("delivered"), 0);
		} else if (rcpt->fate == FATE_FAIL) {
			(void)buf_add_str(out, "  ");
			table_put(out, style, TABLE_RED, _("failed"), 0);
		}
		(void)buf_add_char(out, '\n');
	}
}

void
mailq_table_row(
    struct buf *out, const struct mailq_style *style, const struct mailq_row *r)
{
	const struct entry *e = r->entry;
	bool is_bad = r->is_unread;
	enum table_colour colour;
	auto_free char *size =
	    size_short(is_bad ? (uint64_t)e->size : e->message_size);
	auto_free char *age =
	    is_bad ? xstrdup("-") : span_words(r->now - e->born_s);
	auto_free char *next = table_next(r, &colour);
	auto_free char *from =
	    text_escaped(!e->envelope.from   ? "-"
			 : *e->envelope.from ? e->envelope.from
					     : "<>");

	table_put(out, style, TABLE_BOLD, e->id, TABLE_ID);
	(void)buf_add_char(out, ' ');
	width_pad_left(out, size, TABLE_SIZE);
	(void)buf_add_str(out, "  ");
	width_pad(out, age, TABLE_AGE - 1);
	(void)buf_add_char(out, ' ');
	table_put(out, style, colour, next, TABLE_NEXT - 1);
	(void)buf_printf(out, " %s\n", from);
	table_reason(out, style, r->reason);
	if (e->cells.is_in_doubt)
		(void)buf_printf(out, TABLE_INDENT "(%s)\n",
		    _("it may have been delivered already"));
	table_recipients(out, style, r);
	(void)buf_add_char(out, '\n');
}

void
mailq_table_account(struct buf *out, const struct mailq_style *style,
    const char *name, const struct queue_wait *w, time_t now)
{
	auto_free char *shown = text_escaped(*name ? name : "-");
	auto_free char *span = span_words(w->until_s - now);
	auto_free char *since = span_words(now - w->since_s);
	auto_free char *line = NULL;

	if (w->is_offline)
		line = xasprintf(_("account %s: no way to its server for %s, "
				   "next try in %s"),
		    shown, since, span);
	else
		line = xasprintf(
		    _("account %s: does not work for %s, next try in %s"),
		    shown, since, span);
	table_put(
	    out, style, w->is_offline ? TABLE_YELLOW : TABLE_RED, line, 0);
	(void)buf_add_char(out, '\n');
	table_reason(out, style, w->text ? w->text : "");
}
