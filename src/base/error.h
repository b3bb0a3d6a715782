/* SPDX-License-Identifier: ISC */
/*
 * What went wrong, told once by the place that knows.
 *
 * A fallible function returns 0 or -1 and takes struct error *err last; on -1
 * err is filled and outputs are untouched.  err_table[] gives each kind its
 * exit code (sysexits.h), its fate and its default enhanced status code
 * (RFC 3463): nothing else in the program decides those.
 *
 *	text	what, for a person: lower case, no full stop, translated
 *	detail	exact, untranslated: file:line, an address, a library's words
 *	hint	one whole translated sentence that says what to do
 *	reply	the server's reply, where one was the reason
 *
 * text, detail and reply may carry foreign bytes: they are sanitised where
 * they are shown, not here.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdarg.h>

#include "base/reply.h"

/* What becomes of a recipient. */
enum fate {
	FATE_PENDING, /* nothing decided yet */
	FATE_SENT,    /* the server has taken responsibility */
	FATE_DEFER,   /* not now: try again later */
	FATE_FAIL,    /* never */
};

enum err_kind {
	ERR_NONE,
	/* ours, before any connection */
	ERR_USAGE,           /* command line */
	ERR_CONFIG,          /* configuration file, account, value */
	ERR_DATA,            /* the message itself */
	ERR_LOOP,            /* the message goes round in a circle */
	ERR_ADDRESS,         /* an address that may not go on the wire */
	ERR_SMTPUTF8,        /* only SMTPUTF8 could carry it (RFC 6531) */
	ERR_CONVERT,         /* content the server takes only if converted,
			      * and that may not be (RFC 6152) */
	ERR_NO_INPUT,        /* a named input file is not there */
	ERR_IO,              /* reading or writing local data failed */
	ERR_OS,              /* the system refused: fork, socket, limits */
	ERR_SOFTWARE,        /* a library refused to start, or our own bug */
	ERR_CREDENTIAL,      /* no usable password, for good */
	ERR_NO_CREDENTIAL,   /* no source knows a user name or a password */
	ERR_CREDENTIAL_TEMP, /* no password just now: time limit, locked */
	/* the way to the server */
	ERR_HOST,      /* the name does not exist */
	ERR_HOST_TEMP, /* the name could not be looked up now */
	ERR_CONNECT,   /* no address answered */
	ERR_TIMEOUT,   /* a deadline passed */
	ERR_LOST,      /* the connection broke */
	/* the server */
	ERR_PROTOCOL,    /* it does not speak SMTP as it must */
	ERR_TLS,         /* the handshake failed */
	ERR_TLS_CERT,    /* it could not prove who it is */
	ERR_UNSUPPORTED, /* it lacks what we need: STARTTLS, AUTH, ... */
	ERR_AUTH,        /* it refused the credentials, or could not prove
			  * that it knows them */
	ERR_TOO_BIG,     /* message over the server's SIZE (RFC 1870) */
	ERR_DEFERRED,    /* 4yz, at whatever command */
	ERR_REFUSED,     /* 5yz to MAIL, RCPT or DATA */
	ERR_REJECTED,    /* 5yz to the end of the message */
	ERR_EXPIRED,     /* the time that the sender gave it is over */
	ERR_QUEUE,       /* the queue cannot take the mail now: full, quota */
	ERR_QUEUE_PLACE, /* its directory cannot be used at all */
	ERR_IN_DOUBT, /* the end of the message went out, no trustworthy reply
		       * came back: it may have been sent (RFC 1047) */
	ERR_KINDS
};

struct error {
	enum err_kind kind;
	int os_errno; /* errno where the system was the reason, else 0 */
	char *text;
	char *detail; /* or NULL */
	char *hint;   /* or NULL */
	struct reply reply;
};

#define ERROR_INIT                                                             \
	{                                                                      \
		ERR_NONE, 0, NULL, NULL, NULL, REPLY_INIT                      \
	}

struct err_row {
	const char *name; /* for logs and tests: "tls-cert" */
	int exit_code;    /* sysexits */
	enum fate fate;
	unsigned short esc[3];
};
extern const struct err_row err_table[ERR_KINDS];

void error_release(struct error *err);
AUTO_DEFINE(error);

/* Fills err anew (whatever it held is released).  Always returns -1. */
int err_set(struct error *err, enum err_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same, and keeps errno `os` whose text is appended: "text: reason". */
int err_set_os(struct error *err, enum err_kind kind, int os, const char *fmt,
    ...) __attribute__((format(printf, 4, 5)));
/* The same for a failure that a reply caused: a 4yz turns kind into
 * ERR_DEFERRED.  The reply is copied. */
int err_set_reply(struct error *err, enum err_kind kind,
    const struct reply *reply, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Add to an error that is set; replace an earlier one.  Return -1, so that
 * they can stand last in a failing path. */
int err_detail(struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
int err_hint(struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* to is released first. */
void err_copy(struct error *to, const struct error *from);
/* from is left empty. */
void err_move(struct error *to, struct error *from);

int err_exit_code(const struct error *err);
enum fate err_fate(const struct error *err);
/* X.Y.Z: the reply's own where its class fits its code, else the table's. */
void err_status(const struct error *err, unsigned short esc[3]);
/* "EX_OK" for 0, ...; "EX_???" for a code that sysexits.h does not know. */
const char *err_exit_name(int exit_code);

#endif
