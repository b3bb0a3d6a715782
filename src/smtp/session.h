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
	SMTP_EXT_CHUNKING = 1 << 7,
	SMTP_EXT_LIMITS = 1 << 8,
	SMTP_EXT_DSN = 1 << 9,
	SMTP_EXT_ETRN = 1 << 10,
	SMTP_EXT_REQUIRETLS = 1 << 11,
	SMTP_EXT_DELIVERBY = 1 << 12,
	SMTP_EXT_FUTURERELEASE = 1 << 13,
	SMTP_EXT_MT_PRIORITY = 1 << 14,
	SMTP_EXT_BINARYMIME = 1 << 15,
};

/* Whether messages go in chunks (RFC 3030). */
enum smtp_chunking {
	SMTP_CHUNKING_AUTO, /* where that is offered */
	SMTP_CHUNKING_ON,   /* and nowhere else */
	SMTP_CHUNKING_OFF,
};

/* *io is the slot of the stream's top: a layer pushed in by the caller between
 * two calls is used from then on.  The slot and its stream stay the caller's.
 * timeout_s: 0 for the defaults of RFC 5321 4.5.3.2, else no phase waits longer
 * than that for a reply. */
struct smtp *smtp_new(struct stream **io, int64_t timeout_s);
void smtp_free(struct smtp *s);
/* Speaks LMTP (RFC 2033): LHLO, and a reply for each recipient. */
void smtp_set_lmtp(struct smtp *s);
void smtp_set_chunking(struct smtp *s, enum smtp_chunking chunking);
/* commit (or NULL) is called before anything goes out after which the server
 * may have taken the mail: the last octets with the final dot, the last chunk.
 * -1 from it stops the transaction before that, and the session with it. */
void smtp_set_commit(
    struct smtp *s, int (*commit)(void *ctx, struct error *err), void *ctx);

/* Reads the greeting: 220, or ERR_PROTOCOL (ERR_DEFERRED for 4yz). */
int smtp_greet(struct smtp *s, struct error *err);
/* EHLO (LHLO of LMTP); HELO where that is refused with 5yz and !need_ehlo. What
 * an earlier hello told is forgotten first. */
int smtp_hello(
    struct smtp *s, const char *domain, bool need_ehlo, struct error *err);
/* STARTTLS (RFC 3207).  0 only when the reply was exactly 220 and nothing came
 * behind it.  ERR_UNSUPPORTED when it is not offered. */
int smtp_starttls(struct smtp *s, struct error *err);

/* The i-th keyword that is known, with its bit in *bit; NULL behind the
 * last. */
const char *smtp_ext_name(size_t i, enum smtp_ext *bit);
/* SMTPUTF8 counts only beside 8BITMIME (RFC 6531 3.1). */
unsigned smtp_extensions(const struct smtp *s);
/* Whether the server takes no more mails in this session (RFC 9422 4.1). */
bool smtp_is_spent(const struct smtp *s);
/* What the server said: its greeting, and its answer to the last hello, the
 * lines divided by LF (the first ones, as far as a reply is kept); "" before
 * that; borrowed, not sanitised. */
const char *smtp_greeting(const struct smtp *s);
const char *smtp_offers(const struct smtp *s);
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
 * One mail: MAIL, each RCPT, the message, in one flight up to DATA where the
 * server pipelines; with CHUNKING a small message goes in the same flight.
 * Every recipient of env that is PENDING gets its fate and its why.  Those that
 * are too many for one transaction (LIMITS, RFC 9422; 452 or 552 after some
 * were accepted, RFC 5321 4.5.3.1.10) get another one; a message or a
 * reverse-path that was refused is not offered again.
 *
 * 0: the session can carry another, unless smtp_is_spent(): recipients may be
 * PENDING then, for another session.  -1 with err: it is over (the recipients
 * know, too).  SENT only after a complete 2yz reply to the end of the message;
 * what happens between its last octet and that reply is ERR_IN_DOUBT.
 */
int smtp_transact(struct smtp *s, struct envelope *env, const struct message *m,
    struct error *err);

/*
 * The same for several mails under way at once, where the server pipelines and
 * takes chunks (RFC 2920, RFC 3030 4.2):
 *
 *	smtp_begin(a), smtp_begin(b), smtp_end(a), smtp_begin(c), ...
 *
 * smtp_begin() sends a mail that is small enough whole, and waits for nothing:
 * 1 and *out, whose env and m must stay.  0: it cannot be done, or not while so
 * much is under way, or everybody has a verdict already: end all others, then
 * use smtp_transact().  -1: the session is over, as then.
 */
struct smtp_mail;
/* Whether that is possible at all in this session. */
bool smtp_can_begin(const struct smtp *s);
/* Whether something was heard already from the server that smtp_end() waits
 * for: it will hardly have to wait. */
bool smtp_is_answered(const struct smtp *s);
int smtp_begin(struct smtp *s, struct envelope *env, const struct message *m,
    struct smtp_mail **out, struct error *err);
/* Collects the replies to the oldest that is under way, and frees it.  -1: the
 * session is over; the others are to be given up. */
int smtp_end(struct smtp_mail *mail, struct error *err);
/* Rules the recipients of one that was under way when its session ended for
 * that reason, and frees it. */
void smtp_give_up(struct smtp_mail *mail, const struct error *why);

/* ETRN (RFC 1985): node is a host, "@domain" or "#queue".  ERR_UNSUPPORTED
 * where it is not offered or not done for this node, ERR_DATA for a node that
 * makes no sense to the server. */
int smtp_etrn(struct smtp *s, const char *node, struct error *err);

/* Says QUIT if the protocol allows it here; waits for nothing. */
void smtp_quit(struct smtp *s);

#endif
