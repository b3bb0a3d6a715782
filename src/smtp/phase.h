/* SPDX-License-Identifier: ISC */
/* What a session can be waiting for, and what it means when that goes wrong. */
#ifndef SMTP_PHASE_H
#define SMTP_PHASE_H

#include "base/error.h"
#include "base/reply.h"

enum smtp_phase {
	PHASE_GREETING,
	PHASE_EHLO,
	PHASE_LHLO,
	PHASE_HELO,
	PHASE_STARTTLS,
	PHASE_AUTH,
	PHASE_MAIL,
	PHASE_RCPT,
	PHASE_DATA,
	PHASE_BODY, /* our turn: the deadline covers one block */
	PHASE_BDAT, /* a chunk that is not the last */
	PHASE_DOT,  /* or the last chunk */
	PHASE_RSET,
	PHASE_ETRN,
	PHASE_QUIT,
	PHASE_COUNT
};

struct phase_row {
	const char *name; /* for details: "RCPT" */
	/* "the connection was lost while ..."; translated when used */
	const char *waiting;
	/* What a refusal means; may hold one %s, see phase_judge(); ditto */
	const char *refused;
	int timeout_s;      /* RFC 5321 4.5.3.2 */
	enum err_kind kind; /* of a 5yz here */
	/* The codes that are the way on, 0 behind the last; 2 is all 2yz.
	 * What is neither one of them nor 4yz nor 5yz is no SMTP (RP-08). */
	short good[4];
};

extern const struct phase_row phase_table[PHASE_COUNT];

/*
 * What reply means in phase.  0: go on.  -1: ERR_DEFERRED for a 4yz, the row's
 * kind for a 5yz, ERR_PROTOCOL for a code that has no business there; the reply
 * goes into err.  arg stands in the text where the row has a %s: the address,
 * the mechanism.
 */
int phase_judge(enum smtp_phase phase, const struct reply *reply,
    const char *arg, struct error *err);

#endif
