/* SPDX-License-Identifier: ISC */
/* Which of the waiting mails a call is about: what stands behind -q, and behind
 * -M. */
#ifndef CONF_SELECTOR_H
#define CONF_SELECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum selector_part {
	SELECTOR_ID,
	SELECTOR_RECIPIENT,
	SELECTOR_SENDER,
	SELECTOR_REASON, /* for which it is held */
};

/* One condition; the text is looked for anywhere in the part, as sendmail
 * does. */
struct selector_match {
	enum selector_part part;
	bool is_negated; /* -q!I */
	char *text;      /* owned; not empty */
};

/* All conditions must hold; none: every mail. */
struct selector {
	struct selector_match *matches;
	size_t count;
	bool is_forced;  /* -qf: those too that are not due */
	bool is_held;    /* -qQ: those that are held, and only those */
	int64_t every_s; /* -q30m: a daemon would run so often; 0: not said */
};

void selector_release(struct selector *s);
/* Takes a copy of text. */
void selector_add(struct selector *s, enum selector_part part, bool is_negated,
    const char *text);
/*
 * Adds what stands behind -q:
 *
 *	""		every mail that is due
 *	"f", "ff"	also what is not
 *	"i", "l", "q"	Exim's: nothing more
 *	"30m", "1h30m", "p5m"	how often; a number alone is minutes
 *	"Itext", "Rtext", "Stext", "Qtext"	a condition, with "!" before it
 *			its contrary; "Q" alone: those that are held
 *	"Gname"		sendmail's queue groups: there is one, all are in it
 *
 * -1 for what is none of these; s may then have changed.
 */
int selector_parse(struct selector *s, const char *text);

/* "90", "1h30m", "5d": seconds; unit_s is that of a number without a letter.
 * 0, or -1 for what is no time or beyond 100 years. */
int selector_duration(const char *text, int64_t unit_s, int64_t *out_s);

#endif
