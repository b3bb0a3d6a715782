/* SPDX-License-Identifier: ISC */
/*
 * What a sender is told of his queued mail: that it failed, is late, or was
 * handed to a server that will not tell (RFC 3461 5.2, 6.2).
 *
 * Loops are impossible: nobody is told of a mail from the null sender, of a
 * report, or of a mail that came through BOUNCE_HOPS_MAX hosts; what is told
 * comes from the null sender itself, and says that it is no mail to answer.
 */
#ifndef DELIVER_BOUNCE_H
#define DELIVER_BOUNCE_H

#include <stdbool.h>
#include <time.h>

#include "base/error.h"
#include "deliver/job.h"

/* Octets of a mail that is returned whole where nobody said how much of it. */
#define BOUNCE_FULL_MAX ((uint64_t)256 * 1024)
/* Received fields (RFC 5321 6.3). */
#define BOUNCE_HOPS_MAX 100

/* What there may be to tell: bits. */
enum bounce_news {
	BOUNCE_REFUSED = 1 << 0, /* who has failed */
	BOUNCE_EXPIRED = 1 << 1, /* who was put off and is given up now */
	BOUNCE_LATE = 1 << 2,    /* who was put off */
	BOUNCE_RELAYED = 1 << 3, /* who has it, where the server could not be
				  * asked to tell of that */
};

/* One attempt that is over; all is borrowed. */
struct bounce {
	const char *id;                /* of the mail in the queue */
	unsigned attempt;              /* its number */
	time_t now, born, retry_until; /* retry_until 0: not known */
	const struct account *account;
	/* With the verdicts of this attempt: recipients whose `why` says
	 * nothing were ruled earlier, and are left out. */
	const struct envelope *envelope;
	const struct message *message;
	const char *remote; /* the host that answered, or NULL */
	unsigned tells;     /* enum bounce_news */
	unsigned offers;    /* of the server that it will go to; 0: not known,
			     * it may take nothing but ASCII */
};

/*
 * The report, addressed and ready to be queued or sent through b->account:
 * out->envelope and out->message; out is fresh from job_init().  1; 0 when
 * there is nothing to tell, or the sender does not want it (NOTIFY).
 *
 * -1: he must be told and cannot be: ERR_DATA where a loop could come of it,
 * ERR_ADDRESS, ERR_IO.  The mail is to be kept then.
 */
int bounce_make(const struct bounce *b, struct job *out, struct error *err);

/* Where the account has a bounce_mbox, the report goes there in place of being
 * sent; durable before it returns.  ERR_IO. */
int bounce_file(
    const struct bounce *b, const struct job *report, struct error *err);

/* The mails of which a sender is never told by mail: from the null sender,
 * reports, those that go in circles.  The reason, translated, or NULL. */
const char *bounce_obstacle(
    const struct envelope *envelope, const struct message *message);

#endif
