/* SPDX-License-Identifier: ISC */
/*
 * Aliases: who is meant by a name without a domain.  The grammar is that of
 * /etc/aliases, as far as it makes sense without a mailbox:
 *
 *	name: target, target     a line that begins with a blank goes on with
 *	    target               the one before
 *	"a name": target
 *	default: target          for every name that is not in the file
 *	# comment                also behind a blank or a comma
 *
 * Names are compared without case.  A target is an address, another name,
 * \name (that name, and no alias of it) or :include:FILE, a file with targets
 * of the first three kinds.  Commands and files to write to are refused when
 * they would be used (IN-42): the mail is not sent to fewer than were meant.
 *
 * A name that stands among its own targets is final there.  A way back to a
 * name over others is an error, no name is expanded twice, and there are at
 * most ALIASES_MAX addresses (IN-41).
 */
#ifndef MAIL_ALIASES_H
#define MAIL_ALIASES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "mail/addr.h"

/* Addresses that come out of one file. */
#define ALIASES_MAX 10000

struct alias {
	char *name;    /* in wire form and lower case */
	char *targets; /* continuations joined, without comments */
	unsigned line;
};

struct aliases {
	char *path; /* for messages */
	struct alias *items;
	size_t count;
};

#define ALIASES_INIT                                                           \
	{                                                                      \
		NULL, NULL, 0                                                  \
	}

void aliases_release(struct aliases *a);
AUTO_DEFINE(aliases);

/* Takes in the len octets of a file; a is fresh.  ERR_CONFIG with file and
 * line. */
int aliases_parse(struct aliases *a, const char *path, const char *text,
    size_t len, struct error *err);
/* Reads the file and parses it. */
int aliases_load(struct aliases *a, const char *path, struct error *err);

/* The same for a file that a caller names: it must be his or root's, and
 * nobody else may be able to write to it. */
int aliases_load_own(struct aliases *a, const char *path, struct error *err);

/* Whether addr is a name here: without a domain, or at one of those in
 * domains (NULL, or names with commas or blanks between them). */
bool aliases_is_local(const char *addr, const char *domains);

/* Appends what the count addresses stand for to out; those that are not local
 * or have no alias as they are.  ERR_CONFIG with file and line. */
int aliases_expand(const struct aliases *a, const char *const *addrs,
    size_t count, const char *domains, struct addr_list *out,
    struct error *err);

#endif
