/* SPDX-License-Identifier: ISC */
/* --check: what is wrong in the configuration. */
#ifndef CMD_CHECK_H
#define CMD_CHECK_H

#include "conf/conf.h"

/*
 * Reads the files as for a mail and prints every mistake in them on standard
 * output, each with file and line, the detail and what to do indented below it;
 * then what is allowed but good to know.  With -a (or --host) only that account
 * is looked at, beside the files' grammar.  No command is run but those of
 * eval, nothing is sent and no secret is printed.  Returns 0, or EX_CONFIG when
 * there is any mistake.
 */
int cmd_check(const struct plan *plan);

#endif
