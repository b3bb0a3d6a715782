/* SPDX-License-Identifier: ISC */
/*
 * When a mail is tried again, and when it is given up (RFC 5321 4.5.4.1): at
 * once, after 10 min, 30 min, 1 h, 2 h, then every 3 h; a tenth more or less,
 * so that what failed together does not come back together.
 *
 * A clock may jump, and a machine may sleep.  What is due is due also where the
 * cell lies further ahead than any schedule goes; and a mail grows old only by
 * the time between two attempts, a day of it at most.
 */
#ifndef QUEUE_BACKOFF_H
#define QUEUE_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "queue/entry.h"

#define BACKOFF_EXPIRY_S (5 * 24 * 3600)
#define BACKOFF_EXPIRY_NULL_S (2 * 24 * 3600) /* of the null sender's mail */
#define BACKOFF_EXPIRY_TRIES 5
#define BACKOFF_DOUBT_S (15 * 60) /* while nobody knows who has it */
#define BACKOFF_LATE_S (4 * 3600) /* then the sender is told */
/* No schedule goes further ahead. */
#define BACKOFF_MAX_S (3 * 3600 + 3 * 360)

enum backoff_cause {
	BACKOFF_DEFERRED,
	BACKOFF_GREYLISTED, /* the first time: after 5 min */
	BACKOFF_IN_DOUBT,   /* after 15 min */
};

/* An attempt of now that counts: tries, last_s, waited_s, next_s; nobody died
 * over it. */
void backoff_count(
    struct entry_cells *c, time_t born_s, enum backoff_cause cause, time_t now);

bool backoff_is_due(const struct entry_cells *c, time_t now);
/* expiry_s: 0 for what is usual. */
bool backoff_is_expired(
    const struct entry_cells *c, bool is_null_sender, int64_t expiry_s);
/* Whether the delay notice is due. */
bool backoff_is_late(const struct entry_cells *c);

#endif
