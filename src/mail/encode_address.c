/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail/encode_lex.h"

#include <stdint.h>
#include <string.h>

#include "base/host.h"
#include "base/text.h"

/* One item of a list: where what is in it stands. */
struct address_item {
	const char *begin, *end; /* without what ends it */
	const char *open;        /* its "<", or NULL */
	const char *close;       /* behind its ">" */
	bool has_at;
	char mark; /* what ended it: , ; : or 0 */
};

/* Finds the item at *p, which moves behind it.  -1 for what is none. */
static int
address_scan(struct address_item *item, const char **p, const char *end)
{
	struct lex_token t;

	*item = (struct address_item){ .begin = *p };
	while ((t = lex_next(p, end)).kind != LEX_END) {
		bool is_inside = item->open && !item->close;

		if (t.kind == LEX_BROKEN || (t.kind == '<' && item->open) ||
		    (t.kind == '>' && !is_inside))
			return -1;
		if (t.kind == '<')
			item->open = t.p;
		else if (t.kind == '>')
			item->close = *p;
		else if (t.kind == '@')
			item->has_at = true;
		else if (!is_inside &&
			 (t.kind == ',' || t.kind == ';' || t.kind == ':')) {
			item->mark = (char)t.kind;
			break;
		}
	}
	item->end = t.p;
	return item->open && !item->close ? -1 : 0;
}

/* Behind the last @, or NULL; *has_8bit: a token that is no comment. */
static const char *
address_domain(const char *p, const char *end, bool *has_8bit)
{
	const char *domain = NULL;
	struct lex_token t;

	*has_8bit = false;
	while ((t = lex_next(&p, end)).kind != LEX_END) {
		if (t.kind == '@')
			domain = p;
		*has_8bit |=
		    t.kind != LEX_COMMENT && !text_is_ascii(t.p, t.len);
	}
	return domain;
}

/* The tokens of a domain as A-labels; NULL where they cannot be. */
static char *
address_ascii(const char *p, const char *end)
{
	AUTO(buf) struct buf name = BUF_INIT(1024);
	AUTO(error) struct error err = ERROR_INIT;
	struct lex_token t;
	char *ascii = NULL;

	while ((t = lex_next(&p, end)).kind != LEX_END) {
		if (t.kind == LEX_ATOM || t.kind == '.')
			(void)buf_add(&name, t.p, t.len);
		else if (t.kind != LEX_BLANK && t.kind != LEX_COMMENT)
			return NULL;
	}
	if (name.is_full || host_to_ascii(buf_str(&name), &ascii, &err) < 0)
		return NULL;
	return ascii;
}

static void
address_write_raw(struct fold *f, const char *p, const char *end, bool is_utf8)
{
	struct lex_token t;

	while ((t = lex_next(&p, end)).kind != LEX_END) {
		if (t.kind == LEX_BLANK)
			fold_blank(f, t.p, t.len);
		else if (t.kind == LEX_COMMENT)
			lex_write_comment(f, &t, is_utf8);
		else
			fold_text(f, t.p, t.len);
	}
}

/* The comments behind a domain that was replaced. */
static void
address_write_comments(
    struct fold *f, const char *p, const char *end, bool is_utf8)
{
	struct lex_token t;

	while ((t = lex_next(&p, end)).kind != LEX_END) {
		if (t.kind != LEX_COMMENT)
			continue;
		fold_ensure_blank(f);
		lex_write_comment(f, &t, is_utf8);
	}
}

/* addr-spec (RFC 5322 3.4.1); true when it stays outside ASCII. */
static bool
address_write_spec(struct fold *f, const char *p, const char *end, bool is_utf8)
{
	auto_free char *ascii = NULL;
	bool has_8bit, is_local_8bit;
	const char *domain = address_domain(p, end, &has_8bit);

	if (!has_8bit) {
		address_write_raw(f, p, end, is_utf8);
		return false;
	}
	if (domain) {
		(void)address_domain(p, domain, &is_local_8bit);
		ascii = is_local_8bit ? NULL : address_ascii(domain, end);
	}
	if (!ascii) {
		address_write_raw(f, p, end, is_utf8);
		return true;
	}
	address_write_raw(f, p, domain, is_utf8);
	fold_text(f, ascii, strlen(ascii));
	address_write_comments(f, domain, end, is_utf8);
	return false;
}

static void
address_write(struct fold *f, const struct address_item *item, bool is_utf8,
    bool *is_wide)
{
	if (item->open) {
		lex_write_phrase(f, item->begin, item->open, is_utf8);
		if (item->open > item->begin)
			fold_ensure_blank(f);
		fold_text(f, "<", 1);
		*is_wide |= address_write_spec(
		    f, item->open + 1, item->close - 1, is_utf8);
		fold_text(f, ">", 1);
		lex_write_phrase(f, item->close, item->end, is_utf8);
	} else if (item->has_at && item->mark != ':' && is_utf8) {
		*is_wide |=
		    address_write_spec(f, item->begin, item->end, is_utf8);
	} else {
		lex_write_phrase(f, item->begin, item->end, is_utf8);
	}
}

int
encode_address(
    struct fold *f, const char *p, const char *end, bool is_utf8, bool *is_wide)
{
	while (p < end) {
		struct address_item item;

		if (address_scan(&item, &p, end) < 0 ||
		    (!is_utf8 && item.open &&
			!text_is_ascii(
			    item.open, (size_t)(item.close - item.open))))
			return -1;
		address_write(f, &item, is_utf8, is_wide);
		if (item.mark)
			fold_text(f, &item.mark, 1);
		/* a place to fold at, where the writer left none */
		if (item.mark && p < end && !text_is_blank(*p))
			fold_blank(f, " ", 1);
	}
	return 0;
}
