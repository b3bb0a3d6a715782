/* SPDX-License-Identifier: ISC */
/*
 * The grammar of msmtprc.  One command per line: blanks, a word, blanks, the
 * value up to the end of the line (see conf/line.h and, for values that are
 * written elsewhere, conf/value.h); no line is continued.  CRLF line ends and a
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

/* What makes it matter who may read or write the file, and, set by the caller
 * (NULL: such a line is an error), what reaches out of it. */
struct parse_facts {
	bool has_password; /* written in the file itself */
	bool has_command;  /* to be run: passwordeval */
	/* Runs the command of an eval line and gives the first line it says,
	 * without its end. */
	int (*eval)(void *ctx, const char *command, struct secret *line,
	    struct error *err);
	/* Gives the lines of the file that an include line names to
	 * parse_part() with p. */
	int (*include)(
	    void *ctx, struct parse *p, const char *path, struct error *err);
	/* As value_fill(). */
	int (*fill)(void *ctx, const char *text, bool is_secret,
	    struct secret *out, struct error *err);
	void *ctx;
};

/* For the files that make up c's accounts, one after the other or one in the
 * other.  base: accounts of another file, to be taken over from where these
 * have none of that name; or NULL. */
struct parse *parse_new(struct conf *c, const struct conf *base);
void parse_free(struct parse *p);

/*
 * Appends the accounts of one file; what is going on in p goes on in it.  path
 * is for messages and origins and must live as long as the accounts; text is
 * cut into words in place, and text[len] must be writable.  ERR_CONFIG: "path:
 * line N: ...", never with a value that is a secret; c may then hold some of
 * the accounts.  Where c keeps going, mistakes go to c->problems.
 */
int parse_part(struct parse *p, const char *path, char *text, size_t len,
    struct parse_facts *facts, struct error *err);
/* The next file is no part of the account in which the last one has ended. */
void parse_begin_file(struct parse *p);
/* Whether to go on after this error, which is then among the problems. */
bool parse_goes_on(struct parse *p, struct error *err);
/* All of it for one file. */
int parse_config(struct conf *c, const char *path, char *text, size_t len,
    struct parse_facts *facts, struct error *err);

#endif
