/* SPDX-License-Identifier: ISC */
#ifndef CMD_DRYRUN_H
#define CMD_DRYRUN_H

#include "conf/conf.h"

/*
 * Prints the envelope and the message exactly as they would leave: the octets
 * of the wire, from MAIL to the end of the message; escaped where standard
 * output is a terminal.  Standard error says which account it would be.  With
 * --json all of it is one line on standard output, the message in base64.
 * Contacts nobody.  Returns the exit code.
 */
int cmd_dryrun(const struct plan *plan);

#endif
