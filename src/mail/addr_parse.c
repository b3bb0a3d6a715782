/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail/addr.h"

#include <string.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"

/* How deep comments may nest: more is not mail. */
#define ADDR_COMMENT_DEPTH 64
/* Octets kept of one candidate for a local part or a domain: longer ones are
 * no address, but may be a display name. */
#define ADDR_PART_MAX 1024

enum addr_token {
	TOKEN_FAILED = -1,
	TOKEN_END = 0,
	TOKEN_WORD = 'a',
	TOKEN_QUOTED = '"',
	TOKEN_LITERAL = '[',
	/* and the specials < > : ; , @ . as they are */
};

/* One item of the list, as far as it could be an addr-spec. */
struct addr_item {
	struct buf local; /* meaning: without quotes */
	struct buf domain;
	size_t at; /* octet where it begins */
	size_t tokens;
	bool has_at;
	bool has_quotes;
	bool is_closed;    /* by a word or literal: another word cannot join */
	const char *fault; /* why it is no addr-spec, or NULL */
	size_t fault_at;
};

struct addr_parser {
	const char *s;
	size_t len;
	size_t pos;
	size_t token_at;
	struct buf token; /* text of the last word, quoted string, literal */
	struct addr_item item;
	bool in_group;
	const char *fault;
	size_t fault_at;
	struct addr_list *out;
};

static int
addr_parser_fail(struct addr_parser *p, size_t at, const char *fault)
{
	if (!p->fault) {
		p->fault = fault;
		p->fault_at = at;
	}
	return -1;
}

/* --- tokens --------------------------------------------------------------- */

/* Octets of a line end that is a fold, at pos; 0 for none. */
static size_t
addr_fold_len(const struct addr_parser *p, size_t pos)
{
	size_t n = p->s[pos] == '\r' && pos + 1 < p->len ? 1 : 0;

	if (p->s[pos + n] != '\n')
		return 0;
	n++;
	if (pos + n < p->len && !text_is_blank(p->s[pos + n]))
		return 0;
	return n;
}

static int
addr_skip_comment(struct addr_parser *p)
{
	size_t start = p->pos;
	int depth = 0;

	for (; p->pos < p->len; p->pos++) {
		char c = p->s[p->pos];

		if (c == '\\')
			p->pos++;
		else if (c == '(' && ++depth > ADDR_COMMENT_DEPTH)
			return addr_parser_fail(
			    p, p->pos, N_("comments nested too deep"));
		else if (c == ')' && --depth == 0) {
			p->pos++;
			return 0;
		}
	}
	return addr_parser_fail(
	    p, start, N_("a parenthesis that is never closed"));
}

/* RFC 5322 3.2.2: CFWS */
static int
addr_skip_blanks(struct addr_parser *p)
{
	while (p->pos < p->len) {
		size_t fold = addr_fold_len(p, p->pos);

		if (fold)
			p->pos += fold;
		else if (text_is_blank(p->s[p->pos]))
			p->pos++;
		else if (p->s[p->pos] != '(')
			break;
		else if (addr_skip_comment(p) < 0)
			return -1;
	}
	return 0;
}

static enum addr_token
addr_read_quoted(struct addr_parser *p)
{
	size_t start = p->pos++;

	while (p->pos < p->len) {
		char c = p->s[p->pos];
		size_t fold = addr_fold_len(p, p->pos);

		if (fold) {
			p->pos += fold;
			continue;
		}
		p->pos++;
		if (c == '"')
			return TOKEN_QUOTED;
		if (c == '\\' && p->pos < p->len)
			c = p->s[p->pos++];
		(void)buf_add_char(&p->token, c); /* is_full is looked at */
	}
	(void)addr_parser_fail(
	    p, start, N_("a quotation mark that is never closed"));
	return TOKEN_FAILED;
}

static enum addr_token
addr_read_literal(struct addr_parser *p)
{
	const char *end = memchr(p->s + p->pos, ']', p->len - p->pos);
	size_t n;

	if (!end) {
		(void)addr_parser_fail(
		    p, p->pos, N_("a bracket that is never closed"));
		return TOKEN_FAILED;
	}
	n = (size_t)(end + 1 - (p->s + p->pos));
	(void)buf_add(&p->token, p->s + p->pos, n);
	p->pos += n;
	return TOKEN_LITERAL;
}

/* What is no atom but opens nothing either goes into the word: harmless in a
 * display name, refused in an address. */
static enum addr_token
addr_read_word(struct addr_parser *p)
{
	static const char ends[] = "(<>[:;@,.\" \t\r\n";
	size_t start = p->pos;

	while (
	    p->pos < p->len && (!p->s[p->pos] || !strchr(ends, p->s[p->pos])))
		p->pos++;
	if (p->pos == start) {
		(void)addr_parser_fail(p, start, N_("a line break"));
		return TOKEN_FAILED;
	}
	(void)buf_add(&p->token, p->s + start, p->pos - start);
	return TOKEN_WORD;
}

static enum addr_token
addr_next_token(struct addr_parser *p)
{
	if (addr_skip_blanks(p) < 0)
		return TOKEN_FAILED;
	p->token_at = p->pos;
	buf_reset(&p->token);
	if (p->pos == p->len)
		return TOKEN_END;
	switch (p->s[p->pos]) {
	case '"':
		return addr_read_quoted(p);
	case '[':
		return addr_read_literal(p);
	case '<':
	case '>':
	case ':':
	case ';':
	case ',':
	case '@':
	case '.':
		return (enum addr_token)p->s[p->pos++];
	default:
		return addr_read_word(p);
	}
}

/* --- items ---------------------------------------------------------------- */

static void
addr_item_reset(struct addr_item *i)
{
	buf_reset(&i->local);
	buf_reset(&i->domain);
	i->tokens = 0;
	i->has_at = i->has_quotes = i->is_closed = false;
	i->fault = NULL;
}

/* RFC 5322 3.4.1: addr-spec, with the blanks of 4.4 between its parts. */
static const char *
addr_item_join(struct addr_parser *p, enum addr_token token)
{
	struct addr_item *i = &p->item;
	struct buf *part = i->has_at ? &i->domain : &i->local;

	if (token == '@') {
		if (i->has_at)
			return N_("a second @");
		i->has_at = true;
		i->is_closed = false;
		return NULL;
	}
	if (token == '.') {
		(void)buf_add_char(part, '.');
		i->is_closed = false;
		return part->is_full ? N_("too long") : NULL;
	}
	if (i->is_closed)
		return N_("several words without angle brackets");
	if ((token == TOKEN_LITERAL && (!i->has_at || part->len)) ||
	    (token == TOKEN_QUOTED && i->has_at))
		return N_("a bracket or quotation mark out of place");
	i->has_quotes |= token == TOKEN_QUOTED;
	i->is_closed = true;
	if (p->token.is_full ||
	    buf_add(part, buf_str(&p->token), p->token.len) < 0)
		return N_("too long");
	return NULL;
}

static void
addr_item_add(struct addr_parser *p, enum addr_token token)
{
	if (!p->item.tokens++)
		p->item.at = p->item.fault_at = p->token_at;
	if (p->item.fault)
		return;
	p->item.fault = addr_item_join(p, token);
	p->item.fault_at = p->token_at;
}

/* Turns the item, if there is one, into an address of the list. */
static int
addr_item_finish(struct addr_parser *p)
{
	struct addr_item *i = &p->item;
	AUTO(buf) struct buf addr = BUF_INIT(3 * ADDR_PART_MAX);
	auto_free char *quoted = NULL;
	const char *fault;
	size_t at;

	if (!i->tokens)
		return 0;
	if (i->fault)
		return addr_parser_fail(p, i->fault_at, i->fault);
	if (i->local.len && memchr(i->local.data, '\0', i->local.len))
		return addr_parser_fail(p, i->at, N_("a control character"));
	if (i->has_quotes)
		quoted = addr_local_part(buf_str(&i->local), i->local.len);
	(void)buf_add_str(&addr, quoted ? quoted : buf_str(&i->local));
	if (i->has_at) {
		(void)buf_add_char(&addr, '@');
		(void)buf_add(&addr, i->domain.data, i->domain.len);
	}
	fault = addr_fault(buf_str(&addr), addr.len, &at);
	if (fault)
		return addr_parser_fail(p, i->at, fault);
	addr_list_add(p->out, buf_detach(&addr));
	addr_item_reset(i);
	return 0;
}

/* RFC 5322 4.4: obs-route, which no mailer heeds (RFC 5321 appendix C). */
static int
addr_skip_route(struct addr_parser *p)
{
	enum addr_token token;

	do {
		token = addr_next_token(p);
		if (token == TOKEN_FAILED)
			return -1;
	} while (token == TOKEN_WORD || token == TOKEN_LITERAL ||
		 token == '@' || token == ',' || token == '.');
	return token == ':' ? 0
			    : addr_parser_fail(p, p->token_at,
				  N_("a route that does not end in a colon"));
}

/* RFC 5322 3.4: angle-addr, from behind the < on to the end of the item. */
static int
addr_parse_angle(struct addr_parser *p)
{
	size_t start = p->token_at;
	enum addr_token token;

	addr_item_reset(&p->item);
	token = addr_next_token(p);
	if (token == '@') {
		if (addr_skip_route(p) < 0)
			return -1;
		token = addr_next_token(p);
	}
	for (; token != '>'; token = addr_next_token(p)) {
		if (token == TOKEN_FAILED)
			return -1;
		if (token == TOKEN_END)
			return addr_parser_fail(p, start,
			    N_("an angle bracket that is never closed"));
		if (strchr("<,;:", (int)token))
			return addr_parser_fail(p, p->token_at,
			    N_("a character out of place in angle brackets"));
		addr_item_add(p, token);
	}
	if (!p->item.tokens)
		return addr_parser_fail(p, start, N_("empty angle brackets"));
	if (addr_item_finish(p) < 0)
		return -1;
	token = addr_next_token(p);
	if (token == TOKEN_FAILED)
		return -1;
	if (token != TOKEN_END && token != ',' && token != ';')
		return addr_parser_fail(
		    p, p->token_at, N_("something behind the angle brackets"));
	if (token == ';')
		p->in_group = false;
	return 0;
}

static int
addr_begin_group(struct addr_parser *p)
{
	if (p->in_group)
		return addr_parser_fail(
		    p, p->token_at, N_("a group in a group"));
	if (!p->item.tokens || p->item.has_at)
		return addr_parser_fail(
		    p, p->token_at, N_("a colon out of place"));
	p->in_group = true;
	addr_item_reset(&p->item);
	return 0;
}

static int
addr_parse_all(struct addr_parser *p)
{
	for (;;) {
		enum addr_token token = addr_next_token(p);
		int rc = 0;

		switch ((int)token) {
		case TOKEN_FAILED:
			return -1;
		case TOKEN_END:
			return addr_item_finish(p);
		case ';':
			p->in_group = false;
			rc = addr_item_finish(p);
			break;
		case ',':
			rc = addr_item_finish(p);
			break;
		case ':':
			rc = addr_begin_group(p);
			break;
		case '<':
			rc = addr_parse_angle(p);
			break;
		case '>':
			rc = addr_parser_fail(p, p->token_at,
			    N_("a closing angle bracket that was never "
			       "opened"));
			break;
		default:
			addr_item_add(p, token);
		}
		if (rc < 0)
			return -1;
	}
}

int
addr_parse_list(struct addr_list *l, const char *text, size_t len,
    const char *where, struct error *err)
{
	struct addr_parser p = { .s = text, .len = len, .out = l };
	size_t before = l->count;
	int rc;

	buf_init(&p.token, ADDR_PART_MAX);
	buf_init(&p.item.local, ADDR_PART_MAX);
	buf_init(&p.item.domain, ADDR_PART_MAX);
	rc = addr_parse_all(&p);
	if (rc < 0) {
		auto_free char *shown = NULL;
		size_t left = len - p.fault_at;

		addr_list_truncate(l, before);
		shown = xmemdupz(text + p.fault_at, left < 100 ? left : 100);
		(void)err_set(err, ERR_ADDRESS, _("bad address in %s: %s"),
		    where, _(p.fault));
		(void)err_detail(err, "octet %zu: %s", p.fault_at + 1, shown);
	}
	buf_release(&p.token);
	buf_release(&p.item.local);
	buf_release(&p.item.domain);
	return rc;
}
