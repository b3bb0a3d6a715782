/* SPDX-License-Identifier: ISC */
/*
 * What follows from an attempt to deliver a queued mail: verdicts on disk, the
 * sender told, the next attempt or the end.  Here queue and deliver are joined.
 *
 *	offline		the account waits; nothing is held against the mail
 *	account		the same, longer, and loud
 *	4yz		that recipient waits
 *	5yz		that recipient has failed
 */
#ifndef DELIVER_SETTLE_H
#define DELIVER_SETTLE_H

#include <stdbool.h>

#include "deliver/job.h"
#include "queue/entry.h"

/* An attempt that is over; all is borrowed. */
struct attempt {
	struct entry *entry; /* open and locked */
	struct job *job;     /* with its verdicts */
	bool was_open;      /* a session was had: the verdicts are the mail's */
	unsigned offers;    /* enum smtp_ext of the server, for the report that
			     * goes its way; 0: not known */
	bool lacks_dsn;     /* the server could not be asked to tell */
	bool is_told;       /* a caller waits and hears of failures: nobody
			     * else is told */
	const char *remote; /* host that answered, or NULL */
};

enum settle_result {
	SETTLE_OVER,  /* the file is gone */
	SETTLE_WAITS, /* for another attempt */
	SETTLE_ASIDE, /* in hold/ or failed/: a person is needed */
};

/*
 * Makes durable what became of each recipient, in the order in which nothing
 * can be lost: who has it; the report to the sender; who has failed; and then
 * the file is removed.  *err says what went wrong with the queue itself, which
 * deserves a line in the log; ERR_NONE when nothing did.
 */
enum settle_result settle(const struct attempt *a, struct error *err);

/* Makes an account wait, or not any more, by what its session came to: err is
 * of an attempt that was not open, or ERR_NONE for one that was. */
void settle_account(
    struct queue *q, const char *account, const struct error *err);
/* Whether that error is of the way to the server. */
bool settle_is_offline(const struct error *err);
/* The name under which an account waits: its own, or the host; borrowed. */
const char *settle_account_name(const struct account *a);

/* A job's commit (see job.h): the in-doubt mark of ctx, a struct entry. */
int settle_commit(void *ctx, struct error *err);

#endif
