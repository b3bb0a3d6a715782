/* SPDX-License-Identifier: ISC */
#ifndef CMD_SEND_H
#define CMD_SEND_H

#include "conf/conf.h"
#include "deliver/job.h"

/* Takes the message on standard input and delivers it.  Returns the exit
 * code. */
int cmd_send(const struct plan *plan);

/* Everything that happens before a connection is opened: reads standard input
 * and the configuration, makes j ready.  Errors as of what it calls. */
int cmd_prepare(const struct plan *plan, struct job *j, struct conf *conf,
    struct error *err);

/* Reads standard input to its end, unless a person types there: a caller that
 * is still writing would die of SIGPIPE. */
void cmd_drain_input(void);

#endif
