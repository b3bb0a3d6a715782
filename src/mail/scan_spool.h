/* SPDX-License-Identifier: ISC */
#ifndef MAIL_SCAN_SPOOL_H
#define MAIL_SCAN_SPOOL_H

#include "io/spool.h"
#include "mail/scan.h"

/* scan_push() of all octets of body, a file used in place; what is large by two
 * processors at once, as far as the file is in memory.  s is fresh.  ERR_IO as
 * from spool_next(). */
int scan_spool(struct scan *s, const struct spool *body, struct error *err);

#endif
