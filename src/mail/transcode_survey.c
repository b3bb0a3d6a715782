/* SPDX-License-Identifier: ISC */
/* The first pass: what is in a message, entity by entity. */
#include "config.h"

#include "mail/transcode.h"

#include <stdint.h>
#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/xalloc.h"
#include "mail/encode.h"
#include "mail/encode_field.h"
#include "mail/mime.h"
#include "mail/transcode_parts.h"

/* UTF-8 that comes in pieces. */
struct survey_utf8 {
	char held[4]; /* the begin of a character */
	size_t held_len;
	bool is_bad;
};

struct surveyor {
	struct survey *survey;
	const char *charset;
	const struct mime_walk *walk;
	struct mime_type type; /* of the leaf being read */
	struct scan scan;
	struct encode_size size;
	struct survey_utf8 utf8;
	struct scan margin; /* of all preambles and epilogues */
};

void
survey_release(struct survey *s)
{
	if (!s)
		return;
	free(s->entities);
	*s = (struct survey)SURVEY_INIT;
}

const char *
transcode_charset(const struct transcode_opts *opts)
{
	const char *codeset;

	if (opts->charset)
		return opts->charset;
	codeset = i18n_charset();
	if (!*codeset || text_caseeq(codeset, "UTF-8") ||
	    text_caseeq(codeset, "ANSI_X3.4-1968") ||
	    text_caseeq(codeset, "US-ASCII"))
		return "windows-1252";
	return codeset;
}

/* For the message as a whole. */
static void
survey_add(struct survey *s, unsigned needs)
{
	s->needs |= needs;
	s->needs_beside |= needs;
}

/* --- UTF-8 ---------------------------------------------------------------- */

/* Octets of the character that this octet begins. */
static size_t
survey_utf8_len(char c)
{
	unsigned char u = (unsigned char)c;

	return u < 0xc0 ? 1 : u < 0xe0 ? 2 : u < 0xf0 ? 3 : 4;
}

/* Completes what an earlier piece began; octets of p used. */
static size_t
survey_utf8_resume(struct survey_utf8 *u, const char *p, size_t len)
{
	size_t want = survey_utf8_len(u->held[0]);
	size_t n = 0;
	uint32_t cp;

	while (n < len && u->held_len < want)
		u->held[u->held_len++] = p[n++];
	if (u->held_len < want)
		return n;
	u->is_bad |= utf8_decode(u->held, want, &cp) != want;
	u->held_len = 0;
	return n;
}

static void
survey_utf8_add(struct survey_utf8 *u, const char *p, size_t len)
{
	size_t at = 0;
	uint32_t cp;

	if (u->is_bad)
		return;
	if (u->held_len)
		at = survey_utf8_resume(u, p, len);
	while (at < len && !u->is_bad) {
		size_t n = utf8_decode(p + at, len - at, &cp);

		if (!n && survey_utf8_len(p[at]) > len - at) {
			u->held_len = len - at;
			memcpy(u->held, p + at, len - at);
			return;
		}
		u->is_bad = !n;
		at += n;
	}
}

/* --- events --------------------------------------------------------------- */

static void
survey_field(
    struct surveyor *s, const struct mime_field *f, struct buf *scratch)
{
	if (field_is_long(f))
		survey_add(s->survey, NEED_HEADER_LINES);
	if (!field_is_8bit(f))
		return;
	survey_add(s->survey, NEED_HEADER_7BIT);
	if (!utf8_is_valid(f->text, f->len))
		survey_add(s->survey, NEED_HEADER_UTF8);
	buf_reset(scratch);
	if (encode_field(f, s->charset, scratch) & FIELD_IS_WIDE)
		s->survey->is_wide = true;
}

static void
survey_fields(struct surveyor *s, const char *head, size_t len)
{
	AUTO(buf) struct buf scratch = BUF_INIT(SIZE_MAX / 2);
	struct mime_field f;
	size_t pos = 0;

	if (len <= FIELD_LINE_MAX && text_is_ascii(head, len))
		return;
	while (mime_field_next(head, len, &pos, &f))
		survey_field(s, &f, &scratch);
}

static int
survey_head(void *ctx, const struct mime_entity *e, struct error *err)
{
	struct surveyor *s = ctx;
	struct survey *survey = s->survey;

	(void)err;
	survey_fields(s, e->head, e->head_len);
	s->type = e->type;
	s->scan = (struct scan)SCAN_INIT;
	s->size = (struct encode_size){ 0, 0 };
	s->utf8 = (struct survey_utf8){ .held_len = 0 };
	if (survey->count == SURVEY_ENTITIES_MAX) {
		survey->is_beyond = true;
		return 0;
	}
	if (survey->count == survey->cap) {
		survey->cap = survey->cap ? 2 * survey->cap : 64;
		survey->entities = xrealloc(survey->entities, survey->cap);
	}
	survey->entities[survey->count++] = 0;
	return 0;
}

static int
survey_content(void *ctx, const char *p, size_t len, struct error *err)
{
	struct surveyor *s = ctx;

	(void)err;
	scan_push(&s->scan, p, len);
	if (s->type.is_text)
		encode_size_add(&s->size, p, len);
	/* a charset is given only to what has no type */
	if (!s->type.has_type)
		survey_utf8_add(&s->utf8, p, len);
	return 0;
}

static bool
survey_is_labelled(enum mime_coding coding)
{
	return coding == MIME_CODING_8BIT || coding == MIME_CODING_BINARY;
}

/* Octets that are no lines, and would not arrive as they are. */
static bool
survey_is_binary(const struct traits *t, const struct mime_type *type)
{
	bool is_odd = t->has_nul || t->has_bare_cr;

	if (type->coding == MIME_CODING_BINARY)
		return !type->is_text || is_odd;
	return !type->is_text && type->coding < MIME_CODING_BINARY && is_odd;
}

/* The needs of a body of this type. */
static unsigned
survey_needs(const struct traits *t, const struct mime_type *type)
{
	unsigned needs = 0;

	if (t->has_8bit)
		needs |= NEED_BODY_7BIT;
	if (t->longest_line > BODY_LINE_MAX)
		needs |= NEED_BODY_LINES;
	if (type->kind != MIME_LEAF || type->coding == MIME_CODING_OTHER)
		return needs;
	if (t->has_8bit && !survey_is_labelled(type->coding))
		needs |= NEED_BODY_LABEL;
	if (survey_is_binary(t, type))
		needs |= NEED_BODY_BINARY;
	return needs;
}

/* Octets for which a server may have a place (RFC 3030 3). */
static bool
survey_may_stay(const struct mime_type *type)
{
	return type->kind == MIME_LEAF && type->coding == MIME_CODING_BINARY &&
	       !type->is_text;
}

/* What a leaf, or something like it, needs. */
static void
survey_add_leaf(struct survey *s, const struct mime_type *type, unsigned needs)
{
	s->needs |= needs;
	if (survey_may_stay(type))
		s->has_binary = true;
	else
		s->needs_beside |= needs;
}

/* The multiparts that are open hold such octets, and shall say so. */
static void
survey_mark_levels(struct surveyor *s, unsigned traits)
{
	for (size_t i = 0; i < s->walk->depth; i++) {
		size_t number = s->walk->level[i].number;

		if (number < s->survey->count)
			s->survey->entities[number] |= (unsigned char)traits;
	}
}

static int
survey_content_end(void *ctx, struct error *err)
{
	struct surveyor *s = ctx;
	unsigned needs;

	(void)err;
	scan_finish(&s->scan);
	needs = survey_needs(&s->scan.traits, &s->type);
	survey_add_leaf(s->survey, &s->type, needs);
	if (s->survey->is_beyond)
		return 0;
	if (s->scan.traits.has_8bit)
		survey_mark_levels(s, NEED_BODY_LABEL);
	if (survey_may_stay(&s->type)) {
		survey_mark_levels(s, ENTITY_IS_BINARY);
		needs |= ENTITY_IS_BINARY;
	}
	if (encode_size_wants_base64(&s->size))
		needs |= ENTITY_WANTS_BASE64;
	if (s->utf8.is_bad || s->utf8.held_len)
		needs |= ENTITY_IS_NOT_UTF8;
	s->survey->entities[s->survey->count - 1] = (unsigned char)needs;
	return 0;
}

static int
survey_frame(void *ctx, enum mime_frame frame, const char *p, size_t len,
    struct error *err)
{
	struct surveyor *s = ctx;

	(void)err;
	if (frame == MIME_DELIMITER) {
		scan_push(&s->margin, "\n", 1); /* no line goes on behind it */
		return 0;
	}
	scan_push(&s->margin, p, len);
	if (!text_is_ascii(p, len))
		survey_add(s->survey, NEED_BODY_LABEL);
	return 0;
}

static const struct mime_events survey_events = { survey_head, survey_content,
	survey_content_end, survey_frame };

/* --- the pass ------------------------------------------------------------- */

int
transcode_walk(struct mime_walk *walk, const struct message *m,
    const struct buf *head, struct error *err)
{
	AUTO(spool_reader) struct spool_reader in;
	const char *p;
	size_t len;
	int rc;

	spool_reader_init(&in, &m->body, 0);
	rc = mime_walk_head(walk, buf_str(head), head->len, err);
	while (rc == 0 && (rc = spool_next(&in, &p, &len, err)) > 0)
		rc = mime_walk_push(walk, p, len, err);
	return rc < 0 ? -1 : mime_walk_finish(walk, err);
}

int
transcode_survey(const struct message *m, const struct buf *head,
    const char *charset, struct survey *survey, struct error *err)
{
	static const struct mime_type margin = { .kind = MIME_MULTIPART };
	AUTO(mime_walk) struct mime_walk walk;
	struct surveyor s = { .survey = survey,
		.charset = charset,
		.walk = &walk,
		.scan = SCAN_INIT,
		.margin = SCAN_INIT };

	mime_walk_init(&walk, &survey_events, &s);
	if (transcode_walk(&walk, m, head, err) < 0)
		return -1;
	scan_finish(&s.margin);
	survey_add(survey, survey_needs(&s.margin.traits, &margin));
	survey->is_walked = true;
	return 0;
}

int
message_survey(const struct message *m, const struct transcode_opts *opts,
    struct survey *survey, struct error *err)
{
	AUTO(buf) struct buf head = BUF_INIT(4 * HEADER_SIZE_MAX);
	const struct traits *t = &m->body_traits;
	struct surveyor s = { .survey = survey };
	struct mime_type type;

	(void)message_head(m, &head); /* fits: twice the header at most */
	mime_type_read(&type, buf_str(&head), head.len, false);
	if ((type.kind == MIME_MULTIPART || type.kind == MIME_MESSAGE) &&
	    (t->has_8bit || t->has_nul || t->has_bare_cr ||
		t->longest_line > BODY_LINE_MAX))
		return transcode_survey(
		    m, &head, transcode_charset(opts), survey, err);
	/* the locale is asked only where that matters */
	s.charset = text_is_ascii(buf_str(&head), head.len)
			? "us-ascii"
			: transcode_charset(opts);
	survey_fields(&s, buf_str(&head), head.len);
	survey_add_leaf(survey, &type, survey_needs(t, &type));
	return 0;
}
