/* SPDX-License-Identifier: ISC */
/* Where the parser of msmtprc is; for parse.c and parse_setting.c alone. */
#ifndef CONF_PARSE_STATE_H
#define CONF_PARSE_STATE_H

#include "conf/parse.h"

struct parse {
	struct conf *conf;
	const char *path;
	unsigned line;
	struct account *defaults;
	struct account *current; /* NULL before the first command */
	struct account *scratch; /* what an account that is none would set */
	const struct conf *base; /* see parse_new() */
	struct parse_facts *facts;
	bool is_evaled; /* the line is what a command said */
	bool has_from;  /* the current account has a line `from` */
	/* Where the current account, or part with defaults, has set this. */
	struct origin said[OPT_COUNT];
	unsigned depth; /* of files that are being included */
};

/* Puts file and line before an error that is set.  Returns -1. */
int parse_fail(const struct parse *p, struct error *err);
/* What follows goes to a new account. */
void parse_begin(struct parse *p, const char *name);
/* A line that sets something: its word, and the rest in which the value is. */
int parse_setting(
    struct parse *p, const char *word, char *rest, struct error *err);

#endif
