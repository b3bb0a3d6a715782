/* SPDX-License-Identifier: ISC */
/* The transcript of --debug, on standard error. */
#ifndef CMD_TRACE_H
#define CMD_TRACE_H

#include "conf/conf.h"
#include "deliver/connection.h"

/* What deliver() and others are to tell, or NULL where the plan wants no
 * transcript. */
const struct trace *trace_of(const struct plan *plan);
/* Where the account is from, if the plan wants a transcript. */
void trace_account(const struct plan *plan, const struct account *a);

#endif
