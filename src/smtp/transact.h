/* SPDX-License-Identifier: ISC */
/*
 * One mail transaction, in steps: what can be known before, the envelope, the
 * message.  This header is for src/smtp alone.
 *
 * The message goes one of three ways:
 *
 *	flight	CHUNKING, and the message is small: `BDAT n LAST` and the
 *		octets leave together with MAIL and RCPT (RFC 3030, 2920)
 *	chunks	CHUNKING, and it is not: behind the replies to RCPT; several
 *		chunks are under way at once
 *	data	DATA, behind its 354
 *
 * A chunk ends where its size says, whatever is in it, so it is what is chosen.
 * With PIPELINING a large message is at the server as soon by DATA, and there
 * the very large ones go that way: Exim takes a quarter longer over chunks,
 * which with these one would notice.
 */
#ifndef SMTP_TRANSACT_H
#define SMTP_TRANSACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "smtp/wire.h"

/* Octets of a message that goes in one flight with its envelope: with the
 * commands it fits into the sockets' buffers, so that a server which does not
 * read before we read cannot stop us. */
#define TRANSACT_FLIGHT_MAX ((uint64_t)64 * 1024)
/* Replies that may be owed before such a message. */
#define TRANSACT_FLIGHT_OWED 256
/* Octets of a message that goes in chunks where DATA would be as soon. */
#define TRANSACT_CHUNKS_MAX ((uint64_t)32 * 1024 * 1024)
/* Octets of a chunk; whole blocks of the encoder. */
#define TRANSACT_CHUNK ((uint64_t)16 * BODY_BLOCK)

enum transact_way {
	TRANSACT_DATA,
	TRANSACT_CHUNKS,
	TRANSACT_FLIGHT,
};

/* A recipient in this transaction. */
enum transact_state {
	TRANSACT_OUTSIDE, /* not named in it */
	TRANSACT_NAMED,
	TRANSACT_ACCEPTED,
	TRANSACT_PUT_OFF, /* too many for this one: the next one's */
};

struct transact {
	struct smtp *s;
	struct envelope *env;
	const struct message *m;
	enum transact_way way;
	uint64_t size;        /* of the message on the wire, octets */
	bool is_8bit;         /* the message */
	bool is_utf8;         /* SMTPUTF8 is to be declared */
	unsigned char *state; /* enum transact_state, by recipient */
	size_t first;         /* nobody before is pending */
	size_t named, accepted, put_off;
	size_t fit;        /* accepted when the first was put off; 0: some
			    * were accepted behind it */
	struct error mail; /* why MAIL was refused */
	struct error data; /* why DATA or a chunk was refused */
	struct error lost; /* behind an ERR_IN_DOUBT: what happened */
	bool is_data_open; /* 354: the server waits for a message */
	bool is_committed; /* its end may be out: its reply is waited for
			    * even by who was asked to stop */
	bool is_out;       /* the last octet of the message */
	bool is_ahead;     /* begun behind another one: see smtp_begin() */
	size_t behind;     /* replies owed for those begun behind it */
	uint64_t left;     /* octets that have not been announced, chunks */
	uint64_t chunk;    /* octets of the chunk that have not been sent */
};

void transact_release(struct transact *t);
AUTO_DEFINE(transact);

/* t is fresh and borrows all three; -1 with what holds for all recipients. */
int transact_init(struct transact *t, struct smtp *s, struct envelope *env,
    const struct message *m, struct error *err);
/* Collects what is owed of a message that is out, and rules.  -1: the session
 * is over. */
int transact_finish(struct transact *t, struct error *err);
/* The session is over before that; err is why, and stays that of those who were
 * not in it. */
int transact_in_doubt(struct transact *t, struct error *err);
/* MAIL, and RCPT for each who is pending. */
int transact_name_all(struct transact *t, struct error *err);

/* Whether the server offers it. */
bool transact_has(const struct transact *t, unsigned ext);

/* Everything that can be known before anything is said: rules recipients that
 * cannot be named to this server; -1 with the reason that holds for all. */
int transact_check(struct transact *t, struct error *err);

/* MAIL RCPT*, and what follows them in the same flight; collects all replies
 * but the one to the message. */
int transact_envelope(struct transact *t, struct error *err);

/* The message, where it did not go with the envelope.  -1: not as a whole, and
 * the connection must go with it (SM-18).  A chunk that is refused is no
 * failure: t->data is set. */
int transact_body(struct transact *t, struct error *err);
/* Encodes the message to one buffer, at most TRANSACT_FLIGHT_MAX octets. */
int transact_encode_whole(
    struct transact *t, struct buf *out, struct error *err);

/* Before the last octets: see smtp_set_commit(). */
int transact_commit(struct transact *t, struct error *err);

/* Keeps a refusal as the reason in *why; -1 with err where the reply was none
 * for this command: what comes next cannot be told then. */
int transact_judge(enum smtp_phase phase, const struct reply *reply,
    const char *arg, struct error *why, struct error *err);
/* Collects and rules replies until at most `left` are owed. */
int transact_collect(struct transact *t, size_t left, struct error *err);
/* The connection broke while we wrote: a refusal that came before that is the
 * reason, and becomes err (SM-12). */
void transact_heed_refusal(struct transact *t, struct error *err);
void transact_rule_rcpt(struct rcpt *rcpt, const struct error *why);

#endif
