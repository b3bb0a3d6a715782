/* SPDX-License-Identifier: ISC */
/* Names and who is meant by them. */
#ifndef CMD_NAMES_H
#define CMD_NAMES_H

#include "conf/conf.h"

/* newaliases, -bi: reads every file of aliases that an account names (or that
 * of -oA) and follows each name in it.  There is no database to be made.
 * Returns the exit code. */
int cmd_newaliases(const struct plan *plan);

/* -bv, -bt: prints who would get a mail to each operand, from whom and through
 * which account.  Reads no mail and sends none. */
int cmd_verify(const struct plan *plan);

#endif
