/* SPDX-License-Identifier: ISC */
/* A job taken in by the queue. */
#ifndef DELIVER_SUBMIT_H
#define DELIVER_SUBMIT_H

#include "conf/conf.h"
#include "deliver/job.h"
#include "queue/entry.h"

/* When a mail is tried, and what becomes of it when that fails for now. */
enum submit_way {
	SUBMIT_DIRECT,     /* no queue: the caller hears of it */
	SUBMIT_ON_FAILURE, /* it is kept; the caller waits for the first try */
	SUBMIT_BEHIND,     /* the same, tried behind the caller's back */
	SUBMIT_QUEUE,      /* only kept */
};

/* What the account and the call (-od) want. */
enum submit_way submit_way(const struct plan *plan, const struct account *a);

/*
 * Takes the job in: see entry_write().  q and e are fresh from QUEUE_INIT and
 * entry_init(); e borrows q.  What plan says of the account is kept with the
 * mail, since the account is looked up again at each attempt; secrets are never
 * among it.
 */
int submit_accept(const struct job *j, const struct plan *plan, struct queue *q,
    struct entry *e, struct error *err);

#endif
