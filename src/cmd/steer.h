/* SPDX-License-Identifier: ISC */
/* Steering the queue by hand: --queue-hold, --queue-release, --queue-retry,
 * --queue-remove and --queue-show.  The operands are ids, or ALL.  A mail that
 * is being sent is left alone: its lock is respected. */
#ifndef CMD_STEER_H
#define CMD_STEER_H

#include "conf/conf.h"

/* Exit codes: 0; EX_USAGE for what is no id; EX_NOINPUT when one is not in the
 * queue; EX_TEMPFAIL when one is being sent. */
int cmd_steer(const struct plan *plan);

#endif
