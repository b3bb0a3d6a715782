/* SPDX-License-Identifier: ISC */
/* The words and specials of an address list (RFC 5322 3.2), for the parser
 * beside it alone. */
#ifndef MAIL_ADDR_LEX_H
#define MAIL_ADDR_LEX_H

#include <stddef.h>

#include "base/buf.h"

/* Octets kept of one word, and of one candidate for a local part or a domain:
 * longer ones are no address, but may be a display name. */
#define ADDR_PART_MAX 1024

enum addr_token {
	TOKEN_FAILED = -1,
	TOKEN_END = 0,
	TOKEN_WORD = 'a',
	TOKEN_QUOTED = '"',
	TOKEN_LITERAL = '[',
	/* and the specials < > : ; , @ . as they are */
};

struct addr_lex {
	const char *s;
	size_t len;
	size_t pos;
	size_t token_at;   /* octet where the last token begins */
	struct buf text;   /* of a word, quoted string (its meaning) or literal;
			    * is_full when it was too long */
	const char *fault; /* the first thing wrong, untranslated, or NULL */
	size_t fault_at;
};

/* The next token behind blanks, folds and comments. */
enum addr_token addr_lex_next(struct addr_lex *x);
/* Notes what is wrong, unless something was before; -1. */
int addr_lex_fail(struct addr_lex *x, size_t at, const char *fault);

#endif
