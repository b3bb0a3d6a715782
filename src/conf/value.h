/* SPDX-License-Identifier: ISC */
/*
 * Values that are written elsewhere:
 *
 *	${NAME}			a variable of the environment
 *	${file:PATH}		the one line of a file
 *	${credential:NAME}	that of the file NAME which the service manager
 *				has put into $CREDENTIALS_DIRECTORY
 *	$${			these two characters, "${"
 *
 * They may stand anywhere in a value, more than once.  A secret is only taken
 * from elsewhere where it is one such form and nothing else; any other text is
 * the secret itself.
 */
#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/secret.h"

/* Whether text has anything that is to be filled in. */
bool value_is_elsewhere(const char *text, bool is_secret);

/*
 * text with that filled in goes to *out.  ERR_CONFIG for a form that there is
 * not; ERR_NO_INPUT for a variable that is not set, a file that cannot be read,
 * does not hold exactly one line, or, for a secret, may be read by others: that
 * need not stop an account that has nothing to do with it.  The text names the
 * variable or the file, never what is in it.
 */
int value_fill(
    const char *text, bool is_secret, struct secret *out, struct error *err);

#endif
