/* SPDX-License-Identifier: ISC */
/* Mails that wait. */
#ifndef CMD_QUEUE_H
#define CMD_QUEUE_H

#include "conf/conf.h"
#include "deliver/runner.h"

/* A run through q as cmd_queue_run() makes it, for a call that is to outlive
 * it. */
struct run cmd_queue_of(const struct plan *call, struct queue *q);

/* Tries them. */
int cmd_queue_run(const struct plan *plan);

#endif
