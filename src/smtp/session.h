/* SPDX-License-Identifier: ISC */
/*
 * One SMTP submission session (RFC 5321, 6409), in protocol order.
 *
 *	greet -> hello -> [starttls -> (caller puts TLS under) -> hello]
 *	-> [auth] -> transact* -> quit
 *
 * After any -1 the session is over: nothing more is sent but QUIT, and that
 * by smtp_quit() where the server still listens, as far as can be known.  A 421
 * (ERR_DEFERRED) may come anywhere and ends it, too.
 */
#ifndef SMTP_SESSION_H
#define SMTP_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/redact.h"
#include "base/secret.h"
#include "io/stream.h"
#include "mail/envelope.h"
#include "mail/message.h"

struct smtp;

/* EHLO keywords (RFC 5321 2.2); bits of smtp_extensions(). */
enum smtp_ext {
	SMTP_EXT_PIPELINING = 1 << 0,
	SMTP_EXT_SIZE = 1 << 1,
	SMTP_EXT_8BITMIME = 1 << 2,
	SMTP_EXT_STARTTLS = 1 << 3,
	SMTP_EXT_AUTH = 1 << 4,
	SMTP_EXT_ENHANCEDSTATUSCODES = 1 << 5,
	SMTP_EXT_SMTPUTF8 = 1 << 6,
};

/* *io is the slot of the stream's top: a layer pushed in by the caller between
 * two calls is used from then on.  The slot and its stream stay the caller's.
 * timeout_s: 0 for the defaults of RFC 5321 4.5.3.2, else no phase waits longer
 * than that for a reply. */
struct smtp *smtp_new(struct stream **io, int64_t timeout_s);
void smtp_free(struct smtp *s);

/* Reads the greeting: 220, or ERR_PROTOCOL (ERR_DEFERRED for 4yz). */
int smtp_greet(struct smtp *s, struct error *err);
/* EHLO; HELO where that is refused with 5yz and !need_ehlo.  What an earlier
 * hello told is forgotten first. */
int smtp_hello(
    struct smtp *s, const char *domain, bool need_ehlo, struct error *err);
/* STARTTLS (RFC 3207).  0 only when the reply was exactly 220 and nothing came
 * behind it.  ERR_UNSUPPORTED when it is not offered. */
int smtp_starttls(struct smtp *s, struct error *err);

unsigned smtp_extensions(const struct smtp *s);
/* The AUTH mechanisms offered, upper case, one blank between; "" for none. */
const char *smtp_mechanisms(const struct smtp *s);
/* Sets RFC 5321's limit in *size (octets); false when none was declared. */
bool smtp_size_max(const struct smtp *s, uint64_t *size);
/* Secrets to star in transcripts and replies. */
struct redact *smtp_redact(struct smtp *s);

/* One side of a SASL exchange, as smtp_auth() needs it. */
struct smtp_sasl {
	const char *mechanism; /* upper case */
	bool has_initial;      /* the client speaks first */
	/* The answer to one decoded challenge ("" for an initial response). */
	int (*step)(void *ctx, const char *challenge, size_t len,
	    struct secret *response, struct error *err);
	/* Whether the client is content with the server's proof. */
	bool (*is_done)(void *ctx);
	void *ctx;
};

/*
 * AUTH (RFC 4954).  The initial response goes with the command only while the
 * line stays within 512 octets with its CRLF; a step that fails is cancelled
 * with "*"; at most 10 challenges.  What we say is hidden from transcripts, and
 * starred where a reply echoes it; the caller adds the password itself to
 * smtp_redact().  ERR_AUTH for a 5yz and for a 235 while !is_done();
 * ERR_DEFERRED for a 4yz; what step() said where that failed.
 */
int smtp_auth(struct smtp *s, const struct smtp_sasl *sasl, struct error *err);

/*
 * One mail transaction: MAIL, each RCPT, DATA, the message; in one flight up to
 * DATA where the server pipelines.  Every recipient of env that is PENDING gets
 * its fate and its why.  0: the session can carry another; -1 with err: it is
 * over (the recipients know, too).  SENT only after a complete 2yz reply to the
 * final dot; what happens between the dot and that reply is ERR_IN_DOUBT.
 */
int smtp_transact(struct smtp *s, struct envelope *env, const struct message *m,
    struct error *err);

/* Says QUIT if the protocol allows it here; waits for nothing. */
void smtp_quit(struct smtp *s);

#endif
