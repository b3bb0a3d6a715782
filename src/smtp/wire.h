/* SPDX-License-Identifier: ISC */
/*
 * The wire: commands go out in flights, replies come back in order.
 *
 * Every command that is written owes one reply (RFC 2920); what is owed stands
 * in a FIFO, so that a reply is always that to the oldest command without one.
 * A session that does not pipeline is the same thing with one owed reply at a
 * time.  This header is for src/smtp alone.
 */
#ifndef SMTP_WIRE_H
#define SMTP_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/redact.h"
#include "base/reply.h"
#include "io/lines.h"
#include "io/stream.h"
#include "smtp/ext.h"
#include "smtp/phase.h"
#include "smtp/session.h"

/* What may be under way without a reply.  A server that stops reading until
 * we read its replies must not stop us from getting there: so much always fits
 * into the sockets' buffers. */
#define WIRE_OWED_MAX 512             /* replies */
#define WIRE_OCTETS_MAX (32 * 1024)   /* octets of commands */
#define WIRE_COMMAND_MAX (192 * 1024) /* octets of one command (AUTH, BDAT) */

struct smtp_owed {
	enum smtp_phase phase;
	size_t index; /* RCPT: which recipient */
	size_t octets;
};

struct smtp {
	struct stream **io; /* borrowed slot: see smtp_new() */
	struct lines in;
	struct buf out; /* commands that are not written yet */
	struct smtp_owed owed[WIRE_OWED_MAX]; /* a ring */
	size_t first, count;
	size_t octets; /* of all owed commands */
	enum smtp_phase phase;
	int64_t timeout_s; /* 0: the phases' own */
	int64_t stop_at;   /* no deadline is later than this */
	bool may_quit;     /* the server still listens, as far as we know */
	bool needs_reset;  /* a transaction was begun and not ended */
	size_t mails;      /* transactions that were begun */
	size_t rcpt_max;   /* recipients in one; 0: no limit is known */
	enum smtp_chunking chunking;
	int (*commit)(void *ctx, struct error *err); /* smtp_set_commit() */
	void *commit_ctx;
	bool is_lmtp;
	struct ext ext;
	char *greeting, *offers; /* see smtp_greeting(); or NULL */
	struct redact redact;
};

/* The one place where the state changes: sets the deadline of phase. */
void wire_enter(struct smtp *s, enum smtp_phase phase);

/* Whether another command must wait until replies were collected. */
bool wire_is_full(const struct smtp *s);

/*
 * Ends a command that the caller has appended to s->out, piece by piece, from
 * start on: its line end, and its reply is owed.  Fails as wire_add().
 */
int wire_end(
    struct smtp *s, size_t start, struct smtp_owed owed, struct error *err);

/*
 * Adds a command (without its line end) to the flight and owes its reply.
 * ERR_SOFTWARE when a line end got into it, whatever way it took: nothing of
 * it is written then.
 */
int wire_add(struct smtp *s, struct smtp_owed owed, struct error *err,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Adds octets that belong to the command that was added last. */
void wire_add_octets(struct smtp *s, const char *p, size_t len);

/* Writes the flight, with one stream_write.  ERR_PROTOCOL when nothing is owed
 * and the server spoke all the same (RFC 2920 3.2). */
int wire_flush(struct smtp *s, struct error *err);

/*
 * Collects the oldest owed reply, after writing what is not written yet.  -1
 * ends the session: ERR_TIMEOUT, ERR_LOST, ERR_PROTOCOL, or ERR_DEFERRED for a
 * 421, which may stand in place of any reply (RFC 5321 3.8).
 */
int wire_next(struct smtp *s, struct smtp_owed *owed, struct reply *reply,
    struct error *err);

/* One command and its reply: wire_add(), wire_next(). */
int wire_ask(struct smtp *s, enum smtp_phase phase, struct reply *reply,
    struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* Waits for a reply of phase without having said anything: the greeting, or
 * what a server says while it is our turn. */
int wire_read(struct smtp *s, enum smtp_phase phase, struct reply *reply,
    struct error *err);

/* Writes octets that are no commands; s->phase names what they are. */
int wire_write(struct smtp *s, const char *p, size_t len, struct error *err);

#endif
