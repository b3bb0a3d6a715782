/* SPDX-License-Identifier: ISC */
/* What can be known of the configuration without a server and a mail. */
#ifndef DELIVER_CHECK_H
#define DELIVER_CHECK_H

#include "conf/conf.h"

/*
 * Looks at everything that account a says, and at the files that it names: TLS,
 * aliases, log, password, sender, domain.  Mistakes go to c's problems, each
 * with its place; what only deserves to be known, to c's warnings.  No command
 * is run and no name is looked up.
 */
void check_account(const struct account *a, struct conf *c);
/* Of this the notes alone. */
void check_notes(const struct account *a, struct conf *c);

#endif
