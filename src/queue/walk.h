/* SPDX-License-Identifier: ISC */
/* What is in a queue, in order of age. */
#ifndef QUEUE_WALK_H
#define QUEUE_WALK_H

#include <stddef.h>

#include "base/auto.h"
#include "queue/store.h"

/* The ids of one state.  They were there when they were read: each may be gone
 * since. */
struct queue_ids {
	char (*ids)[QUEUE_ID_SIZE]; /* oldest first; owned */
	size_t count;
};

void queue_ids_release(struct queue_ids *l);
AUTO_DEFINE(queue_ids);

/* What is not named as a message is passed over.  ERR_QUEUE_PLACE, ERR_QUEUE;
 * a directory that is not there is empty. */
int queue_list(struct queue *q, enum queue_state state, struct queue_ids *out,
    struct error *err);

#endif
