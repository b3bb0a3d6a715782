/* SPDX-License-Identifier: ISC */
/* The header as it is to leave. */
#ifndef DELIVER_HEADER_H
#define DELIVER_HEADER_H

#include "conf/conf.h"
#include "deliver/job.h"

/* Takes away what must not leave, completes and replaces addresses, and adds
 * From, Reply-To, To, Date and Message-ID, all as the account and the plan
 * want.  The account is chosen, the envelope is ready. */
void prepare_header(struct job *j, const struct plan *plan);

#endif
