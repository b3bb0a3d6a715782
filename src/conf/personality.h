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
	LETTER_UNKNOWN,  /* not an option under this name */
	LETTER_REFUSED,  /* known; would do what we cannot do */
	LETTER_IGNORED,  /* known; does nothing here, and nobody misses it */
	LETTER_UNHEEDED, /* the same, but the log should say so */
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
	LETTER_CHECK,
	LETTER_DRY_RUN,
	LETTER_SERVERINFO,
	LETTER_RMQS,
	LETTER_CONFIGURE,
	LETTER_MAILQ,
	LETTER_QUEUE_SHOW,
	LETTER_QUEUE_HOLD,
	LETTER_QUEUE_RELEASE,
	LETTER_QUEUE_RETRY,
	LETTER_QUEUE_REMOVE,
	LETTER_QUEUE_CHECK,
	LETTER_JSON,
	LETTER_STATUS_FD,
	LETTER_NO_QUEUE,
	LETTER_QUEUE_RUN,
	LETTER_NETWORK_UP,
	LETTER_NOTIFY,
	LETTER_RETURN,
	LETTER_ENVID,
	LETTER_STORE_PASSWORD,
	LETTER_FORGET_PASSWORD,
	LETTER_HELP,
	LETTER_VERSION,
	/* of sendmail's letters only: see conf/sendmail.h */
	LETTER_BODY,         /* -B */
	LETTER_DOTS,         /* -i, -oi, -O IgnoreDots */
	LETTER_OPTION,       /* -o */
	LETTER_LONG_OPTION,  /* -O */
	LETTER_DELIVERY,     /* -od, -O DeliveryMode */
	LETTER_ERRORS,       /* -e, -oe, -O ErrorMode */
	LETTER_ALIAS_FILE,   /* -oA, -O AliasFile */
	LETTER_NO_ALIASES,   /* -n */
	LETTER_NO_FIXUPS,    /* -G */
	LETTER_UTF8,         /* -U, -O SMTPUTF8 */
	LETTER_TAG,          /* -L */
	LETTER_HOPS,         /* -h */
	LETTER_QUEUE,        /* -q */
	LETTER_MESSAGE,      /* -M */
	LETTER_NEW_ALIASES,  /* -I */
	LETTER_NO_RECIPIENT, /* -O NoRecipientAction */
	LETTER_EXPIRY,       /* -O Timeout.queuereturn */
	LETTER_REQUIRETLS,   /* -O RequireTLS */
	LETTER_EXTRACT,      /* -O ExtractArgs */
};

struct letter {
	char letter;
	enum letter_arg arg;
	enum letter_act as_msmtp, as_sendmail;
};

/* A name to be called by, and what it asks for as a letter would. */
struct calling_name {
	const char *name;
	enum personality personality;
	enum letter_act act; /* LETTER_IGNORED: nothing */
	const char *value;
};

/* The base name of argv[0], made printable, without a login shell's leading
 * hyphen; owned. */
char *personality_name(const char *argv0);
/* The row of a name (also with a suffix, "sendmail.postrider"); those without
 * one have the manners of msmtp. */
const struct calling_name *personality_find(const char *name);
/* The row of a letter, or NULL; *act is what it means under this name. */
const struct letter *personality_letter(
    enum personality personality, char letter, enum letter_act *act);
/* Appends the letters as getopt wants them. */
void personality_optstring(struct buf *out);

#endif
