/* SPDX-License-Identifier: ISC */
/* What the log is told, as the account or the command line has it. */
#ifndef CMD_RECORD_H
#define CMD_RECORD_H

#include "conf/conf.h"
#include "deliver/deliver.h"

/* One line for one attempt; early: why nothing was tried, or NULL. */
void record_attempt(const struct plan *plan, const struct job *j,
    const struct delivery *d, const struct error *early, unsigned round);
/* What the delivery had to say besides. */
void record_delivery_warnings(
    const struct plan *plan, const struct job *j, const struct delivery *d);
/* What the configuration and the command line deserve. */
void record_conf_warnings(
    const struct plan *plan, const struct job *j, const struct conf *conf);
/* a: or NULL. */
void record_warning(
    const struct plan *plan, const struct account *a, const char *text);

#endif
