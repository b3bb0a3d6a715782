/* SPDX-License-Identifier: ISC */
/*
 * The grammar of msmtprc.  One command per line: blanks, a word, blanks, the
 * value up to the end of the line.  Blanks around the value go, then one pair
 * of double quotes around it; nothing is an escape, no line is continued, `#`
 * starts a comment only as the first character of a line.  CRLF line ends and a
 * byte order mark are fine; a NUL is not.
 *
 *	defaults                 what follows goes for all later accounts
 *	account NAME             the defaults so far, then what follows
 *	account NAME : A, B      the same, after what was set in A, then in B
 *	eval COMMAND             the first line that it prints, in this place
 *	include FILE             the lines of that file, in this place
 */
#ifndef CONF_PARSE_H
#define CONF_PARSE_H

#include "conf/conf.h"

struct parse;

/* What makes it matter who may read or write the file. */
struct parse_facts {
	bool has_password; /* written in the file itself */
	bool has_passwordeval;
	/* Set by the caller: runs the command of an eval line and gives the
	 * first line it says, without its end.  NULL: eval is an error. */
	int (*eval)(void *ctx, const char *command, struct secret *line,
	    struct error *err);
	void *eval_ctx;
	/* Set by the caller: gives the lines of the file that an include line
	 * names to parse_part() with p.  NULL: include is an error. */
	int (*include)(
	    void *ctx, struct parse *p, const char *path, struct error *err);
	void *include_ctx;
};

/*
 * Appends the accounts of one file to c.  path is for messages and origins and
 * must live as long as the accounts; text is cut into words in place, and
 * text[len] must be writable.  ERR_CONFIG: "path: line N: ...", never with a
 * value that is a secret; c may then hold some of the accounts.
 */
int parse_config(struct conf *c, const char *path, char *text, size_t len,
    struct parse_facts *facts, struct error *err);
/* The same for a file that is included in the place where p is. */
int parse_part(struct parse *p, const char *path, char *text, size_t len,
    struct parse_facts *facts, struct error *err);

#endif
