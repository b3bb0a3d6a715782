/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail/header.h"

#include <assert.h>
#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"

static const char *const header_names[FIELD_COUNT] = {
	[FIELD_OTHER] = "",
	[FIELD_FROM] = "From",
	[FIELD_SENDER] = "Sender",
	[FIELD_TO] = "To",
	[FIELD_CC] = "Cc",
	[FIELD_BCC] = "Bcc",
	[FIELD_DATE] = "Date",
	[FIELD_MESSAGE_ID] = "Message-ID",
	[FIELD_RESENT_FROM] = "Resent-From",
	[FIELD_RESENT_SENDER] = "Resent-Sender",
	[FIELD_RESENT_TO] = "Resent-To",
	[FIELD_RESENT_CC] = "Resent-Cc",
	[FIELD_RESENT_BCC] = "Resent-Bcc",
	[FIELD_RESENT_DATE] = "Resent-Date",
	[FIELD_RESENT_MESSAGE_ID] = "Resent-Message-ID",
	[FIELD_RESENT_OTHER] = "",
	[FIELD_REPLY_TO] = "Reply-To",
	[FIELD_RECEIVED] = "Received",
	[FIELD_RETURN_PATH] = "Return-Path",
	[FIELD_CONTENT_LENGTH] = "Content-Length",
};

enum line_kind {
	LINE_MORE, /* cannot be told yet */
	LINE_EMPTY,
	LINE_FOLD,
	LINE_FIELD,
	LINE_OTHER,
};

struct header_line {
	const char *s;
	size_t len;    /* with its LF */
	bool is_whole; /* ends in LF, or nothing comes behind it */
	enum line_kind kind;
	size_t name_len;
	size_t colon;
};

void
header_release(struct header *h)
{
	if (!h)
		return;
	buf_release(&h->text);
	for (size_t i = 0; i < h->count; i++)
		free(h->fields[i].edited);
	free(h->fields);
	*h = (struct header)HEADER_INIT;
}

const char *
header_field_name(enum field_id id)
{
	return header_names[id];
}

enum field_id
header_field_id(const char *name, size_t len)
{
	for (int id = 1; id < FIELD_COUNT; id++)
		if (len && strlen(header_names[id]) == len &&
		    text_caseeq_n(name, header_names[id], len))
			return (enum field_id)id;
	if (len > 7 && text_caseeq_n(name, "Resent-", 7))
		return FIELD_RESENT_OTHER;
	return FIELD_OTHER;
}

/* --- one line ------------------------------------------------------------- */

/* RFC 5322 3.6.8: ftext */
static bool
header_is_ftext(char c)
{
	return c > 32 && c < 127 && c != ':';
}

/* Octets from s that are CR. */
static size_t
header_cr_span(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && s[n] == '\r')
		n++;
	return n;
}

/* Looks no further than HEADER_NAME_MAX octets, so that the answer does not
 * depend on how much of the line is here. */
static enum line_kind
header_line_kind(struct header_line *l)
{
	size_t len = l->len < HEADER_NAME_MAX ? l->len : HEADER_NAME_MAX;
	size_t n = header_cr_span(l->s, len);

	if (n == l->len || (n < len && n + 1 == l->len && l->s[n] == '\n'))
		return LINE_EMPTY;
	if (text_is_blank(l->s[0]))
		return LINE_FOLD;
	for (n = 0; n < len && header_is_ftext(l->s[n]); n++)
		;
	l->name_len = n;
	while (n < len && text_is_blank(l->s[n]))
		n++;
	l->colon = n;
	return l->name_len && n < len && l->s[n] == ':' ? LINE_FIELD
							: LINE_OTHER;
}

static void
header_line_classify(struct header_line *l)
{
	l->kind = LINE_MORE;
	if (!l->is_whole && l->len <= HEADER_NAME_MAX)
		return;
	l->kind = header_line_kind(l);
	if (!l->is_whole && l->kind != LINE_OTHER)
		l->kind = LINE_MORE;
}

/*
 * For a line that is no field: the field that others might take it for.
 * What stands before its first colon is read without the octets that no name
 * can hold: "B\rcc:", "Bcc\0:", "B cc:" (IN-32).
 */
static enum field_id
header_line_lookalike(const struct header_line *l)
{
	char name[32];
	size_t n = 0;

	for (size_t i = 0; i < l->len && i < HEADER_NAME_MAX; i++) {
		if (l->s[i] == ':')
			return header_field_id(name, n);
		if (!header_is_ftext(l->s[i]))
			continue;
		if (n == sizeof(name))
			break;
		name[n++] = l->s[i];
	}
	return FIELD_OTHER;
}

/* A byte order mark before what would be a field without it (IN-32). */
static bool
header_line_has_bom(const struct header_line *l)
{
	struct header_line rest = *l;

	if (l->len <= 3 || memcmp(l->s, "\xef\xbb\xbf", 3) != 0)
		return false;
	rest.s += 3;
	rest.len -= 3;
	return header_line_kind(&rest) == LINE_FIELD;
}

static bool
header_line_is_mbox(const struct header_line *l)
{
	size_t mark = l->s[0] == '>' ? 1 : 0;

	return l->len >= mark + 5 && memcmp(l->s + mark, "From ", 5) == 0;
}

/* --- the block ------------------------------------------------------------ */

static int
header_refuse_name(enum field_id id, struct error *err)
{
	(void)err_set(err, ERR_DATA,
	    _("a line of the header could be read as %s or not"),
	    *header_names[id] ? header_names[id] : _("a field"));
	return err_hint(
	    err, _("Remove the control characters or blanks from the field's "
		   "name."));
}

static int
header_too_long(struct error *err)
{
	(void)err_set(err, ERR_DATA, _("the header is too long"));
	return err_detail(err, "limits: %d octets, %d lines", HEADER_SIZE_MAX,
	    HEADER_LINES_MAX);
}

static int
header_add_field(struct header *h, const struct header_line *l)
{
	if (h->count == h->cap) {
		h->cap = h->cap ? h->cap * 2 : 16;
		h->fields =
		    xreallocarray(h->fields, h->cap, sizeof(h->fields[0]));
	}
	h->fields[h->count++] = (struct field){
		.id = header_field_id(l->s, l->name_len),
		.at = h->line_at,
		.name_len = l->name_len,
		.value = l->colon + 1,
		.len = l->len,
	};
	return 0;
}

/* A line that is neither field nor fold, while fields are expected. */
static int
header_meet_other(struct header *h, struct header_line *l, struct error *err)
{
	enum field_id id = header_line_lookalike(l);

	if (id != FIELD_OTHER && id != FIELD_RESENT_OTHER)
		return header_refuse_name(id, err);
	if (h->state == HEADER_START && header_line_has_bom(l))
		return header_refuse_name(FIELD_OTHER, err);
	h->body_at = h->line_at;
	/*
	 * Behind fields, a line that is none was most likely meant to be one.
	 * All that follows becomes text, and a Bcc among it would be told to
	 * everybody: what comes up to the next empty line is watched for it.
	 */
	h->state = h->count ? HEADER_GUARD : HEADER_DONE;
	return 0;
}

static int
header_guard_line(struct header *h, struct header_line *l, struct error *err)
{
	enum field_id id = FIELD_OTHER;

	if (h->line_at + l->len > HEADER_SIZE_MAX || l->kind == LINE_EMPTY)
		h->state = HEADER_DONE;
	else if (l->kind == LINE_FIELD)
		id = header_field_id(l->s, l->name_len);
	else if (l->kind == LINE_OTHER)
		id = header_line_lookalike(l);
	if (id != FIELD_BCC && id != FIELD_RESENT_BCC)
		return 0;
	(void)err_set(err, ERR_DATA,
	    _("a %s field stands behind a line that ends the header"),
	    header_names[id]);
	return err_hint(
	    err, _("Remove or fold the first line of the header that has no "
		   "colon."));
}

static int
header_field_line(struct header *h, struct header_line *l, struct error *err)
{
	if (l->kind == LINE_FOLD && !h->count)
		l->kind = LINE_OTHER;
	if (l->kind == LINE_OTHER) {
		if (h->state != HEADER_START || !header_line_is_mbox(l))
			return header_meet_other(h, l, err);
		if (!l->is_whole)
			l->kind = LINE_MORE;
	}
	if (l->kind == LINE_MORE)
		return 0;
	if (l->kind != LINE_EMPTY && (h->line_at + l->len > HEADER_SIZE_MAX ||
					 ++h->lines > HEADER_LINES_MAX))
		return header_too_long(err);
	h->state = HEADER_FIELDS;
	if (l->kind == LINE_EMPTY) {
		h->body_at = h->line_at + l->len;
		h->state = HEADER_DONE;
	} else if (l->kind == LINE_FOLD) {
		h->fields[h->count - 1].len += l->len;
	} else if (l->kind == LINE_FIELD) {
		return header_add_field(h, l);
	}
	return 0;
}

/* The next line, whole or not. */
static struct header_line
header_next_line(struct header *h, bool is_last)
{
	const char *s = h->text.data + h->line_at;
	const char *lf =
	    memchr(h->text.data + h->scanned, '\n', h->text.len - h->scanned);
	struct header_line l = { .s = s, .is_whole = lf || is_last };

	l.len = lf ? (size_t)(lf + 1 - s) : h->text.len - h->line_at;
	h->scanned = h->line_at + l.len;
	header_line_classify(&l);
	return l;
}

/* Parses what can be parsed. */
static int
header_run(struct header *h, bool is_last, struct error *err)
{
	while (h->state != HEADER_DONE && h->line_at < h->text.len) {
		struct header_line l = header_next_line(h, is_last);
		int rc;

		if (h->state == HEADER_GUARD)
			rc = header_guard_line(h, &l, err);
		else
			rc = header_field_line(h, &l, err);
		if (rc < 0)
			return -1;
		if (!l.is_whole)
			break;
		h->line_at += l.len;
	}
	if (h->state == HEADER_DONE)
		return 1;
	/* A line that has not ended, and is not short enough to be no field. */
	if (h->text.len > HEADER_SIZE_MAX + HEADER_NAME_MAX)
		return header_too_long(err);
	return 0;
}

int
header_push(struct header *h, const char *p, size_t len, struct error *err)
{
	assert(len <= HEADER_PUSH_MAX && h->state != HEADER_DONE);
	if (buf_add(&h->text, p, len) < 0)
		return header_too_long(err);
	return header_run(h, false, err);
}

int
header_finish(struct header *h, struct error *err)
{
	int rc = h->state == HEADER_DONE ? 1 : header_run(h, true, err);

	if (rc == 0 && h->state != HEADER_GUARD)
		h->body_at = h->text.len;
	if (rc == 0)
		h->state = HEADER_DONE;
	return rc < 0 ? -1 : 1;
}
