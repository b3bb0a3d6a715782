/* SPDX-License-Identifier: ISC */
/*
 * Replies, line by line (RFC 5321 4.2):
 *
 *	*( 3DIGIT "-" text CRLF ) 3DIGIT [ SP text ] CRLF
 *
 * The first digit is 2..5 and all lines of a reply bear the same code; what is
 * otherwise is no reply and the connection cannot be trusted any more.
 */
#ifndef SMTP_PARSE_H
#define SMTP_PARSE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/reply.h"

#define PARSE_LINE_MAX 4096          /* octets, without the line's end */
#define PARSE_LINES_MAX 256          /* lines in one reply */
#define PARSE_OCTETS_MAX (64 * 1024) /* octets in one reply */
#define PARSE_TEXT_MAX 2048          /* octets of text that are kept */

/* One reply in the making. */
struct parse {
	int code;              /* 0 before the first line */
	unsigned lines;        /* seen so far */
	size_t octets;         /* seen so far, line ends not counted */
	unsigned short esc[3]; /* of the first line (RFC 2034) */
	struct buf text;       /* what lies past its ceiling is dropped */
};

void parse_init(struct parse *p, size_t text_max);
void parse_release(struct parse *p);
AUTO_DEFINE(parse);

/*
 * One line without its end.  1: the reply is complete; 0: it goes on; -1 with
 * ERR_PROTOCOL and the line (its start) in the detail.  *text is set to what
 * stands behind the code, borrowed from line; its length is *text_len.
 */
int parse_line(struct parse *p, const char *line, size_t len, const char **text,
    size_t *text_len, struct error *err);

/* Moves what was read into reply. */
void parse_take(struct parse *p, struct reply *reply);

#endif
