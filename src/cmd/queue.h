/* SPDX-License-Identifier: ISC */
/* Mails that wait. */
#ifndef CMD_QUEUE_H
#define CMD_QUEUE_H

#include "conf/conf.h"

/* Tries them. */
int cmd_queue_run(const struct plan *plan);

#endif
