/* SPDX-License-Identifier: ISC */
/* -oem: the sender is told by mail. */
#ifndef CMD_MAILBACK_H
#define CMD_MAILBACK_H

#include "conf/conf.h"
#include "deliver/job.h"

/*
 * Tells the sender of j, whose recipients have their verdicts, of those who do
 * not get it, if plan wants that: through the account of the job, or into its
 * bounce_mbox.  For a mail that no queue has: those tell themselves.  remote:
 * the server that answered, or NULL.  Returns the exit code in place of code: 0
 * for -oee when it worked.
 */
int mailback(
    const struct plan *plan, const struct job *j, const char *remote, int code);

#endif
