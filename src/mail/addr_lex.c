/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail/addr_lex.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"

/* How deep comments may nest: more is not mail. */
#define ADDR_COMMENT_DEPTH 64

int
addr_lex_fail(struct addr_lex *x, size_t at, const char *fault)
{
	if (!x->fault) {
		x->fault = fault;
		x->fault_at = at;
	}
	return -1;
}

/* Octets of a line end that is a fold, at pos; 0 for none. */
static size_t
addr_fold_len(const struct addr_lex *x, size_t pos)
{
	size_t n = x->s[pos] == '\r' && pos + 1 < x->len ? 1 : 0;

	if (x->s[pos + n] != '\n')
		return 0;
	n++;
	if (pos + n < x->len && !text_is_blank(x->s[pos + n]))
		return 0;
	return n;
}

static int
addr_skip_comment(struct addr_lex *x)
{
	size_t start = x->pos;
	int depth = 0;

	for (; x->pos < x->len; x->pos++) {
		char c = x->s[x->pos];

		if (c == '\\')
			x->pos++;
		else if (c == '(' && ++depth > ADDR_COMMENT_DEPTH)
			return addr_lex_fail(
			    x, x->pos, N_("comments nested too deep"));
		else if (c == ')' && --depth == 0) {
			x->pos++;
			return 0;
		}
	}
	return addr_lex_fail(
	    x, start, N_("a parenthesis that is never closed"));
}

/* RFC 5322 3.2.2: CFWS */
static int
addr_skip_blanks(struct addr_lex *x)
{
	while (x->pos < x->len) {
		size_t fold = addr_fold_len(x, x->pos);

		if (fold)
			x->pos += fold;
		else if (text_is_blank(x->s[x->pos]))
			x->pos++;
		else if (x->s[x->pos] != '(')
			break;
		else if (addr_skip_comment(x) < 0)
			return -1;
	}
	return 0;
}

static enum addr_token
addr_read_quoted(struct addr_lex *x)
{
	size_t start = x->pos++;

	while (x->pos < x->len) {
		char c = x->s[x->pos];
		size_t fold = addr_fold_len(x, x->pos);

		if (fold) {
			x->pos += fold;
			continue;
		}
		x->pos++;
		if (c == '"')
			return TOKEN_QUOTED;
		if (c == '\\' && x->pos < x->len)
			c = x->s[x->pos++];
		(void)buf_add_char(&x->text, c); /* is_full is looked at */
	}
	(void)addr_lex_fail(
	    x, start, N_("a quotation mark that is never closed"));
	return TOKEN_FAILED;
}

static enum addr_token
addr_read_literal(struct addr_lex *x)
{
	const char *end = memchr(x->s + x->pos, ']', x->len - x->pos);
	size_t n;

	if (!end) {
		(void)addr_lex_fail(
		    x, x->pos, N_("a bracket that is never closed"));
		return TOKEN_FAILED;
	}
	n = (size_t)(end + 1 - (x->s + x->pos));
	(void)buf_add(&x->text, x->s + x->pos, n);
	x->pos += n;
	return TOKEN_LITERAL;
}

/* What is no atom but opens nothing either goes into the word: harmless in a
 * display name, refused in an address. */
static enum addr_token
addr_read_word(struct addr_lex *x)
{
	static const char ends[] = "(<>[:;@,.\" \t\r\n";
	size_t start = x->pos;

	while (
	    x->pos < x->len && (!x->s[x->pos] || !strchr(ends, x->s[x->pos])))
		x->pos++;
	if (x->pos == start) {
		(void)addr_lex_fail(x, start, N_("a line break"));
		return TOKEN_FAILED;
	}
	(void)buf_add(&x->text, x->s + start, x->pos - start);
	return TOKEN_WORD;
}

enum addr_token
addr_lex_next(struct addr_lex *x)
{
	if (addr_skip_blanks(x) < 0)
		return TOKEN_FAILED;
	x->token_at = x->pos;
	buf_reset(&x->text);
	if (x->pos == x->len)
		return TOKEN_END;
	switch (x->s[x->pos]) {
	case '"':
		return addr_read_quoted(x);
	case '[':
		return addr_read_literal(x);
	case '<':
	case '>':
	case ':':
	case ';':
	case ',':
	case '@':
	case '.':
		return (enum addr_token)x->s[x->pos++];
	default:
		return addr_read_word(x);
	}
}
