/* SPDX-License-Identifier: ISC */
/* Mails that wait. */
#ifndef CMD_QUEUE_H
#define CMD_QUEUE_H

#include "conf/conf.h"

/* Shows those that plan->queue selects, as plan->queue_view says.  Returns the
 * exit code. */
int cmd_mailq(const struct plan *plan);
/* Tries them. */
int cmd_queue_run(const struct plan *plan);

#endif
