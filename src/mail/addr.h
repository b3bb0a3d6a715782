/* SPDX-License-Identifier: ISC */
/*
 * Addresses: lists as they stand in headers and operands (RFC 5322 3.4), and
 * the one validator for what may go between the angle brackets of MAIL and
 * RCPT (RFC 5321 4.1.2).
 */
#ifndef MAIL_ADDR_H
#define MAIL_ADDR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Limits of RFC 5321 4.5.3.1, octets. */
#define ADDR_LOCAL_MAX 64
#define ADDR_DOMAIN_MAX 255
#define ADDR_MAX 254

/* A growing list of owned strings. */
struct addr_list {
	char **items;
	size_t count;
	size_t cap;
};

#define ADDR_LIST_INIT                                                         \
	{                                                                      \
		NULL, 0, 0                                                     \
	}

void addr_list_release(struct addr_list *l);
AUTO_DEFINE(addr_list);
/* Takes addr. */
void addr_list_add(struct addr_list *l, char *addr);

/*
 * Appends the addresses of an RFC 5322 address list to l: display names,
 * comments (nested to 64), groups, quoted strings, routes (dropped), domain
 * literals, trailing and empty list items.  Each is in wire form, without angle
 * brackets; quoted local parts stay quoted where they must be.  Encoded words
 * are never decoded.  text may be folded (CRLF or LF followed by blanks).
 *
 * ERR_ADDRESS with the octet offset in the detail; nothing is added then.
 * where (for the text) says what is being read, e.g. "the To header".
 */
int addr_parse_list(struct addr_list *l, const char *text, size_t len,
    const char *where, struct error *err);

/*
 * Whether addr may go on the wire: no CR, LF, NUL, other controls, blank
 * outside quotes, angle bracket outside quotes; valid UTF-8 without C1 and
 * format characters; the size limits; a dot-string or quoted local part; a
 * domain or an address literal, or no domain at all (a bare local name).
 * "" is the null reverse-path: allowed only where allow_null.
 * ERR_ADDRESS names the address (sanitised when shown) and the octet.
 * where says where the address came from, e.g. "-f".
 */
int addr_validate(const char *addr, size_t len, bool allow_null,
    const char *where, struct error *err);

/* "user@host" of the caller: login name and host name, both made valid;
 * owned. */
char *addr_of_caller(void);
/* The part behind the last @ outside quotes, or NULL; borrowed. */
const char *addr_domain(const char *addr);

#endif
