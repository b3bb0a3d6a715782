/* SPDX-License-Identifier: ISC */
/* Which manners a name asks for, and the single letters of each. */
#ifndef CONF_PERSONALITY_H
#define CONF_PERSONALITY_H

#include "base/buf.h"
#include "conf/conf.h"

enum letter_arg {
	LETTER_ARG_NONE,
	LETTER_ARG_NEEDED, /* glued or the next word */
	LETTER_ARG_GLUED,  /* glued or none */
	LETTER_ARG_LOOSE,  /* glued, or for sendmail also the next word unless
			    * that begins with a hyphen */
};

enum letter_act {
	LETTER_UNKNOWN, /* not an option under this name */
	LETTER_REFUSED, /* known; would do what we cannot do (yet) */
	LETTER_IGNORED,
	LETTER_SENDER,
	LETTER_FULL_NAME,
	LETTER_READ_RECIPIENTS,
	LETTER_VERBOSE,
	LETTER_DEBUG, /* -d; -d0.1 is the version */
	LETTER_FILE,
	LETTER_ACCOUNT,
	LETTER_LOGFILE,
	LETTER_MODE, /* -b */
	LETTER_READ_ENVELOPE_FROM,
	LETTER_IPV4,
	LETTER_IPV6,
	LETTER_PRINT, /* -P */
	LETTER_EXPLAIN,
	LETTER_DRY_RUN,
	LETTER_SERVERINFO,
	LETTER_RMQS,
	LETTER_CONFIGURE,
	LETTER_JSON,
	LETTER_STATUS_FD,
	LETTER_NOTIFY,
	LETTER_RETURN,
	LETTER_ENVID,
	LETTER_HELP,
	LETTER_VERSION,
};

struct letter {
	char letter;
	enum letter_arg arg;
	enum letter_act as_msmtp, as_sendmail;
};

/* The base name of argv[0], made printable, without a login shell's leading
 * hyphen; owned. */
char *personality_name(const char *argv0);
/* ERR_USAGE for names whose work postrider does not do. */
int personality_find(
    const char *name, enum personality *out, struct error *err);
/* The row of a letter, or NULL; *act is what it means under this name. */
const struct letter *personality_letter(
    enum personality personality, char letter, enum letter_act *act);
/* Appends the letters as getopt wants them. */
void personality_optstring(struct buf *out);

#endif
