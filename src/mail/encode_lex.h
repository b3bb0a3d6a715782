/* SPDX-License-Identifier: ISC */
/*
 * The tokens of structured header fields (RFC 5322 3.2), and fields made of
 * them written with what is not ASCII encoded.
 */
#ifndef MAIL_ENCODE_LEX_H
#define MAIL_ENCODE_LEX_H

#include <stdbool.h>
#include <stddef.h>

#include "mail/encode_fold.h"

enum lex_kind {
	LEX_END = 0,
	LEX_BLANK = ' ',
	LEX_COMMENT = '(',
	LEX_QUOTED = '"',
	LEX_LITERAL = '[',
	LEX_ATOM = 'a',
	LEX_BROKEN = '?', /* never closed: all the rest */
			  /* and the specials < > , ; : @ . as they are */
};

struct lex_token {
	enum lex_kind kind;
	const char *p;
	size_t len;
};

/* The token at *p, which moves behind it. */
struct lex_token lex_next(const char **p, const char *end);
/* Whether any token of the kind stands between p and end. */
bool lex_has(const char *p, const char *end, enum lex_kind kind);

/* Writes a comment, its words encoded where they need it. */
void lex_write_comment(struct fold *f, const struct lex_token *t, bool is_utf8);
/* Words of a phrase (RFC 5322 3.2.5), with comments. */
void lex_write_phrase(
    struct fold *f, const char *p, const char *end, bool is_utf8);
/* Tokens as they are, but for comments.  -1 where one is not ASCII, or never
 * closed. */
int lex_write_rigid(
    struct fold *f, const char *p, const char *end, bool is_utf8);

/* An address list (RFC 5322 3.4); *is_wide: see FIELD_IS_WIDE.  -1, with
 * something written, where it is no such list. */
int encode_address(struct fold *f, const char *p, const char *end, bool is_utf8,
    bool *is_wide);
/* A value with parameters (RFC 2045 5.1, RFC 2231). */
void encode_param(struct fold *f, const char *value, size_t len, bool is_utf8);

#endif
