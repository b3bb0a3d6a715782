/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail/encode_lex.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"

#define LEX_SPECIALS "<>,;:@."

/* Octets of what opens at p and closes with a parenthesis or quotation mark;
 * 0 when it never does. */
static size_t
lex_closed(const char *p, const char *end)
{
	char open = *p;
	size_t depth = 0;

	for (const char *s = p; s < end; s++) {
		if (*s == '\\') {
			s++;
		} else if (open == '(') {
			depth += *s == '(';
			depth -= *s == ')';
			if (!depth)
				return (size_t)(s + 1 - p);
		} else if (s > p && *s == (open == '[' ? ']' : open)) {
			return (size_t)(s + 1 - p);
		}
	}
	return 0;
}

struct lex_token
lex_next(const char **p, const char *end)
{
	struct lex_token t = { .kind = LEX_ATOM, .p = *p };
	const char *s = *p;

	if (s == end)
		t.kind = LEX_END;
	else if (text_is_blank(*s))
		t.kind = LEX_BLANK;
	else if (*s && strchr("([\"", *s))
		t.kind = (enum lex_kind) * s;
	else if (*s && strchr(LEX_SPECIALS, *s))
		t.kind = (enum lex_kind) * s++;
	if (t.kind == LEX_BLANK) {
		while (s < end && text_is_blank(*s))
			s++;
	} else if (t.kind == LEX_ATOM) {
		while (s < end && !text_is_blank(*s) &&
		       (!*s || !strchr(LEX_SPECIALS "([\"", *s)))
			s++;
	} else if (t.kind != LEX_END && s == t.p) {
		s += lex_closed(s, end);
		if (s == t.p) {
			t.kind = LEX_BROKEN;
			s = end;
		}
	}
	t.len = (size_t)(s - t.p);
	*p = s;
	return t;
}

bool
lex_has(const char *p, const char *end, enum lex_kind kind)
{
	struct lex_token t;

	while ((t = lex_next(&p, end)).kind != LEX_END)
		if (t.kind == kind)
			return true;
	return false;
}

/* One word of a comment: up to a blank or parenthesis. */
static const char *
lex_comment_word(struct fold_words *w, const char *s, const char *end)
{
	while (s < end && !text_is_blank(*s) && *s != '(' && *s != ')') {
		size_t n = *s == '\\' && s + 1 < end ? 2 : 1;

		fold_words_add(w, n, s + n - 1, 1);
		s += n;
	}
	return s;
}

void
lex_write_comment(struct fold *f, const struct lex_token *t, bool is_utf8)
{
	AUTO(fold_words) struct fold_words w = FOLD_WORDS_INIT;
	const char *s = t->p;
	const char *end = t->p + t->len;

	while (s < end) {
		const char *blank = s;
		size_t blanks;

		while (s < end && text_is_blank(*s))
			s++;
		blanks = (size_t)(s - blank);
		if (s < end && *s != '(' && *s != ')') {
			fold_words_begin(&w, blank, blanks);
			s = lex_comment_word(&w, s, end);
			continue;
		}
		fold_words_write(f, &w, is_utf8);
		fold_blank(f, blank, blanks);
		if (s < end)
			fold_text(f, s++, 1);
	}
}

/* Adds a token's meaning to the last word. */
static void
lex_add_word(struct fold_words *w, const struct lex_token *t)
{
	AUTO(buf) struct buf text = BUF_INIT(SIZE_MAX / 2);

	if (t->kind != LEX_QUOTED) {
		fold_words_add(w, t->len, t->p, t->len);
		return;
	}
	for (size_t i = 1; i + 1 < t->len; i++) {
		if (t->p[i] == '\\')
			i++;
		(void)buf_add_char(&text, t->p[i]);
	}
	fold_words_add(w, t->len, buf_str(&text), text.len);
}

void
lex_write_phrase(struct fold *f, const char *p, const char *end, bool is_utf8)
{
	AUTO(fold_words) struct fold_words w = FOLD_WORDS_INIT;
	const char *blank = p;
	bool is_glued = false; /* to the word before */
	struct lex_token t;

	while ((t = lex_next(&p, end)).kind != LEX_END) {
		if (t.kind == LEX_BLANK) {
			blank = t.p;
			is_glued = false;
		} else if (t.kind == LEX_COMMENT) {
			fold_words_write(f, &w, is_utf8);
			fold_blank(f, blank, (size_t)(t.p - blank));
			fold_ensure_blank(f);
			lex_write_comment(f, &t, is_utf8);
			blank = p;
			is_glued = false;
		} else {
			if (!is_glued)
				fold_words_begin(
				    &w, blank, (size_t)(t.p - blank));
			lex_add_word(&w, &t);
			is_glued = true;
			blank = p;
		}
	}
	fold_words_write(f, &w, is_utf8);
	fold_blank(f, blank, (size_t)(end - blank));
}

int
lex_write_rigid(struct fold *f, const char *p, const char *end, bool is_utf8)
{
	struct lex_token t;

	while ((t = lex_next(&p, end)).kind != LEX_END) {
		if (t.kind == LEX_BLANK)
			fold_blank(f, t.p, t.len);
		else if (t.kind == LEX_COMMENT)
			lex_write_comment(f, &t, is_utf8);
		else if (!text_is_ascii(t.p, t.len))
			return -1;
		else
			fold_text(f, t.p, t.len);
	}
	return 0;
}
