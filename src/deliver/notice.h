/* SPDX-License-Identifier: ISC */
/* What the sender of a queued mail is told, queued itself before anything is
 * done about the mail. */
#ifndef DELIVER_NOTICE_H
#define DELIVER_NOTICE_H

#include "deliver/settle.h"

/*
 * Tells of those who failed in this attempt (is_expired: were given up).  0:
 * the report is durable in the same queue or the account's mailbox, or the
 * sender does not want one.  -1: he must be told and cannot be.  A crash makes
 * no second one: its id follows from the mail's and the attempt's.
 */
int notice_failed(const struct attempt *a, bool is_expired, struct error *err);
/* The same of those who have it now, or a server of theirs, where that could
 * not be asked to tell. */
int notice_relayed(const struct attempt *a, struct error *err);
/* The same for the notice that it is late; cells: with this attempt. */
int notice_delayed(const struct attempt *a, const struct entry_cells *cells,
    struct error *err);

#endif
