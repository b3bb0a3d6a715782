/* SPDX-License-Identifier: ISC */
/* mailq, -bp, --mailq: what waits. */
#ifndef CMD_MAILQ_H
#define CMD_MAILQ_H

#include "conf/conf.h"

/* Shows those that plan->queue selects, as plan->queue_view says, or one line
 * of JSON for each.  Returns the exit code. */
int cmd_mailq(const struct plan *plan);

#endif
