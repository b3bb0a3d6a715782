/* SPDX-License-Identifier: ISC */
#ifndef CMD_RMQS_H
#define CMD_RMQS_H

#include "conf/conf.h"

/* Asks the server of the account to send what waits in its queue for the
 * plan's argument (ETRN, RFC 1985).  Returns the exit code. */
int cmd_rmqs(const struct plan *plan);

#endif
