/* SPDX-License-Identifier: ISC */
/* Which queued mails a call is about. */
#ifndef DELIVER_PICK_H
#define DELIVER_PICK_H

#include <stdbool.h>

#include "conf/conf.h"
#include "queue/entry.h"

/* Whether the entry (of entry_peek() or entry_open()) is one of those that
 * plan->queue selects and, where there are operands, one whose id or account
 * they name. */
bool pick_entry(const struct plan *plan, const struct entry *e);
/* The last thing that was said about it: the log's last line without time, word
 * and address; *addr (NULL is fine) is that address or "".  Both owned. */
char *pick_reason(const struct entry *e, char **addr);

#endif
