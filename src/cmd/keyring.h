/* SPDX-License-Identifier: ISC */
/* --store-password and --forget-password. */
#ifndef CMD_KEYRING_H
#define CMD_KEYRING_H

#include "conf/conf.h"

/* The password comes from the terminal, else from standard input, and goes to
 * the keyring of the account.  Both return the exit code. */
int cmd_store_password(const struct plan *plan);
int cmd_forget_password(const struct plan *plan);

#endif
