/* SPDX-License-Identifier: ISC */
/* Looking after a queue that nothing else looks after. */
#ifndef CMD_LINGER_H
#define CMD_LINGER_H

#include "conf/conf.h"
#include "queue/store.h"

/*
 * Where no timer runs the queue: leaves a process behind that sends what is due
 * now, and stays until the queue is empty, for as long as the account wants
 * (queue_linger; an hour where it does not say).  One for each queue.
 */
void linger(
    const struct plan *plan, const struct account *a, const struct queue *q);

#endif
