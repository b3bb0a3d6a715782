/* SPDX-License-Identifier: ISC */
/* The second pass: the copy. */
#include "config.h"

#include "mail/transcode.h"

#include <stdint.h>
#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "mail/canon.h"
#include "mail/encode.h"
#include "mail/transcode_parts.h"

/* Where a line of a preamble or epilogue is broken. */
#define MARGIN_COLUMNS 900

struct transcoder {
	const struct survey *survey;
	const struct transcode_opts *opts;
	unsigned needs;
	struct message *out;
	struct buf head; /* of the message */
	struct scan scan;
	struct canon canon;     /* where the message's line ends are made */
	bool is_kept;           /* the leaf: no line ends are made in it */
	struct encoder encoder; /* of the leaf, if encoding is not NOT */
	size_t column;          /* in a preamble or epilogue */
	bool is_behind_8bit;    /* there, too */
	bool is_behind_delimiter;
};

static void
transcoder_release(struct transcoder *t)
{
	buf_release(&t->head);
}
AUTO_DEFINE(transcoder);

static const char *const transcode_codings[] = {
	[ENCODE_QP] = "quoted-printable",
	[ENCODE_QP_AGAIN] = "quoted-printable",
	[ENCODE_BASE64_TEXT] = "base64",
	[ENCODE_BASE64] = "base64",
	[ENCODE_BASE64_AGAIN] = "base64",
};

/* Adds to the new body. */
static int
transcode_write(void *ctx, const char *p, size_t len, struct error *err)
{
	AUTO(buf) struct buf lines = BUF_INIT(SIZE_MAX / 2);
	struct transcoder *t = ctx;

	scan_push(&t->scan, p, len);
	if (!t->opts->keeps_binary || t->is_kept)
		return spool_add(&t->out->body, p, len, err);
	canon_add(&t->canon, p, len, &lines);
	return spool_add(&t->out->body, buf_str(&lines), lines.len, err);
}

/* --- one entity ----------------------------------------------------------- */

static int
transcode_refuse(enum mime_kind kind, struct error *err)
{
	if (kind != MIME_SEALED)
		return err_set(err, ERR_CONVERT,
		    _("a part in an unknown encoding would have to be "
		      "converted for the server"));
	(void)err_set(err, ERR_CONVERT,
	    _("a part that must not be changed would have to be converted for "
	      "the server"));
	return err_hint(err,
	    _("It is signed, encrypted or without a usable boundary: let the "
	      "mail program write it in 7 bits and short lines."));
}

/* How a leaf must be encoded; traits: of survey. */
static int
transcode_choose(const struct transcoder *t, const struct mime_type *type,
    unsigned traits, enum encoding *encoding, struct error *err)
{
	unsigned needs = traits & t->needs & NEED_BODY;
	bool is_encoded = type->coding == MIME_CODING_QP ||
			  type->coding == MIME_CODING_BASE64;

	*encoding = ENCODE_NOT;
	if (type->kind == MIME_MULTIPART || type->kind == MIME_MESSAGE ||
	    !needs || (needs == NEED_BODY_LABEL && !is_encoded))
		return 0;
	if (type->kind == MIME_SEALED || type->coding == MIME_CODING_OTHER)
		return transcode_refuse(type->kind, err);
	if (type->coding == MIME_CODING_QP)
		*encoding = ENCODE_QP_AGAIN;
	else if (type->coding == MIME_CODING_BASE64)
		*encoding = ENCODE_BASE64_AGAIN;
	else if (!type->is_text || (needs & NEED_BODY_BINARY))
		*encoding = ENCODE_BASE64;
	else if (traits & ENTITY_WANTS_BASE64)
		*encoding = ENCODE_BASE64_TEXT;
	else
		*encoding = ENCODE_QP;
	return 0;
}

/* A label that fits better than that which is there; NULL: it may stay. */
static const char *
transcode_label(
    const struct transcoder *t, const struct mime_type *type, unsigned traits)
{
	bool is_leaf = type->kind == MIME_LEAF || type->kind == MIME_SEALED;
	bool is_wide = type->coding == MIME_CODING_8BIT ||
		       type->coding == MIME_CODING_BINARY;

	if (t->opts->keeps_binary && (traits & ENTITY_IS_BINARY))
		return type->coding == MIME_CODING_BINARY ? NULL : "binary";
	if (t->needs & NEED_BODY_7BIT)
		return is_wide && !(is_leaf && (traits & NEED_BODY_7BIT))
			   ? "7bit"
			   : NULL;
	if (!is_wide && (traits & t->needs & NEED_BODY_LABEL))
		return "8bit";
	if ((t->needs & NEED_BODY_BINARY) &&
	    type->coding == MIME_CODING_BINARY && !is_leaf)
		return "8bit";
	return NULL;
}

/* The type of text that does not say what it is (RFC 1428 3); owned. */
static char *
transcode_type(const struct transcoder *t, unsigned traits)
{
	const char *charset = t->opts->charset;

	if (!(traits & NEED_BODY_7BIT))
		charset = "us-ascii";
	else if (!(traits & ENTITY_IS_NOT_UTF8))
		charset = "utf-8";
	else if (!charset || strpbrk(charset, " \t\"\\;,=()<>@:/[]?"))
		charset = "unknown-8bit";
	return xasprintf("text/plain; charset=%s", charset);
}

static int
transcode_put_head(struct transcoder *t, const struct mime_entity *e,
    const struct head_edit *edit, struct error *err)
{
	AUTO(buf) struct buf head = BUF_INIT(SIZE_MAX / 2);
	const char *blank = e->blank;

	if (!e->number)
		return transcode_head(e, edit, &t->head, err);
	if (transcode_head(e, edit, &head, err) < 0)
		return -1;
	/* a CR might meet an LF and become one line end with it */
	if (strcmp(blank, "\r") == 0)
		blank = "\n";
	if (transcode_write(t, buf_str(&head), head.len, err) < 0)
		return -1;
	return transcode_write(t, blank, strlen(blank), err);
}

static int
transcode_on_head(void *ctx, const struct mime_entity *e, struct error *err)
{
	struct transcoder *t = ctx;
	unsigned traits =
	    e->number < t->survey->count ? t->survey->entities[e->number] : 0;
	struct head_edit edit = { .needs = t->needs & NEED_HEADER,
		.charset = transcode_charset(t->opts) };
	auto_free char *type = NULL;
	enum encoding encoding = ENCODE_NOT;
	bool is_kept = t->opts->keeps_binary && e->type.kind == MIME_LEAF &&
		       (traits & ENTITY_IS_BINARY);

	if (!is_kept &&
	    transcode_choose(t, &e->type, traits, &encoding, err) < 0)
		return -1;
	edit.coding = encoding == ENCODE_NOT
			  ? transcode_label(t, &e->type, traits)
			  : transcode_codings[encoding];
	edit.is_length_stale = encoding != ENCODE_NOT || e->is_message;
	if (edit.coding && !e->type.has_type)
		type = transcode_type(t, traits);
	edit.type = type;
	encoder_init(&t->encoder, encoding, transcode_write, t);
	if (transcode_put_head(t, e, &edit, err) < 0)
		return -1;
	t->is_kept = is_kept; /* from here on */
	t->canon.is_after_cr = false;
	return 0;
}

static int
transcode_on_content(void *ctx, const char *p, size_t len, struct error *err)
{
	struct transcoder *t = ctx;

	if (t->encoder.encoding == ENCODE_NOT)
		return transcode_write(t, p, len, err);
	return encoder_add(&t->encoder, p, len, err);
}

static int
transcode_on_content_end(void *ctx, struct error *err)
{
	struct transcoder *t = ctx;

	t->is_kept = false;
	if (t->encoder.encoding == ENCODE_NOT)
		return 0;
	return encoder_end(&t->encoder, err);
}

/* --- between the entities ------------------------------------------------- */

/* One octet of a preamble or epilogue.  No label covers those: servers take
 * them for 7bit, and nobody reads them. */
static void
transcode_margin(struct transcoder *t, char c, struct buf *out)
{
	bool may_be_8bit = !(t->needs & (NEED_BODY_7BIT | NEED_BODY_LABEL));
	bool is_8bit = (unsigned char)c >= 0x80;
	bool is_inside = is_8bit && ((unsigned char)c & 0xc0) == 0x80;

	if (c == '\n' || c == '\r') {
		t->column = 0;
	} else if ((t->needs & NEED_BODY_LINES) &&
		   ++t->column > MARGIN_COLUMNS && !is_inside) {
		/* the blank: so that it cannot be a delimiter */
		(void)buf_add_str(out, "\n ");
		t->column = 2;
	}
	/* one for each character, as far as can be told; no boundary can have
	 * it (RFC 2046 5.1.1), so that no line becomes a delimiter */
	if (!is_8bit || may_be_8bit)
		(void)buf_add_char(out, c);
	else if (!is_inside || !t->is_behind_8bit)
		(void)buf_add_char(out, '*');
	t->is_behind_8bit = is_8bit;
}

static int
transcode_on_frame(void *ctx, enum mime_frame frame, const char *p, size_t len,
    struct error *err)
{
	AUTO(buf) struct buf out = BUF_INIT(SIZE_MAX / 2);
	struct transcoder *t = ctx;

	if (frame == MIME_DELIMITER) {
		/* a CR, as above; not before the delimiter, where it may stand
		 * behind another one */
		if (t->is_behind_delimiter && len == 1 && *p == '\r')
			p = "\n";
		t->is_behind_delimiter = *p == '-';
		t->column = 0;
		return transcode_write(t, p, len, err);
	}
	for (size_t i = 0; i < len; i++)
		transcode_margin(t, p[i], &out);
	return transcode_write(t, buf_str(&out), out.len, err);
}

static const struct mime_events transcode_events = { transcode_on_head,
	transcode_on_content, transcode_on_content_end, transcode_on_frame };

/* --- the message ---------------------------------------------------------- */

/* The body as it is, for a header that alone is changed. */
static int
transcode_copy_body(
    const struct message *in, struct message *out, struct error *err)
{
	AUTO(spool_reader) struct spool_reader r;
	const char *p;
	size_t len;
	int rc;

	out->body_traits = in->body_traits;
	spool_reader_init(&r, &in->body, 0);
	if (in->body.fd >= 0 && !in->body.mem.len)
		return spool_use_file(
		    &out->body, in->body.fd, in->body.base, in->body.size, err);
	while ((rc = spool_next(&r, &p, &len, err)) > 0)
		if (spool_add(&out->body, p, len, err) < 0)
			return -1;
	return rc;
}

static int
transcode_only_header(struct transcoder *t, const struct message *in,
    const struct buf *head, struct error *err)
{
	struct mime_entity e = {
		.is_message = true, .head = buf_str(head), .head_len = head->len
	};
	struct head_edit edit = { .needs = t->needs,
		.charset = transcode_charset(t->opts) };

	mime_type_read(&e.type, e.head, e.head_len, false);
	if (transcode_head(&e, &edit, &t->head, err) < 0)
		return -1;
	return transcode_copy_body(in, t->out, err);
}

static int
transcode_parts(struct transcoder *t, const struct message *in,
    const struct buf *head, struct error *err)
{
	AUTO(mime_walk) struct mime_walk walk;

	mime_walk_init(&walk, &transcode_events, t);
	if (t->survey->is_beyond &&
	    ((t->needs & NEED_BODY) || t->opts->keeps_binary))
		return err_set(err, ERR_CONVERT,
		    _("the message has too many parts to be converted for the "
		      "server"));
	if (transcode_walk(&walk, in, head, err) < 0)
		return -1;
	scan_finish(&t->scan);
	t->out->body_traits = t->scan.traits;
	if (!t->opts->keeps_binary)
		return 0;
	t->out->is_binary = true;
	t->out->body_traits.wire_size = (uint64_t)t->out->body.size;
	t->out->body_traits.lines = 0;
	return 0;
}

/* Gives the message its new header. */
static int
transcode_put_header(struct transcoder *t, struct error *err)
{
	struct header *h = &t->out->header;
	int rc = 0;

	for (size_t at = 0; rc == 0 && at < t->head.len;) {
		size_t n = t->head.len - at;

		n = n < HEADER_PUSH_MAX ? n : HEADER_PUSH_MAX;
		rc = header_push(h, t->head.data + at, n, err);
		at += n;
	}
	if (rc == 0)
		rc = header_finish(h, err);
	return rc < 0 ? -1 : 0;
}

int
message_transcode(const struct message *in, struct survey *survey,
    unsigned needs, const struct transcode_opts *opts, struct message *out,
    struct error *err)
{
	AUTO(buf) struct buf head = BUF_INIT(4 * HEADER_SIZE_MAX);
	AUTO(transcoder)
	struct transcoder t = { .survey = survey,
		.opts = opts,
		.needs = needs & survey->needs,
		.out = out,
		.head = BUF_INIT(SIZE_MAX / 2),
		.scan = SCAN_INIT };
	int rc;

	(void)message_head(in, &head); /* fits: twice the header at most */
	if (((t.needs & NEED_BODY) || opts->keeps_binary) &&
	    !survey->is_walked &&
	    transcode_survey(in, &head, transcode_charset(opts), survey, err) <
		0)
		return -1;
	if (survey->is_walked)
		rc = transcode_parts(&t, in, &head, err);
	else
		rc = transcode_only_header(&t, in, &head, err);
	return rc < 0 ? -1 : transcode_put_header(&t, err);
}
