/* SPDX-License-Identifier: ISC */
/* -P and --explain: what would be done, without doing it. */
#ifndef CMD_PRINT_H
#define CMD_PRINT_H

#include "conf/conf.h"

/*
 * Reads the header of standard input and the files as for a mail, and prints
 * on standard output which account would be used and why, in msmtp's words, and
 * its settings ("key = value") in msmtp's order; settings that msmtp does not
 * have stand there only where they are set.  With plan->is_explain only what is
 * set, each with the file and line, and nothing else, that it is from.  No
 * command is run but those of eval, and no secret is printed.  Returns the exit
 * code.
 */
int cmd_print(const struct plan *plan);

#endif
