/* SPDX-License-Identifier: ISC */
/*
 * The value of a header field being written: folded at its blanks (RFC 5322
 * 2.2.3), with encoded words (RFC 2047) for what is not ASCII.
 */
#ifndef MAIL_ENCODE_FOLD_H
#define MAIL_ENCODE_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Columns of a line, where there is a blank to fold at (RFC 2047 2). */
#define FOLD_COLUMNS 76
/* Octets of a line (RFC 5322 2.1.1). */
#define FOLD_LINE_MAX 998
/* A word longer than this is encoded, since encoded words can be parted. */
#define FOLD_WORD_LONG 900

struct fold {
	struct buf *out;  /* borrowed; holds the field's name already */
	size_t column;    /* of the line that goes on */
	bool has_text;    /* something stands behind the name */
	struct buf blank; /* before the chunk */
	struct buf chunk; /* what may not be parted */
};

/* column: octets of the line so far. */
void fold_init(struct fold *f, struct buf *out, size_t column);
void fold_release(struct fold *f);
AUTO_DEFINE(fold);

/* Blanks, where the line may be folded. */
void fold_blank(struct fold *f, const char *p, size_t len);
/* A blank, unless there is one, or nothing or a parenthesis before it. */
void fold_ensure_blank(struct fold *f);
/* Octets that belong to what was added since the last blank. */
void fold_text(struct fold *f, const char *p, size_t len);
/* The field's end, with its line end; blanks at the end are dropped. */
void fold_end(struct fold *f);

/* Text as encoded words, whole characters each.  is_utf8: else the charset is
 * not known (RFC 1428). */
void fold_encoded(struct fold *f, const char *p, size_t len, bool is_utf8);

/* --- words ---------------------------------------------------------------- */

/* One word with the blanks before it, borrowed from the field's value. */
struct fold_word {
	const char *blank;
	size_t blank_len;
	const char *raw; /* as it stands */
	size_t raw_len;
	size_t text; /* what it means: where in fold_words.text */
	size_t text_len;
};

struct fold_words {
	struct fold_word *items;
	size_t count, cap;
	struct buf text;
};

#define FOLD_WORDS_INIT                                                        \
	{                                                                      \
		NULL, 0, 0, BUF_INIT(SIZE_MAX / 2)                             \
	}

void fold_words_release(struct fold_words *w);
AUTO_DEFINE(fold_words);
/* Begins a word; p is where its blanks begin. */
void fold_words_begin(struct fold_words *w, const char *p, size_t blank_len);
/* The next len octets belong to the last word; text is what they mean. */
void fold_words_add(
    struct fold_words *w, size_t len, const char *text, size_t text_len);

/*
 * Writes the words and forgets them.  Those that need it become encoded words,
 * neighbours together with the blanks between them; blanks between two encoded
 * words mean nothing (RFC 2047 6.2), so those that meant something go into
 * one of them.
 */
void fold_words_write(struct fold *f, struct fold_words *w, bool is_utf8);

#endif
