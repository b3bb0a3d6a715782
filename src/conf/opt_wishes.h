/* SPDX-License-Identifier: ISC */
/* Values that ask a server for more than to take a mail.  They are kept as they
 * stand in the commands of SMTP. */
#ifndef CONF_OPT_WISHES_H
#define CONF_OPT_WISHES_H

#include "conf/opts.h"

/*
 * The value of a row of OPT_TYPE_WISH:
 *
 *	dsn_notify	"NEVER", or of SUCCESS, FAILURE and DELAY those that
 *			are wanted, with commas (RFC 3461 4.1)
 *	dsn_return	"FULL" or "HDRS" (RFC 3461 4.3)
 *	deliver_by	"SECONDS;R" or "SECONDS;N", perhaps with a "T" (RFC
 *			2852 4)
 *	future_release	"HOLDFOR=SECONDS" or "HOLDUNTIL=TIME" (RFC 4865 4)
 *	mt_priority	"-9" to "9" (RFC 6710 5)
 *	mail_auth	"<>" or an address as xtext (RFC 4954 5)
 *
 * *out is owned, NULL for "off" and "".  -1 for what makes no sense.
 */
int opt_wish(enum opt_id id, const char *value, char **out);

#endif
