/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail/encode_lex.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "mail/mime.h"

/* Octets of one section of a value, so that its line stays short. */
#define PARAM_SECTION_MAX 54

/* RFC 2231 7: attribute-char */
static bool
param_is_plain(char c)
{
	return text_is_alnum(c) || (c && strchr("!#$&+-.^_`{|}~", c));
}

static void
param_add_octet(struct buf *out, char c)
{
	if (param_is_plain(c))
		(void)buf_add_char(out, c);
	else
		(void)buf_printf(out, "%%%02X", (unsigned char)c);
}

/* Octets of text for one section: no escape is cut, nor a character of UTF-8,
 * for readers that decode each section alone. */
static size_t
param_section_len(const char *text, size_t len)
{
	size_t n = PARAM_SECTION_MAX;

	if (len <= n)
		return len;
	if (text[n - 1] == '%')
		n--;
	else if (text[n - 2] == '%')
		n -= 2;
	while (n > 12 && text[n] == '%' && strchr("89AB", text[n + 1]))
		n -= 3;
	return n;
}

/* "name*=charset''value", or in sections "name*0*=charset''val"; "name*1*=ue":
 * text is already a whole value in one section where it fits. */
static void
param_write_sections(
    struct fold *f, const char *name, size_t name_len, const struct buf *text)
{
	bool is_one = text->len <= PARAM_SECTION_MAX;
	unsigned section = 0;

	for (size_t at = 0; at < text->len; section++) {
		AUTO(buf) struct buf head = BUF_INIT(SIZE_MAX / 2);
		size_t n = param_section_len(text->data + at, text->len - at);

		if (section) {
			fold_text(f, ";", 1);
			fold_blank(f, " ", 1);
		}
		(void)buf_add(&head, name, name_len);
		if (!is_one)
			(void)buf_printf(&head, "*%u", section);
		(void)buf_add_str(&head, "*=");
		fold_text(f, head.data, head.len);
		fold_text(f, text->data + at, n);
		at += n;
	}
}

/* A value of RFC 2231 already, which should not have had such octets. */
static void
param_write_again(
    struct fold *f, const struct mime_param *p, const struct buf *value)
{
	AUTO(buf) struct buf text = BUF_INIT(SIZE_MAX / 2);

	(void)buf_add(&text, p->name, p->name_len);
	(void)buf_add_char(&text, '=');
	for (size_t i = 0; i < value->len; i++) {
		if (text_is_ascii(value->data + i, 1))
			(void)buf_add_char(&text, value->data[i]);
		else
			param_add_octet(&text, value->data[i]);
	}
	fold_text(f, text.data, text.len);
}

static void
param_write_value(struct fold *f, const struct mime_param *p, bool is_utf8)
{
	AUTO(buf) struct buf value = BUF_INIT(SIZE_MAX / 2);
	AUTO(buf) struct buf text = BUF_INIT(SIZE_MAX / 2);

	mime_param_unquote(p, &value);
	if (memchr(p->name, '*', p->name_len)) {
		param_write_again(f, p, &value);
		return;
	}
	(void)buf_add_str(&text, is_utf8 ? "UTF-8''" : "unknown-8bit''");
	for (size_t i = 0; i < value.len; i++)
		param_add_octet(&text, value.data[i]);
	param_write_sections(f, p->name, p->name_len, &text);
}

/* What is neither a value nor a comment, and can have no meaning outside
 * ASCII: an x for each octet. */
static void
param_write_rest(struct fold *f, const char *p, size_t len, bool is_utf8)
{
	auto_free char *text = xmemdupz(p, len);
	const char *s = text;
	struct lex_token t;

	while ((t = lex_next(&s, text + len)).kind != LEX_END)
		for (size_t i = 0; t.kind != LEX_COMMENT && i < t.len; i++)
			if (!text_is_ascii(t.p + i, 1))
				text[t.p + i - text] = 'x';
	(void)lex_write_rigid(f, text, text + len, is_utf8); /* all ASCII */
}

void
encode_param(struct fold *f, const char *value, size_t len, bool is_utf8)
{
	struct mime_param p;
	size_t pos = 0;
	bool is_first = true;

	while (mime_param_next(value, len, &pos, &p)) {
		if (!is_first)
			fold_text(f, ";", 1);
		if (p.name_len && text_is_ascii(p.name, p.name_len) &&
		    (p.value_len > FOLD_WORD_LONG ||
			!text_is_ascii(p.value, p.value_len))) {
			fold_blank(f, " ", 1);
			param_write_value(f, &p, is_utf8);
		} else {
			if (!is_first && p.len && !text_is_blank(*p.text))
				fold_blank(f, " ", 1);
			param_write_rest(f, p.text, p.len, is_utf8);
		}
		is_first = false;
	}
}
