/* SPDX-License-Identifier: ISC */
/*
 * One line of msmtprc: a word, and what is meant by the text behind it.
 *
 * msmtp takes one pair of double quotes off that text and nothing else.  What
 * is understood beyond that are forms that would be mistakes, or nonsense, in a
 * file of msmtp's:
 *
 *	"value" # comment	in quotes \" and \\ stand for " and \
 *	value # comment		where a value cannot hold such a thing
 */
#ifndef CONF_LINE_H
#define CONF_LINE_H

#include <stddef.h>

enum line_kind {
	LINE_EXACT, /* as with msmtp: a secret, a command */
	LINE_TEXT,  /* anything: only quotes end it before the line's end */
	LINE_WORDS, /* words, names and numbers: " #" begins a comment */
};

/* Cuts a line of len octets, which text[len] ends, in place: *word is "" for an
 * empty line or a comment; *rest is trimmed. */
void line_split(char *text, size_t len, char **word, char **rest);
/* The value that rest means, in place; trimmed. */
char *line_value(char *rest, enum line_kind kind);

#endif
