/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail/report.h"

#include <stdint.h>
#include <string.h>

#include "base/auto.h"
#include "base/date.h"
#include "base/i18n.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/xalloc.h"
#include "mail/addr.h"
#include "mail/compose.h"
#include "mail/encode.h"
#include "mail/encode_field.h"
#include "mail/report_parts.h"

/* Octets of the original's subject in ours. */
#define REPORT_SUBJECT_MAX 200

/* A body being written. */
struct report_body {
	struct message *message;
	char *boundary; /* owned */
	struct scan scan;
};

static void
report_body_release(struct report_body *b)
{
	free(b->boundary);
}
AUTO_DEFINE(report_body);

/* One attempt may be told of more than once. */
static const char *
report_kind(const struct report *r)
{
	if (!report_count(r, REPORT_FAILED))
		return report_count(r, REPORT_DELAYED) ? "delayed" : "relayed";
	for (size_t i = 0; i < r->count; i++)
		if (r->rcpts[i].is_expired)
			return "expired";
	return "failed";
}

char *
report_message_id(const struct report *r)
{
	auto_free char *name =
	    xasprintf("%s.%s.%u", report_kind(r), r->id, r->attempt);

	return compose_named_id(name, r->domain);
}

/* --- the header ----------------------------------------------------------- */

/* A field whose value may be any text on one line. */
static void
report_field(struct message *out, const char *name, const char *value)
{
	auto_free char *text = xasprintf("%s: %s\n", name, value);
	struct mime_field f;
	size_t pos = 0;

	if (mime_field_next(text, strlen(text), &pos, &f))
		(void)encode_field(&f, "UTF-8", &out->added);
}

static void
report_subject(struct message *out, const struct report *r,
    const struct report_about *about)
{
	AUTO(buf) struct buf line = BUF_INIT(2 * REPORT_SUBJECT_MAX + 200);

	if (report_count(r, REPORT_FAILED))
		(void)buf_add_str(&line, _("Your mail was not delivered"));
	else if (report_count(r, REPORT_DELAYED))
		(void)buf_add_str(&line, _("Your mail is delayed"));
	else
		(void)buf_add_str(&line, _("Your mail was handed on"));
	if (*about->subject) {
		(void)buf_add_str(&line, ": ");
		text_escape(&line, about->subject, strlen(about->subject),
		    REPORT_SUBJECT_MAX);
	}
	report_field(out, "Subject", buf_str(&line));
}

static int
report_head(struct message *out, const struct report *r,
    const struct report_about *about, const char *boundary, struct error *err)
{
	auto_free char *from = xasprintf("MAILER-DAEMON@%s", r->domain);
	auto_free char *id = report_message_id(r);
	auto_free char *type = NULL;
	auto_free char *author = NULL;
	char date[DATE_SIZE];

	if (addr_validate(from, strlen(from), false, N_("the report's sender"),
		err) < 0 ||
	    addr_validate(r->to, strlen(r->to), false,
		N_("the report's recipient"), err) < 0)
		return -1;
	author = compose_from(from, _("Mail delivery"));
	report_field(out, "From", author);
	report_field(out, "To", r->to);
	report_subject(out, r, about);
	date_rfc5322(date, r->now);
	message_prepend(out, "Date", date);
	message_prepend(out, "Message-ID", id);
	if (*about->message_id) {
		message_prepend(out, "In-Reply-To", about->message_id);
		message_prepend(out, "References", about->message_id);
	}
	/* RFC 3834 5: so that nobody answers */
	message_prepend(out, "Auto-Submitted", "auto-replied");
	message_prepend(out, "MIME-Version", "1.0");
	type = xasprintf("multipart/report; report-type=delivery-status;\n"
			 "\tboundary=\"%s\"",
	    boundary);
	message_prepend(out, "Content-Type", type);
	return 0;
}

/* --- the parts ------------------------------------------------------------ */

static int
report_write(void *ctx, const char *p, size_t len, struct error *err)
{
	struct report_body *b = ctx;

	scan_push(&b->scan, p, len);
	return spool_add(&b->message->body, p, len, err);
}

static int
report_write_str(struct report_body *b, const char *s, struct error *err)
{
	return report_write(b, s, strlen(s), err);
}

/* A part's delimiter and header; more: further fields, or "". */
static int
report_part(struct report_body *b, const char *type, const char *coding,
    const char *more, struct error *err)
{
	auto_free char *head = xasprintf("\n--%s\n"
					 "Content-Type: %s\n"
					 "Content-Transfer-Encoding: %s\n"
					 "%s\n",
	    b->boundary, type, coding, more);

	/* the line end before the delimiter belongs to it */
	return report_write_str(b, head + (b->message->body.size == 0), err);
}

static bool
report_is_plain(const struct buf *text)
{
	struct scan scan = SCAN_INIT;

	scan_push(&scan, buf_str(text), text->len);
	scan_finish(&scan);
	return !scan.traits.has_8bit && !scan.traits.has_nul &&
	       !scan.traits.has_bare_cr &&
	       scan.traits.longest_line <= FIELD_LINE_MAX;
}

/* A part that is encoded where it is not plain. */
static int
report_encoded_part(struct report_body *b, const char *type, const char *more,
    const struct buf *text, struct error *err)
{
	struct encode_size size = { 0, 0 };
	struct encoder e;
	bool is_base64;

	if (report_is_plain(text))
		return report_part(b, type, "7bit", more, err) < 0
			   ? -1
			   : report_write(b, buf_str(text), text->len, err);
	encode_size_add(&size, buf_str(text), text->len);
	is_base64 = encode_size_wants_base64(&size);
	encoder_init(
	    &e, is_base64 ? ENCODE_BASE64_TEXT : ENCODE_QP, report_write, b);
	if (report_part(b, type, is_base64 ? "base64" : "quoted-printable",
		more, err) < 0 ||
	    encoder_add(&e, buf_str(text), text->len, err) < 0)
		return -1;
	return encoder_end(&e, err);
}

static int
report_text_part(struct report_body *b, const struct report *r,
    const struct report_about *about, struct error *err)
{
	AUTO(buf) struct buf text = BUF_INIT(SIZE_MAX / 2);
	auto_free char *language = i18n_language();
	auto_free char *more = xasprintf("Content-Language: %s\n", language);

	report_text(&text, r, about);
	return report_encoded_part(b,
	    text_is_ascii(buf_str(&text), text.len)
		? "text/plain; charset=us-ascii"
		: "text/plain; charset=utf-8",
	    more, &text, err);
}

static bool
report_is_global(const struct report *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (report_is_wide(r->rcpts[i].addr) ||
		    (r->rcpts[i].orcpt && !text_is_ascii(r->rcpts[i].orcpt,
					      strlen(r->rcpts[i].orcpt))))
			return true;
	return false;
}

/* Never encoded as a whole: that might be many recipients, and some who read
 * it do not decode it. */
static int
report_status_part(
    struct report_body *b, const struct report *r, struct error *err)
{
	bool is_global = report_is_global(r);
	AUTO(buf) struct buf text = BUF_INIT(SIZE_MAX / 2);

	if (report_part(b,
		is_global ? "message/global-delivery-status"
			  : "message/delivery-status",
		is_global ? "8bit" : "7bit", "", err) < 0)
		return -1;
	report_status_message(&text, r, is_global);
	for (size_t i = 0; i < r->count; i++) {
		report_status_rcpt(&text, r, &r->rcpts[i], is_global);
		/* the last empty line is the delimiter's */
		if (i + 1 == r->count)
			buf_truncate(&text, text.len - 1);
		if (report_write(b, buf_str(&text), text.len, err) < 0)
			return -1;
		buf_reset(&text);
	}
	return 0;
}

static int
report_whole(struct report_body *b, const struct message *m,
    const struct buf *head, bool is_global, struct error *err)
{
	AUTO(spool_reader) struct spool_reader reader;
	const char *p;
	size_t len;
	int rc;

	spool_reader_init(&reader, &m->body, 0);
	if (report_part(b, is_global ? "message/global" : "message/rfc822",
		message_is_8bit(m) ? "8bit" : "7bit", "", err) < 0 ||
	    report_write(b, buf_str(head), head->len, err) < 0 ||
	    report_write(b, "\n", 1, err) < 0)
		return -1;
	while ((rc = spool_next(&reader, &p, &len, err)) > 0)
		if (report_write(b, p, len, err) < 0)
			return -1;
	return rc;
}

static int
report_original_part(struct report_body *b, const struct report *r,
    const struct buf *head, struct error *err)
{
	bool is_global = !text_is_ascii(buf_str(head), head->len) &&
			 utf8_is_valid(buf_str(head), head->len);

	if (r->is_full)
		return report_whole(b, r->original, head, is_global, err);
	return report_encoded_part(b,
	    is_global ? "message/global-headers" : "text/rfc822-headers", "",
	    head, err);
}

static int
report_body(struct report_body *b, const struct report *r,
    const struct report_about *about, const struct buf *head, struct error *err)
{
	auto_free char *end = xasprintf("\n--%s--\n", b->boundary);

	if (report_text_part(b, r, about, err) < 0 ||
	    report_status_part(b, r, err) < 0 ||
	    report_original_part(b, r, head, err) < 0 ||
	    report_write_str(b, end, err) < 0)
		return -1;
	scan_finish(&b->scan);
	b->message->body_traits = b->scan.traits;
	return 0;
}

int
report_make(const struct report *r, struct message *out, struct error *err)
{
	AUTO(buf) struct buf head = BUF_INIT(4 * HEADER_SIZE_MAX);
	AUTO(report_about) struct report_about about = { 0 };
	auto_free char *token = compose_token();
	AUTO(report_body)
	struct report_body body = { .message = out, .scan = SCAN_INIT };
	int rc = -1;

	/* what nothing encoded and no base64 can hold */
	body.boundary = xasprintf("=_%s", token);
	(void)message_head(r->original, &head); /* fits: see mail/message.h */
	report_about_read(&about, buf_str(&head), head.len);
	i18n_use_utf8(true);
	if (report_head(out, r, &about, body.boundary, err) == 0)
		rc = report_body(&body, r, &about, &head, err);
	i18n_use_utf8(false);
	return rc;
}
