/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/error.h"

#include <string.h>
#include <sysexits.h>

#include "base/xalloc.h"

/*
 * A failure on the way to the server, of its TLS or of its AUTH is never a
 * reason to give a message up (RFC 5321 4.2.1 speaks of the mail transaction
 * alone): such kinds have a definite exit code for a caller who waits, and the
 * fate DEFER for a queue.
 */
const struct err_row err_table[ERR_KINDS] = {
	[ERR_NONE] = { "none", EX_OK, FATE_SENT, { 2, 0, 0 } },
	[ERR_USAGE] = { "usage", EX_USAGE, FATE_FAIL, { 5, 5, 4 } },
	[ERR_CONFIG] = { "config", EX_CONFIG, FATE_DEFER, { 4, 3, 5 } },
	[ERR_DATA] = { "data", EX_DATAERR, FATE_FAIL, { 5, 6, 0 } },
	[ERR_LOOP] = { "loop", EX_UNAVAILABLE, FATE_FAIL, { 5, 4, 6 } },
	[ERR_ADDRESS] = { "address", EX_DATAERR, FATE_FAIL, { 5, 1, 3 } },
	[ERR_SMTPUTF8] = { "smtputf8", EX_DATAERR, FATE_FAIL, { 5, 6, 7 } },
	[ERR_CONVERT] = { "convert", EX_DATAERR, FATE_FAIL, { 5, 6, 3 } },
	[ERR_NO_INPUT] = { "no-input", EX_NOINPUT, FATE_DEFER, { 4, 3, 0 } },
	[ERR_IO] = { "io", EX_IOERR, FATE_DEFER, { 4, 3, 0 } },
	[ERR_OS] = { "os", EX_OSERR, FATE_DEFER, { 4, 3, 0 } },
	[ERR_SOFTWARE] = { "software", EX_SOFTWARE, FATE_DEFER, { 4, 3, 0 } },
	[ERR_CREDENTIAL] = { "credential", EX_CONFIG, FATE_DEFER, { 4, 7, 0 } },
	[ERR_NO_CREDENTIAL] = { "no-credential", EX_UNAVAILABLE, FATE_DEFER,
	    { 4, 7, 0 } },
	[ERR_CREDENTIAL_TEMP] = { "credential-temp", EX_TEMPFAIL, FATE_DEFER,
	    { 4, 7, 0 } },
	[ERR_HOST] = { "host", EX_NOHOST, FATE_DEFER, { 4, 4, 3 } },
	[ERR_HOST_TEMP] = { "host-temp", EX_TEMPFAIL, FATE_DEFER, { 4, 4, 3 } },
	[ERR_CONNECT] = { "connect", EX_TEMPFAIL, FATE_DEFER, { 4, 4, 1 } },
	[ERR_TIMEOUT] = { "timeout", EX_TEMPFAIL, FATE_DEFER, { 4, 4, 2 } },
	[ERR_LOST] = { "lost", EX_TEMPFAIL, FATE_DEFER, { 4, 4, 2 } },
	[ERR_PROTOCOL] = { "protocol", EX_PROTOCOL, FATE_DEFER, { 4, 5, 0 } },
	[ERR_TLS] = { "tls", EX_PROTOCOL, FATE_DEFER, { 4, 7, 5 } },
	[ERR_TLS_CERT] = { "tls-cert", EX_UNAVAILABLE, FATE_DEFER,
	    { 4, 7, 5 } },
	[ERR_UNSUPPORTED] = { "unsupported", EX_UNAVAILABLE, FATE_DEFER,
	    { 4, 7, 4 } },
	[ERR_AUTH] = { "auth", EX_NOPERM, FATE_DEFER, { 4, 7, 8 } },
	[ERR_TOO_BIG] = { "too-big", EX_UNAVAILABLE, FATE_FAIL, { 5, 3, 4 } },
	[ERR_DEFERRED] = { "deferred", EX_TEMPFAIL, FATE_DEFER, { 4, 0, 0 } },
	[ERR_REFUSED] = { "refused", EX_DATAERR, FATE_FAIL, { 5, 0, 0 } },
	[ERR_REJECTED] = { "rejected", EX_UNAVAILABLE, FATE_FAIL, { 5, 0, 0 } },
	[ERR_EXPIRED] = { "expired", EX_UNAVAILABLE, FATE_FAIL, { 5, 4, 7 } },
	[ERR_QUEUE] = { "queue", EX_TEMPFAIL, FATE_DEFER, { 4, 3, 1 } },
	[ERR_QUEUE_PLACE] = { "queue-place", EX_CANTCREAT, FATE_DEFER,
	    { 4, 3, 0 } },
	[ERR_IN_DOUBT] = { "in-doubt", EX_TEMPFAIL, FATE_DEFER, { 4, 4, 2 } },
};

void
error_release(struct error *err)
{
	if (!err)
		return;
	free(err->text);
	free(err->detail);
	free(err->hint);
	reply_release(&err->reply);
	*err = (struct error)ERROR_INIT;
}

/* Takes text. */
static int
err_fill(struct error *err, enum err_kind kind, int os, char *text)
{
	error_release(err);
	err->kind = kind;
	err->os_errno = os;
	err->text = text;
	return -1;
}

int
err_set(struct error *err, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	return err_fill(err, kind, 0, text);
}

int
err_set_os(struct error *err, enum err_kind kind, int os, const char *fmt, ...)
{
	auto_free char *what = NULL;
	va_list ap;

	va_start(ap, fmt);
	what = xvasprintf(fmt, ap);
	va_end(ap);
	return err_fill(err, kind, os, xasprintf("%s: %s", what, strerror(os)));
}

int
err_set_reply(struct error *err, enum err_kind kind, const struct reply *reply,
    const char *fmt, ...)
{
	struct reply copy = REPLY_INIT;
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	/* reply may live in err itself */
	reply_copy(&copy, reply);
	(void)err_fill(
	    err, reply_is_transient(&copy) ? ERR_DEFERRED : kind, 0, text);
	err->reply = copy;
	return -1;
}

int
err_detail(struct error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	xreplace(&err->detail, xvasprintf(fmt, ap));
	va_end(ap);
	return -1;
}

int
err_hint(struct error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	xreplace(&err->hint, xvasprintf(fmt, ap));
	va_end(ap);
	return -1;
}

void
err_copy(struct error *to, const struct error *from)
{
	error_release(to);
	to->kind = from->kind;
	to->os_errno = from->os_errno;
	to->text = from->text ? xstrdup(from->text) : NULL;
	to->detail = from->detail ? xstrdup(from->detail) : NULL;
	to->hint = from->hint ? xstrdup(from->hint) : NULL;
	reply_copy(&to->reply, &from->reply);
}

void
err_move(struct error *to, struct error *from)
{
	error_release(to);
	*to = *from;
	*from = (struct error)ERROR_INIT;
}

int
err_exit_code(const struct error *err)
{
	return err_table[err->kind].exit_code;
}

enum fate
err_fate(const struct error *err)
{
	return err_table[err->kind].fate;
}

void
err_status(const struct error *err, unsigned short esc[3])
{
	const unsigned short *from = err_table[err->kind].esc;

	if (err->reply.code && err->reply.esc[0] == err->reply.code / 100)
		from = err->reply.esc;
	memcpy(esc, from, 3 * sizeof(esc[0]));
}

const char *
err_exit_name(int exit_code)
{
	static const char *const names[] = { "EX_USAGE", "EX_DATAERR",
		"EX_NOINPUT", "EX_NOUSER", "EX_NOHOST", "EX_UNAVAILABLE",
		"EX_SOFTWARE", "EX_OSERR", "EX_OSFILE", "EX_CANTCREAT",
		"EX_IOERR", "EX_TEMPFAIL", "EX_PROTOCOL", "EX_NOPERM",
		"EX_CONFIG" };

	if (exit_code == EX_OK)
		return "EX_OK";
	if (exit_code < EX__BASE || exit_code > EX__MAX)
		return "EX_???";
	return names[exit_code - EX__BASE];
}
