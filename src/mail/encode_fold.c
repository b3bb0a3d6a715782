/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail/encode_fold.h"

#include <stdint.h>
#include <string.h>

#include "base/base64.h"
#include "base/text.h"
#include "base/xalloc.h"

/* Octets of an encoded word: RFC 2047 2 allows 75; a blank before it and a
 * parenthesis behind it shall fit, too. */
#define FOLD_ENCODED_MAX 73
/* Where less room than this is left, a new line is begun. */
#define FOLD_ENCODED_MIN 28

void
fold_init(struct fold *f, struct buf *out, size_t column)
{
	*f = (struct fold){
		.out = out,
		.column = column,
		.blank = BUF_INIT(SIZE_MAX / 2),
		.chunk = BUF_INIT(SIZE_MAX / 2),
	};
}

void
fold_release(struct fold *f)
{
	if (!f)
		return;
	buf_release(&f->blank);
	buf_release(&f->chunk);
}

static void
fold_flush(struct fold *f)
{
	size_t len = f->blank.len + f->chunk.len;

	if (!f->chunk.len)
		return;
	/* nothing but the name in a line looks odd: only where it must be */
	if (f->blank.len && f->column + len > FOLD_COLUMNS &&
	    (f->has_text || f->column + len > FOLD_LINE_MAX)) {
		(void)buf_add_char(f->out, '\n');
		f->column = 0;
	}
	(void)buf_add(f->out, buf_str(&f->blank), f->blank.len);
	(void)buf_add(f->out, f->chunk.data, f->chunk.len);
	f->column += len;
	f->has_text = true;
	buf_reset(&f->blank);
	buf_reset(&f->chunk);
}

void
fold_blank(struct fold *f, const char *p, size_t len)
{
	if (!len)
		return;
	fold_flush(f);
	(void)buf_add(&f->blank, p, len);
}

void
fold_ensure_blank(struct fold *f)
{
	if (f->chunk.len && f->chunk.data[f->chunk.len - 1] != '(')
		fold_blank(f, " ", 1);
}

void
fold_text(struct fold *f, const char *p, size_t len)
{
	(void)buf_add(&f->chunk, p, len);
}

void
fold_end(struct fold *f)
{
	fold_flush(f);
	(void)buf_add_char(f->out, '\n');
}

/* --- encoded words -------------------------------------------------------- */

/* RFC 2047 5 (3): what stands for itself everywhere. */
static bool
fold_is_q(char c)
{
	return text_is_alnum(c) || (c && strchr("!*+-/", c));
}

/* Octets of c in the Q encoding. */
static size_t
fold_q_len(char c)
{
	return fold_is_q(c) || c == ' ' ? 1 : 3;
}

static void
fold_add_q(struct buf *out, const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (fold_is_q(p[i]))
			(void)buf_add_char(out, p[i]);
		else if (p[i] == ' ')
			(void)buf_add_char(out, '_');
		else
			(void)buf_printf(out, "=%02X", (unsigned char)p[i]);
	}
}

/* Octets of the character at p, which is not cut. */
static size_t
fold_char_len(const char *p, size_t len, bool is_utf8)
{
	size_t n = 1;

	while (is_utf8 && n < len && ((unsigned char)p[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* As many octets as make at most room octets when encoded; one character in
 * any case. */
static size_t
fold_take(const char *p, size_t len, bool is_utf8, bool is_q, size_t room)
{
	size_t take = 0, q = 0;

	while (take < len) {
		size_t n = fold_char_len(p + take, len - take, is_utf8);

		for (size_t i = 0; i < n; i++)
			q += fold_q_len(p[take + i]);
		if (take && (is_q ? q : (take + n + 2) / 3 * 4) > room)
			break;
		take += n;
	}
	return take;
}

/* Q stays readable: worth half as much again. */
static bool
fold_wants_q(const char *p, size_t len)
{
	size_t q = 0;

	for (size_t i = 0; i < len; i++)
		q += fold_q_len(p[i]);
	return q <= (len + 2) / 3 * 6;
}

/* Octets that an encoded word may have here. */
static size_t
fold_room(const struct fold *f)
{
	size_t used = f->column + f->blank.len + f->chunk.len;

	if (used + FOLD_ENCODED_MIN > FOLD_COLUMNS - 1)
		return FOLD_ENCODED_MAX;
	used = FOLD_COLUMNS - 1 - used;
	return used < FOLD_ENCODED_MAX ? used : FOLD_ENCODED_MAX;
}

void
fold_encoded(struct fold *f, const char *p, size_t len, bool is_utf8)
{
	const char *charset = is_utf8 ? "UTF-8" : "unknown-8bit";
	size_t frame =
	    strlen("=?") + strlen("?Q?") + strlen("?=") + strlen(charset);
	bool is_q = fold_wants_q(p, len);

	for (size_t at = 0, n; at < len; at += n) {
		AUTO(buf) struct buf word = BUF_INIT(SIZE_MAX / 2);

		if (at)
			fold_blank(f, " ", 1);
		n = fold_take(
		    p + at, len - at, is_utf8, is_q, fold_room(f) - frame);
		(void)buf_printf(&word, "=?%s?%c?", charset, is_q ? 'Q' : 'B');
		if (is_q)
			fold_add_q(&word, p + at, n);
		else
			(void)base64_encode(&word, p + at, n);
		(void)buf_add_str(&word, "?=");
		fold_text(f, word.data, word.len);
	}
}

/* --- words ---------------------------------------------------------------- */

void
fold_words_release(struct fold_words *w)
{
	if (!w)
		return;
	free(w->items);
	buf_release(&w->text);
	*w = (struct fold_words)FOLD_WORDS_INIT;
}

void
fold_words_begin(struct fold_words *w, const char *p, size_t blank_len)
{
	if (w->count == w->cap) {
		w->cap = w->cap ? 2 * w->cap : 16;
		w->items = xreallocarray(w->items, w->cap, sizeof(*w->items));
	}
	w->items[w->count++] = (struct fold_word){
		.blank = p,
		.blank_len = blank_len,
		.raw = p + blank_len,
		.text = w->text.len,
	};
}

void
fold_words_add(
    struct fold_words *w, size_t len, const char *text, size_t text_len)
{
	struct fold_word *last = &w->items[w->count - 1];

	last->raw_len += len;
	last->text_len += text_len;
	(void)buf_add(&w->text, text, text_len);
}

static bool
fold_must_encode(const struct fold_word *w)
{
	return w->raw_len > FOLD_WORD_LONG ||
	       !text_is_ascii(w->raw, w->raw_len);
}

static bool
fold_is_encoded(const struct fold_word *w)
{
	return w->raw_len > 6 && memcmp(w->raw, "=?", 2) == 0 &&
	       memcmp(w->raw + w->raw_len - 2, "?=", 2) == 0 &&
	       !fold_must_encode(w);
}

/* The words from i on that are to be encoded, as one text; how many. */
static size_t
fold_words_run(const struct fold_words *w, size_t i, struct buf *text)
{
	size_t n = 0;

	for (; i + n < w->count && fold_must_encode(&w->items[i + n]); n++) {
		const struct fold_word *word = &w->items[i + n];

		if (n)
			(void)buf_add(text, word->blank, word->blank_len);
		(void)buf_add(text, w->text.data + word->text, word->text_len);
	}
	return n;
}

void
fold_words_write(struct fold *f, struct fold_words *w, bool is_utf8)
{
	bool is_behind = false; /* an encoded word */

	for (size_t i = 0; i < w->count;) {
		AUTO(buf) struct buf text = BUF_INIT(SIZE_MAX / 2);
		struct fold_word *word = &w->items[i];
		size_t n;

		if (!fold_must_encode(word)) {
			fold_blank(f, word->blank, word->blank_len);
			fold_text(f, word->raw, word->raw_len);
			is_behind = fold_is_encoded(word);
			i++;
			continue;
		}
		if (is_behind) {
			(void)buf_add(&text, word->blank, word->blank_len);
			fold_blank(f, " ", 1);
		} else {
			fold_blank(f, word->blank, word->blank_len);
			fold_ensure_blank(f);
		}
		n = fold_words_run(w, i, &text);
		i += n;
		if (i < w->count && fold_is_encoded(&w->items[i]))
			(void)buf_add(
			    &text, w->items[i].blank, w->items[i].blank_len);
		fold_encoded(f, buf_str(&text), text.len, is_utf8);
		is_behind = true;
	}
	w->count = 0;
	buf_reset(&w->text);
}
