/* SPDX-License-Identifier: ISC */
/* The domain of names that have none. */
#ifndef DELIVER_LOCAL_DOMAIN_H
#define DELIVER_LOCAL_DOMAIN_H

#include "conf/conf.h"

/*
 * *out is the domain, owned, or NULL where such names stay as they are; what it
 * was before is freed.  It is the account's qualify_domain; "auto", which is
 * meant without one when called as sendmail, is the first of these that there
 * is:
 *
 *	the account's maildomain
 *	the first line of /etc/mailname
 *	the account's domain, if it is a name with a dot
 *	the host name, if it has a dot (nobody is asked for a longer one)
 *
 * The domain of the account's `from` is none of them: a "pi" of this machine
 * is somebody else there.  ERR_CONFIG for a qualify_domain that is no domain.
 */
int local_domain_find(const struct account *a, const struct plan *plan,
    char **out, struct error *err);

/* Whether wanted, with its parts with % filled in, can be a qualify_domain;
 * ERR_CONFIG. */
int local_domain_check(const char *wanted, struct error *err);

#endif
