/* SPDX-License-Identifier: ISC */
/* From a queued mail back to a job: the account is looked up again, so that a
 * configuration that was corrected takes effect. */
#ifndef DELIVER_RETRY_H
#define DELIVER_RETRY_H

#include "conf/conf.h"
#include "deliver/job.h"
#include "queue/entry.h"

/* The account for all mails of one account, configuration and set of options.
 */
struct retry {
	struct plan plan; /* as the call that queued it had it */
	struct conf conf;
	struct account *account; /* owned */
};

void retry_release(struct retry *r);
AUTO_DEFINE(retry);

/* What two mails have in common that the same session can serve; owned. */
char *retry_key(const struct entry *e);

/* r is zero.  call is what runs now: its program's name and whether it is to be
 * debugged.  ERR_CONFIG. */
int retry_init(struct retry *r, const struct entry *e, const struct plan *call,
    struct error *err);

/* Makes j, fresh from job_init(), of e and r: takes e's envelope, reads the
 * message.  The times that were given with it (RFC 2852, 4865) are less what it
 * has waited; where it should have been delivered by now or be sent back, those
 * who are pending have failed. */
int retry_job(
    const struct retry *r, struct entry *e, struct job *j, struct error *err);

#endif
