/* SPDX-License-Identifier: ISC */
/*
 * A message made fit for a server that does not take everything (RFC 6152,
 * 6531; RFC 5321 4.5.3.1.6): a look at what is in it, then, where that is too
 * much, a copy with the parts in question encoded.
 *
 *	leaf		quoted-printable for text, base64 for the rest and for
 *			text that would grow by more than a third; what is
 *			encoded already is repaired
 *	multipart,	looked into; their labels become 7bit
 *	message/rfc822
 *	preamble,	text for nobody: '*' for what is not ASCII, long lines
 *	epilogue	are broken
 *	sealed		(see mail/mime.h) never touched: ERR_CONVERT where it
 *			would have to be
 *	header fields	mail/encode_field.h
 *	labels		what holds 8 bits says so; text that says nothing gets
 *			a type and charset (RFC 1428)
 *
 * What needs nothing stays octet by octet as it was.  Memory does not depend
 * on the size of the message.
 *
 * Where a server takes them (RFC 3030), leaves that are labelled binary and are
 * no text stay so, whatever they hold: see keeps_binary.
 */
#ifndef MAIL_TRANSCODE_H
#define MAIL_TRANSCODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "mail/message.h"

/* Entities whose traits are kept; a message with more is not converted. */
#define SURVEY_ENTITIES_MAX 65536
/* Octets of a body's line (RFC 5321 4.5.3.1.6). */
#define BODY_LINE_MAX 998

/* What shall be done: bits. */
enum need {
	NEED_BODY_7BIT = 1 << 0,   /* no octet over 127 in the body */
	NEED_BODY_LINES = 1 << 1,  /* no line over 998 octets in it */
	NEED_BODY_BINARY = 1 << 2, /* octets that are no lines are kept: of
				    * parts labelled binary, and NULs and bare
				    * CRs of all that is no text */
	NEED_BODY_LABEL = 1 << 3,  /* no octet over 127 without a label */
	NEED_HEADER_7BIT = 1 << 4, /* all fields ASCII, also those of parts */
	NEED_HEADER_UTF8 = 1 << 5, /* all fields UTF-8: enough for SMTPUTF8 */
	NEED_HEADER_LINES = 1 << 6,
};
#define NEED_BODY                                                              \
	(NEED_BODY_7BIT | NEED_BODY_LINES | NEED_BODY_BINARY | NEED_BODY_LABEL)
#define NEED_HEADER (NEED_HEADER_7BIT | NEED_HEADER_UTF8 | NEED_HEADER_LINES)

struct transcode_opts {
	/* of octets that are not UTF-8, a name that iconv knows; NULL: the
	 * locale's, or windows-1252 where that is UTF-8 or ASCII.  A charset
	 * that is named here is believed for a body, too, that says
	 * nothing. */
	const char *charset;
	/* Leaves labelled binary that are no text stay as they are; all else
	 * gets the line ends of the wire, and out->is_binary is set. */
	bool keeps_binary;
};

/* What one look at a message found. */
struct survey {
	unsigned needs; /* the needs that would find something to do; enum
			 * need */
	unsigned needs_beside; /* those of all but leaves that keeps_binary
				* would keep */
	bool has_binary;       /* there is such a leaf */
	bool is_wide;          /* an address whose local part is not ASCII: only
				* SMTPUTF8 can carry it (RFC 6531 3.2) */
	/* the rest is transcode's */
	bool is_walked;
	bool is_beyond;          /* more entities than are kept */
	unsigned char *entities; /* traits of each, by number */
	size_t count, cap;
};

#define SURVEY_INIT                                                            \
	{                                                                      \
		0, 0, false, false, false, false, NULL, 0, 0                   \
	}

void survey_release(struct survey *s);
AUTO_DEFINE(survey);

/*
 * Looks at a message that has been read; survey is SURVEY_INIT.  The body is
 * read only where it has parts, and octets in it that could need something.
 * ERR_IO.
 */
int message_survey(const struct message *m, const struct transcode_opts *opts,
    struct survey *survey, struct error *err);

/*
 * Makes of `in` what the needs ask for; out is a message that was initialised,
 * with its own header and body afterwards.  in and survey (of in) stay.
 *
 * ERR_CONVERT: a sealed part, or one in an encoding that is not known, would
 * have to be changed; a header line has no place to be folded at.  ERR_DATA:
 * the header becomes too long.  ERR_IO.  -1 leaves out as it is to be
 * released.
 */
int message_transcode(const struct message *in, struct survey *survey,
    unsigned needs, const struct transcode_opts *opts, struct message *out,
    struct error *err);

#endif
