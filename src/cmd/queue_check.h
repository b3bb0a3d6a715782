/* SPDX-License-Identifier: ISC */
/* --queue-check: whether the queue is safe here, for people and for programs
 * that watch. */
#ifndef CMD_QUEUE_CHECK_H
#define CMD_QUEUE_CHECK_H

#include "conf/conf.h"

/* Prints a line with the sum and what Nagios calls performance data, then a
 * line for each thing that is not in order.  Returns 0 when all is, 1 when
 * something deserves a look, 2 when mail may be lost or does not move, 3 when
 * that cannot be told. */
int cmd_queue_check(const struct plan *plan);

#endif
