/* SPDX-License-Identifier: ISC */
/* --queue-show: one queued mail, all of it. */
#ifndef CMD_SHOW_H
#define CMD_SHOW_H

#include "conf/conf.h"
#include "queue/entry.h"

/* Prints the mail's state, its log and the mail itself; on a terminal nothing
 * that the terminal would obey.  1; 0 when it is not there; -1. */
int show_entry(const struct plan *plan, struct queue *q, enum queue_state state,
    const char *id, struct error *err);

#endif
