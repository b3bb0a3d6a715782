/* SPDX-License-Identifier: ISC */
#ifndef CMD_CONFIGURE_H
#define CMD_CONFIGURE_H

#include "conf/conf.h"

/*
 * Finds the servers that take mail of the plan's argument, an address, in the
 * DNS (RFC 6186, 8314), looks at them one after the other until one answers
 * with a certificate that is verified, and prints an account for it, headed by
 * comments that say what was found.  Never authenticates.  Returns the exit
 * code: not 0 where no server was found good.
 */
int cmd_configure(const struct plan *plan);

#endif
