/* SPDX-License-Identifier: ISC */
/* One line for each call, in msmtp's format, to each sink that is configured.
 */
#ifndef LOG_LOG_H
#define LOG_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/reply.h"

struct log_record {
	const char *host;   /* NULL: not known yet; it is left out */
	const char *socket; /* path, in place of host; or NULL */
	bool is_tls, is_auth;
	const char *user;              /* or NULL */
	const char *from;              /* reverse-path, or NULL */
	const char *const *recipients; /* recipient_count of them */
	size_t recipient_count;
	uint64_t mail_size; /* octets, with LF line ends; only on success */
	const struct reply *reply; /* the server's last word, or NULL */
	const char *error;         /* what went wrong, or NULL */
	int exit_code;
};

/* The line without time and line end; every value sanitised; owned. */
char *log_line(const struct log_record *r);

struct log_sinks {
	const char *file;        /* path, "-" for standard output, or NULL */
	const char *time_format; /* of a file's lines, or NULL */
	const char *syslog;      /* facility ("LOG_MAIL"), or NULL */
	const char *ident;       /* the program's name */
};

/* Writes to every sink; never waits longer than 0.5 s for a lock, never changes
 * an exit code.  -1 when some sink failed; the others were still served. */
int log_write(const struct log_sinks *sinks, const struct log_record *r,
    struct error *err);
/* Something worth knowing (LOG_INFO; in a file "note: ..."). */
int log_note(
    const struct log_sinks *sinks, const char *text, struct error *err);
/* A plain warning (LOG_WARNING; in a file "warning: ..."). */
int log_warn(
    const struct log_sinks *sinks, const char *text, struct error *err);

#endif
