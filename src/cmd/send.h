/* SPDX-License-Identifier: ISC */
#ifndef CMD_SEND_H
#define CMD_SEND_H

#include "conf/conf.h"

/* Takes the message on standard input and delivers it.  Returns the exit
 * code. */
int cmd_send(const struct plan *plan);

/* Reads standard input to its end, unless a person types there: a caller that
 * is still writing would die of SIGPIPE. */
void cmd_drain_input(void);

#endif
