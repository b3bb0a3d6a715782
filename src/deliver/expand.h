/* SPDX-License-Identifier: ISC */
/*
 * The parts of `from` and `domain` that are filled in at the last moment:
 *
 *	%F	the address in the From header, or nothing
 *	%U	the user's name: USER, LOGNAME, the password database
 *	%H	this host's name: HOSTNAME, what the system says
 *	%C	its canonical name as the DNS knows it, else as %H
 *	%M	the first line of /etc/mailname
 *
 * Each is filled in once: what comes in for one is not looked at again.
 */
#ifndef DELIVER_EXPAND_H
#define DELIVER_EXPAND_H

#include <stdbool.h>

#include "base/error.h"

/* The file of %M. */
#define EXPAND_MAILNAME SYSCONFDIR "/mailname"

struct expand {
	const char *from_addr;     /* %F; or NULL */
	const char *mailname_path; /* %M */
};

/* text with its parts filled in; owned.  ERR_CONFIG when %M, %U or %H is
 * wanted and not known. */
int expand_text(
    const char *text, const struct expand *with, char **out, struct error *err);

#endif
