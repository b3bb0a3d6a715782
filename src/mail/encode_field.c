/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail/encode_field.h"

#include <stdint.h>
#include <string.h>

#include "base/charset.h"
#include "base/text.h"
#include "base/utf8.h"
#include "mail/encode_lex.h"

enum field_grammar {
	GRAMMAR_TEXT, /* RFC 5322 2.2.1, and whatever is not known */
	GRAMMAR_ADDRESS,
	GRAMMAR_PARAM,
	GRAMMAR_RIGID,
};

static const struct {
	const char *name; /* one that ends in a dash stands for all that begin
			   * so */
	enum field_grammar grammar;
} field_grammars[] = {
	{ "From", GRAMMAR_ADDRESS },
	{ "Sender", GRAMMAR_ADDRESS },
	{ "Reply-To", GRAMMAR_ADDRESS },
	{ "To", GRAMMAR_ADDRESS },
	{ "Cc", GRAMMAR_ADDRESS },
	{ "Bcc", GRAMMAR_ADDRESS },
	{ "Resent-From", GRAMMAR_ADDRESS },
	{ "Resent-Sender", GRAMMAR_ADDRESS },
	{ "Resent-Reply-To", GRAMMAR_ADDRESS },
	{ "Resent-To", GRAMMAR_ADDRESS },
	{ "Resent-Cc", GRAMMAR_ADDRESS },
	{ "Resent-Bcc", GRAMMAR_ADDRESS },
	{ "Return-Path", GRAMMAR_ADDRESS },
	{ "Return-Receipt-To", GRAMMAR_ADDRESS },
	{ "Disposition-Notification-To", GRAMMAR_ADDRESS },
	{ "Errors-To", GRAMMAR_ADDRESS },
	{ "Mail-Followup-To", GRAMMAR_ADDRESS },
	{ "Mail-Reply-To", GRAMMAR_ADDRESS },
	{ "Apparently-To", GRAMMAR_ADDRESS },
	{ "List-Id", GRAMMAR_ADDRESS },
	{ "Keywords", GRAMMAR_ADDRESS }, /* phrases and commas */
	{ "Content-Type", GRAMMAR_PARAM },
	{ "Content-Disposition", GRAMMAR_PARAM },
	{ "Date", GRAMMAR_RIGID },
	{ "Resent-Date", GRAMMAR_RIGID },
	{ "Message-ID", GRAMMAR_RIGID },
	{ "Resent-Message-ID", GRAMMAR_RIGID },
	{ "In-Reply-To", GRAMMAR_RIGID },
	{ "References", GRAMMAR_RIGID },
	{ "Received", GRAMMAR_RIGID },
	{ "Received-SPF", GRAMMAR_RIGID },
	{ "MIME-Version", GRAMMAR_RIGID },
	{ "Content-Transfer-Encoding", GRAMMAR_RIGID },
	{ "Content-ID", GRAMMAR_RIGID },
	{ "Content-MD5", GRAMMAR_RIGID },
	{ "Content-Language", GRAMMAR_RIGID },
	{ "Content-Location", GRAMMAR_RIGID },
	{ "DKIM-Signature", GRAMMAR_RIGID },
	{ "Authentication-Results", GRAMMAR_RIGID },
	{ "Autocrypt", GRAMMAR_RIGID },
	{ "ARC-", GRAMMAR_RIGID },
	{ "List-", GRAMMAR_RIGID },
};

static enum field_grammar
field_grammar(const struct mime_field *f)
{
	for (size_t i = 0;
	     i < sizeof(field_grammars) / sizeof(field_grammars[0]); i++) {
		const char *name = field_grammars[i].name;
		size_t len = strlen(name);

		if (name[len - 1] == '-'
			? f->name_len > len && text_caseeq_n(f->text, name, len)
			: mime_field_is(f, name))
			return field_grammars[i].grammar;
	}
	return GRAMMAR_TEXT;
}

bool
field_is_8bit(const struct mime_field *f)
{
	return !text_is_ascii(f->text, f->len);
}

static bool
field_has_long_line(const char *p, size_t len)
{
	size_t line = 0;

	for (size_t i = 0; i < len; i++) {
		line = p[i] == '\n' || p[i] == '\r' ? 0 : line + 1;
		if (line > FIELD_LINE_MAX)
			return true;
	}
	return false;
}

bool
field_is_long(const struct mime_field *f)
{
	return f->len > FIELD_LINE_MAX && field_has_long_line(f->text, f->len);
}

/* --- charsets ------------------------------------------------------------- */

/* Replaces text by the same in UTF-8; false where it is none of charset, or
 * becomes more than one line. */
static bool
field_convert(struct buf *text, const char *charset)
{
	AUTO(buf) struct buf copy = BUF_INIT(text->len);

	(void)buf_add(&copy, buf_str(text), text->len);
	if (!charset_to_utf8(&copy, charset) || strpbrk(buf_str(&copy), "\r\n"))
		return false;
	text->len = 0;
	text->max = SIZE_MAX / 2;
	(void)buf_add(text, buf_str(&copy), copy.len);
	return true;
}

/* --- writing -------------------------------------------------------------- */

static void
field_write_text(struct fold *f, const struct buf *value, bool is_utf8)
{
	AUTO(fold_words) struct fold_words w = FOLD_WORDS_INIT;
	const char *p = buf_str(value);
	const char *end = p + value->len;

	while (p < end) {
		const char *blank = p;
		const char *word;

		while (p < end && text_is_blank(*p))
			p++;
		for (word = p; p < end && !text_is_blank(*p); p++)
			;
		if (p == word)
			break;
		fold_words_begin(&w, blank, (size_t)(word - blank));
		fold_words_add(
		    &w, (size_t)(p - word), word, (size_t)(p - word));
	}
	fold_words_write(f, &w, is_utf8);
}

/* The value by its grammar; -1 when it does not keep to it. */
static int
field_write(struct fold *f, enum field_grammar grammar, const struct buf *value,
    bool is_utf8, unsigned *found)
{
	const char *p = buf_str(value);
	const char *end = p + value->len;
	bool is_wide = false;

	switch (grammar) {
	case GRAMMAR_ADDRESS:
		if (encode_address(f, p, end, is_utf8, &is_wide) < 0)
			return -1;
		*found |= is_wide ? FIELD_IS_WIDE : 0;
		return 0;
	case GRAMMAR_PARAM:
		encode_param(f, p, value->len, is_utf8);
		return 0;
	case GRAMMAR_RIGID:
		return lex_write_rigid(f, p, end, is_utf8);
	case GRAMMAR_TEXT:
		break;
	}
	field_write_text(f, value, is_utf8);
	return 0;
}

/* One field, name and all; -1 leaves out as it was. */
static int
field_write_as(const struct mime_field *field, enum field_grammar grammar,
    const char *prefix, const struct buf *value, struct buf *out)
{
	size_t before = out->len;
	bool is_utf8 = utf8_is_valid(buf_str(value), value->len);
	unsigned found = 0;
	AUTO(fold) struct fold f;

	(void)buf_add_str(out, prefix);
	(void)buf_add(out, field->text, field->name_len);
	(void)buf_add_char(out, ':');
	fold_init(&f, out, out->len - before);
	if (field_write(&f, grammar, value, is_utf8, &found) < 0) {
		buf_truncate(out, before);
		return -1;
	}
	fold_end(&f);
	return (int)found;
}

unsigned
encode_field(const struct mime_field *f, const char *charset, struct buf *out)
{
	AUTO(buf) struct buf value = BUF_INIT(f->value_len);
	enum field_grammar grammar = field_grammar(f);
	size_t before = out->len;
	int found;

	mime_field_unfold(f, &value);
	while (value.len && text_is_blank(value.data[value.len - 1]))
		buf_truncate(&value, value.len - 1);
	if (!utf8_is_valid(buf_str(&value), value.len))
		(void)field_convert(&value, charset); /* else unknown-8bit */
	found = field_write_as(f, grammar, "", &value, out);
	if (found < 0)
		found = field_write_as(f, GRAMMAR_TEXT,
		    grammar == GRAMMAR_RIGID ? "Downgraded-" : "", &value, out);
	if (field_has_long_line(out->data + before, out->len - before))
		found |= (int)FIELD_IS_STUCK;
	return (unsigned)found;
}
