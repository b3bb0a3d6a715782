/* SPDX-License-Identifier: ISC */
/* How much mail of one user may wait. */
#ifndef QUEUE_QUOTA_H
#define QUEUE_QUOTA_H

#include <stdint.h>

#include "queue/store.h"

/* 0: as much as there is room for. */
struct quota {
	int64_t size;  /* octets of queue files */
	int64_t mails; /* files */
};

/*
 * ERR_QUEUE when one more file of so many octets would be more than uid may
 * have: what was handed in by this user counts, whether it waits, is held, or
 * was given up and could not be told.  What is damaged does not, and reports
 * are never asked for.
 *
 * Without a limit this is no system call, else a look at each file.  Nothing is
 * locked: who hands in at the same moment is not seen.
 */
int quota_check(struct queue *q, uid_t uid, uint64_t size,
    const struct quota *limit, struct error *err);

#endif
