/* SPDX-License-Identifier: ISC */
/* Text: ASCII comparisons, trimming, and making foreign bytes safe to show. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Case-insensitive for A-Z only, whatever the locale. */
bool text_caseeq(const char *a, const char *b);
bool text_caseeq_n(const char *a, const char *b, size_t len);
bool text_has_caseprefix(const char *s, const char *prefix);
/* In place. */
void text_lower(char *s);

bool text_is_ascii(const char *s, size_t len);
/* Any octet below 0x20, or 0x7f. */
bool text_has_control(const char *s, size_t len);

static inline bool
text_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline bool
text_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
text_is_alnum(char c)
{
	return text_is_digit(c) || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

/* Cuts blanks, tabs, CR and LF off both ends, in place; returns the start. */
char *text_trim(char *s);

/*
 * Appends s so that it can be shown on a terminal or stand in one line of a
 * log: C0, DEL, C1, invalid UTF-8, line and paragraph separators and
 * bidirectional controls become \n, \r, \t or \xNN of their octets; a
 * backslash becomes \\.  At most max octets of output, then "...".
 */
void text_escape(struct buf *out, const char *s, size_t len, size_t max);
/* The same as a string the caller owns; max 512 octets, what one line bears. */
char *text_escaped(const char *s);

/* Takes the escapes of text_escape() off again, in place, for what was stored
 * as a line; \x00 and what is no escape stay.  The result is as foreign as what
 * was escaped. */
void text_unescape(char *s);

/* Of the count words, the one nearest to `word` if it is near enough to be
 * meant (edit distance <= 1 + length / 4), else NULL. */
const char *text_nearest(
    const char *word, const char *const *words, size_t count);

#endif
