/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail/addr.h"

#include <string.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/xalloc.h"
#include "mail/addr_lex.h"

/* One item of the list, as far as it could be an addr-spec. */
struct addr_item {
	struct buf local; /* meaning: without quotes */
	struct buf domain;
	size_t at; /* octet where it begins */
	size_t end;
	size_t tokens;
	bool has_at;
	bool has_quotes;
	bool is_closed;    /* by a word or literal: another word cannot join */
	const char *fault; /* why it is no addr-spec, or NULL */
	size_t fault_at;
};

struct addr_parser {
	struct addr_lex lex;
	struct addr_item item;
	bool in_group;
	struct addr_list *out;
	struct addr_spans *spans; /* or NULL */
};

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
	if (p->lex.text.is_full ||
	    buf_add(part, buf_str(&p->lex.text), p->lex.text.len) < 0)
		return N_("too long");
	return NULL;
}

static void
addr_item_add(struct addr_parser *p, enum addr_token token)
{
	if (!p->item.tokens++)
		p->item.at = p->item.fault_at = p->lex.token_at;
	p->item.end = p->lex.pos;
	if (p->item.fault)
		return;
	p->item.fault = addr_item_join(p, token);
	p->item.fault_at = p->lex.token_at;
}

static void
addr_note_span(struct addr_spans *s, const struct addr_item *i)
{
	if (s->count == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 8;
		s->items = xreallocarray(s->items, s->cap, sizeof(*s->items));
	}
	s->items[s->count++] = (struct addr_span){ i->at, i->end - i->at };
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
		return addr_lex_fail(&p->lex, i->fault_at, i->fault);
	if (i->local.len && memchr(i->local.data, '\0', i->local.len))
		return addr_lex_fail(&p->lex, i->at, N_("a control character"));
	if (i->has_quotes)
		quoted = addr_local_part(buf_str(&i->local), i->local.len);
	(void)buf_add_str(&addr, quoted ? quoted : buf_str(&i->local));
	if (i->has_at) {
		(void)buf_add_char(&addr, '@');
		(void)buf_add(&addr, i->domain.data, i->domain.len);
	}
	fault = addr_fault(buf_str(&addr), addr.len, &at);
	if (fault)
		return addr_lex_fail(&p->lex, i->at, fault);
	addr_list_add(p->out, buf_detach(&addr));
	if (p->spans)
		addr_note_span(p->spans, i);
	addr_item_reset(i);
	return 0;
}

/* RFC 5322 4.4: obs-route, which no mailer heeds (RFC 5321 appendix C). */
static int
addr_skip_route(struct addr_parser *p)
{
	enum addr_token token;

	do {
		token = addr_lex_next(&p->lex);
		if (token == TOKEN_FAILED)
			return -1;
	} while (token == TOKEN_WORD || token == TOKEN_LITERAL ||
		 token == '@' || token == ',' || token == '.');
	return token == ':' ? 0
			    : addr_lex_fail(&p->lex, p->lex.token_at,
				  N_("a route that does not end in a colon"));
}

/* RFC 5322 3.4: angle-addr, from behind the < on to the end of the item. */
static int
addr_parse_angle(struct addr_parser *p)
{
	size_t start = p->lex.token_at;
	enum addr_token token;

	addr_item_reset(&p->item);
	token = addr_lex_next(&p->lex);
	if (token == '@') {
		if (addr_skip_route(p) < 0)
			return -1;
		token = addr_lex_next(&p->lex);
	}
	for (; token != '>'; token = addr_lex_next(&p->lex)) {
		if (token == TOKEN_FAILED)
			return -1;
		if (token == TOKEN_END)
			return addr_lex_fail(&p->lex, start,
			    N_("an angle bracket that is never closed"));
		if (strchr("<,;:", (int)token))
			return addr_lex_fail(&p->lex, p->lex.token_at,
			    N_("a character out of place in angle brackets"));
		addr_item_add(p, token);
	}
	if (!p->item.tokens)
		return addr_lex_fail(
		    &p->lex, start, N_("empty angle brackets"));
	if (addr_item_finish(p) < 0)
		return -1;
	token = addr_lex_next(&p->lex);
	if (token == TOKEN_FAILED)
		return -1;
	if (token != TOKEN_END && token != ',' && token != ';')
		return addr_lex_fail(&p->lex, p->lex.token_at,
		    N_("something behind the angle brackets"));
	if (token == ';')
		p->in_group = false;
	return 0;
}

static int
addr_begin_group(struct addr_parser *p)
{
	if (p->in_group)
		return addr_lex_fail(
		    &p->lex, p->lex.token_at, N_("a group in a group"));
	if (!p->item.tokens || p->item.has_at)
		return addr_lex_fail(
		    &p->lex, p->lex.token_at, N_("a colon out of place"));
	p->in_group = true;
	addr_item_reset(&p->item);
	return 0;
}

static int
addr_parse_all(struct addr_parser *p)
{
	for (;;) {
		enum addr_token token = addr_lex_next(&p->lex);
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
			rc = addr_lex_fail(&p->lex, p->lex.token_at,
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

/* An address and nothing else, as most operands are: with neither quotes nor a
 * literal there is nothing in it that the lexer would see otherwise. */
static bool
addr_is_plain(const char *text, size_t len)
{
	size_t at;

	return len && text[0] != '"' && text[len - 1] != ']' &&
	       !addr_fault(text, len, &at);
}

void
addr_spans_release(struct addr_spans *s)
{
	free(s->items);
	*s = (struct addr_spans){ 0 };
}

int
addr_parse_list(struct addr_list *l, const char *text, size_t len,
    const char *where, struct error *err)
{
	if (addr_is_plain(text, len)) {
		addr_list_add(l, xmemdupz(text, len));
		return 0;
	}
	return addr_parse_spans(l, NULL, text, len, where, err);
}

int
addr_parse_spans(struct addr_list *l, struct addr_spans *spans,
    const char *text, size_t len, const char *where, struct error *err)
{
	struct addr_parser p = {
		.lex = { .s = text, .len = len }, .out = l, .spans = spans
	};
	size_t before = l->count;
	int rc;

	buf_init(&p.lex.text, ADDR_PART_MAX);
	buf_init(&p.item.local, ADDR_PART_MAX);
	buf_init(&p.item.domain, ADDR_PART_MAX);
	rc = addr_parse_all(&p);
	if (rc < 0) {
		auto_free char *shown = NULL;

		addr_list_truncate(l, before);
		shown = addr_shown(text + p.lex.fault_at, len - p.lex.fault_at);
		(void)err_set(err, ERR_ADDRESS, _("bad address in %s: %s"),
		    _(where), _(p.lex.fault));
		(void)err_detail(
		    err, "octet %zu: %s", p.lex.fault_at + 1, shown);
	}
	buf_release(&p.lex.text);
	buf_release(&p.item.local);
	buf_release(&p.item.domain);
	return rc;
}
