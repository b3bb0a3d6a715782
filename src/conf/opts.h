/* SPDX-License-Identifier: ISC */
/*
 * THE option table.  One row per configuration command: the same row reads the
 * file and the long option, prints --help and --print, and is what the manual
 * and the completions are checked against.
 */
#ifndef CONF_OPTS_H
#define CONF_OPTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "conf/line.h"

/* In the order in which the settings are printed. */
enum opt_id {
	OPT_HOST,
	OPT_PORT,
	OPT_FAMILY,
	OPT_SOURCE_IP,
	OPT_PROXY_HOST,
	OPT_PROXY_PORT,
	OPT_PROXY_USER,
	OPT_PROXY_PASSWORD,
	OPT_SOCKET,
	OPT_TIMEOUT,
	OPT_TOTAL_TIMEOUT,
	OPT_PROTOCOL,
	OPT_DOMAIN,
	OPT_CHUNKING,
	OPT_AUTH,
	OPT_USER,
	OPT_PASSWORD,
	OPT_PASSWORDEVAL,
	OPT_PASSWORD_FILE,
	OPT_PASSWORD_CREDENTIAL,
	OPT_KEYRING,
	OPT_NETRC,
	OPT_NTLMDOMAIN,
	OPT_TLS,
	OPT_TLS_STARTTLS,
	OPT_TLS_TRUST_FILE,
	OPT_TLS_CRL_FILE,
	OPT_TLS_FINGERPRINT,
	OPT_TLS_PIN,
	OPT_TLS_PIN_MODE,
	OPT_TLS_DANE,
	OPT_TLS_DANE_ANCHOR,
	OPT_TLS_KEY_FILE,
	OPT_TLS_CERT_FILE,
	OPT_TLS_CERTCHECK,
	OPT_TLS_MIN_DH_PRIME_BITS,
	OPT_TLS_PRIORITIES,
	OPT_TLS_HOST_OVERRIDE,
	OPT_AUTO_FROM,
	OPT_MAILDOMAIN,
	OPT_FROM,
	OPT_FROM_FULL_NAME,
	OPT_ALLOW_FROM_OVERRIDE,
	OPT_FORCE_FROM,
	OPT_QUALIFY_DOMAIN,
	OPT_SET_FROM_HEADER,
	OPT_SET_DATE_HEADER,
	OPT_SET_MSGID_HEADER,
	OPT_SET_TO_HEADER,
	OPT_REMOVE_BCC_HEADERS,
	OPT_DOTS,
	OPT_BODY_8BIT,
	OPT_HEADERS_8BIT,
	OPT_LONG_LINES,
	OPT_CHARSET,
	OPT_DSN_NOTIFY,
	OPT_DSN_RETURN,
	OPT_REQUIRETLS,
	OPT_DELIVER_BY,
	OPT_FUTURE_RELEASE,
	OPT_MT_PRIORITY,
	OPT_MAIL_AUTH,
	OPT_LOGFILE,
	OPT_LOGFILE_TIME_FORMAT,
	OPT_SYSLOG,
	OPT_ALIASES,
	OPT_LOCAL_DOMAINS,
	OPT_FROM_HEADER_CHOOSES,
	OPT_ALIASES_IN_HEADERS,
	OPT_QUEUE,
	OPT_QUEUE_DIR,
	OPT_QUEUE_LINGER,
	OPT_QUEUE_QUOTA,
	OPT_QUEUE_QUOTA_MAILS,
	OPT_FALLBACK,
	OPT_FALLBACK_REFUSED,
	OPT_BOUNCE_TO,
	OPT_BOUNCE_MBOX,
	OPT_COUNT
};

/* What a value is; one function of opt_types.c each. */
enum opt_type {
	OPT_TYPE_STRING,   /* char *; no control characters */
	OPT_TYPE_NAME,     /* the same; names and numbers, never with a " #" */
	OPT_TYPE_COMMAND,  /* the same; for sh, which is left its quotes */
	OPT_TYPE_PATH,     /* char *; a leading "~/" is expanded */
	OPT_TYPE_PORT,     /* uint16_t; decimal; "" is 0 */
	OPT_TYPE_ADDRESS,  /* char *; a numeric address */
	OPT_TYPE_FAMILY,   /* enum family */
	OPT_TYPE_SECONDS,  /* int64_t; "off" is 0 */
	OPT_TYPE_SIZE,     /* int64_t, octets; "off" is 0 */
	OPT_TYPE_COUNTED,  /* int64_t, so many; "off" is 0 */
	OPT_TYPE_TOGGLE,   /* enum toggle; one of the row's words */
	OPT_TYPE_CONTENT,  /* enum content; one of the row's words */
	OPT_TYPE_PROTOCOL, /* enum protocol */
	OPT_TYPE_WORD,     /* an enum: 0 unset, n the row's n-th word */
	OPT_TYPE_AUTH,     /* auth and auth_mechanism */
	OPT_TYPE_SECRET,   /* struct secret */
	OPT_TYPE_FACILITY, /* char *; "LOG_MAIL" */
	OPT_TYPE_FROM, /* from and the list of senders: one more each time */
	OPT_TYPE_WISH, /* char *; see conf/opt_wishes.h */
	OPT_TYPE_COUNT
};

enum opt_arg {
	OPT_ARG_NEEDED, /* a value that is not empty */
	OPT_ARG_UNSETS, /* a value; an empty one unsets */
	OPT_ARG_MAY,    /* without a value it means `bare` */
};

/* Where it may be written. */
#define OPT_IN_FILE 1u
#define OPT_ON_LINE 2u /* on the command line of postrider and msmtp */
/* ... of sendmail too: it can neither run a command, nor name a file, nor
 * choose a server, nor weaken TLS (IN-20, IN-23). */
#define OPT_AS_SENDMAIL 4u
/* Says which server it is and how to log in there: on the command line it is
 * meant for the account that is chosen, and not for its fallback accounts. */
#define OPT_OF_SERVER 8u

struct opt_row {
	const char *name; /* in the file; the long option has '-' for '_' */
	char letter;      /* on the command line, or 0 */
	unsigned places;
	enum opt_type type;
	enum opt_arg arg;
	size_t field;      /* its offset in struct account */
	const char *words; /* the values in help, or what stands for them */
	const char *bare;  /* OPT_ARG_MAY: what no value means */
	const char *help;  /* not yet translated */
};

extern const struct opt_row opt_table[OPT_COUNT];

/* The row of a command of the file, or OPT_COUNT. */
enum opt_id opt_find(const char *name);
/* The long option of a row ("tls-starttls"); owned. */
char *opt_long_name(enum opt_id id);
/* The i-th command of the file that is no setting ("account"), or NULL. */
const char *opt_structure(size_t i);
/* The known command nearest to name, or NULL; borrowed. */
const char *opt_nearest(const char *name);
/*
 * An older command of msmtp's, which sets a value of another row: keepbcc is
 * remove_bcc_headers upside down.
 */
struct opt_legacy {
	const char *name;
	const char *option; /* long option, or NULL: in the file only */
	enum opt_id id;     /* OPT_COUNT: accepted, means nothing */
	/* The row's words for on and off.  Both NULL: any value, as it is;
	 * off NULL: it takes no value. */
	const char *on, *off;
};

#define OPT_LEGACY_MAX 8 /* of them */

/* The i-th, or NULL behind the last. */
const struct opt_legacy *opt_legacy(size_t i);
/* The one with that name, or NULL. */
const struct opt_legacy *opt_legacy_find(const char *name);
/* What its row is to be set to for value (NULL or "" for none); borrowed.
 * ERR_CONFIG as opt_set. */
int opt_legacy_value(const struct opt_legacy *l, const char *value,
    const char **out, struct error *err);
/* How its value is written; see conf/line.h. */
enum line_kind opt_line_kind(enum opt_id id);
/* The i-th facility of the system's log ("LOG_MAIL"), or NULL. */
const char *opt_facility(size_t i);
/* The i-th SASL mechanism that postrider speaks, by preference, or NULL. */
const char *opt_mechanism(size_t i);

struct account;

/* Parses value by the row's type into a; NULL is "no value was given".
 * ERR_CONFIG names the option and, unless it is a secret, the value. */
int opt_set(
    struct account *a, enum opt_id id, const char *value, struct error *err);
/* Copies one option's value, its mark and its origin. */
void opt_copy(struct account *to, const struct account *from, enum opt_id id);
/* One option's value as it can be written (an interval with its unit, a secret
 * as "*", a token's URL with "*" for its PIN), or NULL where it is not set;
 * owned. */
char *opt_text(const struct account *a, enum opt_id id);
/* The PIN in a path that is the URL of a token (RFC 7512 2.4): where it begins,
 * or NULL. */
const char *opt_pin(const char *value);
/* The word for a value of a toggle, family or content, or NULL behind the
 * last. */
const char *opt_word(enum opt_type type, size_t value);
/* Frees one option's value. */
void opt_clear(struct account *a, enum opt_id id);

#endif
