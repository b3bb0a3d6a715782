/* SPDX-License-Identifier: ISC */
/*
 * The header block, held in memory as a list of raw fields (RFC 5322 2.2), and
 * the push parser that finds it.  This is the only place that decides where a
 * field begins and what it is called: what is read as a Bcc is what is removed
 * as one.
 *
 *	a line	of CRs alone, or nothing	ends the header
 *		that begins with a blank	belongs to the field before
 *		"name:", "name  :"		begins a field
 *		anything else			ends the header and is the first
 *						line of the body
 * A first line "From " or ">From " (mbox) is passed over.
 */
#ifndef MAIL_HEADER_H
#define MAIL_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

/* A header block larger than this is refused (ERR_DATA). */
#define HEADER_SIZE_MAX (1024 * 1024) /* octets */
#define HEADER_LINES_MAX 10000
/* Octets that header_push takes at once. */
#define HEADER_PUSH_MAX (64 * 1024)
/* Octets up to a field's colon: beyond them a line is no field. */
#define HEADER_NAME_MAX 998

/* The fields that mean something to us. */
enum field_id {
	FIELD_OTHER,
	FIELD_FROM,
	FIELD_SENDER,
	FIELD_TO,
	FIELD_CC,
	FIELD_BCC,
	FIELD_DATE,
	FIELD_MESSAGE_ID,
	FIELD_RESENT_FROM,
	FIELD_RESENT_SENDER,
	FIELD_RESENT_TO,
	FIELD_RESENT_CC,
	FIELD_RESENT_BCC,
	FIELD_RESENT_DATE,
	FIELD_RESENT_MESSAGE_ID,
	FIELD_RESENT_OTHER, /* any other name in Resent- */
	FIELD_REPLY_TO,
	FIELD_RECEIVED,
	FIELD_RETURN_PATH,
	FIELD_CONTENT_LENGTH,
	FIELD_COUNT
};

struct field {
	enum field_id id;
	size_t at; /* octets from the start of header.text */
	size_t name_len;
	size_t value; /* octets from at to the first one behind the colon */
	size_t len;   /* of the whole field with folds and final line end */
	bool is_removed;
	char *edited; /* what leaves instead, a whole field with LF line ends;
		       * owned; or NULL */
};

enum header_state {
	HEADER_START,  /* nothing seen yet */
	HEADER_FIELDS, /* fields, or what may be one */
	HEADER_GUARD,  /* behind a line that is no field: see header.c */
	HEADER_DONE,
};

struct header {
	struct buf text; /* as it came in, NULs included */
	struct field *fields;
	size_t count;
	size_t cap;

	enum header_state state;
	size_t line_at; /* octets of text that are parsed */
	size_t scanned; /* octets of text known to hold no further LF */
	size_t lines;
	size_t body_at; /* once DONE: where in text the body begins */
};

#define HEADER_INIT                                                            \
	{                                                                      \
		.text = BUF_INIT(HEADER_SIZE_MAX + 2 * HEADER_PUSH_MAX)        \
	}

void header_release(struct header *h);

/* Appends up to HEADER_PUSH_MAX octets.  1 when the header has ended: the
 * octets of text from body_at on are no part of it.  0 while it goes on.
 * ERR_DATA: over the limits, or a field name that could be read two ways. */
int header_push(struct header *h, const char *p, size_t len, struct error *err);
/* No more octets come: 1 or -1 as header_push. */
int header_finish(struct header *h, struct error *err);

/* The name as the RFCs write it; "" for those without one. */
const char *header_field_name(enum field_id id);
/* The id of a name of len octets, whatever its case. */
enum field_id header_field_id(const char *name, size_t len);
/* The first and the past-the-last field of the first resent block (RFC 5322
 * 3.6.6), equal when there is none. */
void header_resent_block(const struct header *h, size_t *first, size_t *end);

/* The value with its line ends dropped, blanks, NULs and bare CRs kept. */
void header_unfold(
    const struct header *h, const struct field *f, struct buf *out);
/* The field as it will leave: lines end in LF, NUL is '?', a bare CR a blank
 * (a line break there would make a field of what was a value). */
void header_emit(
    const struct header *h, const struct field *f, struct buf *out);

#endif
