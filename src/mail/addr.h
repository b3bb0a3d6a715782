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
/* Of one label of a domain, characters (RFC 1035 2.3.4). */
#define ADDR_LABEL_MAX 63

/* A growing list of owned strings. */
struct addr_list {
	char **items;
	size_t count;
	size_t cap;
};

/* Where the addresses of a list stand in its text: what is between the angle
 * brackets, or what there is without them. */
struct addr_span {
	size_t at, len; /* octets */
};

struct addr_spans {
	struct addr_span *items;
	size_t count;
	size_t cap;
};

void addr_spans_release(struct addr_spans *s);
AUTO_DEFINE(addr_spans);

#define ADDR_LIST_INIT                                                         \
	{                                                                      \
		NULL, 0, 0                                                     \
	}

void addr_list_release(struct addr_list *l);
AUTO_DEFINE(addr_list);
/* Takes addr. */
void addr_list_add(struct addr_list *l, char *addr);
/* Frees all but the first count items. */
void addr_list_truncate(struct addr_list *l, size_t count);

/*
 * Appends the addresses of an RFC 5322 address list to l: display names,
 * comments (nested to 64), groups, quoted strings, routes (dropped), domain
 * literals, trailing and empty list items.  Each is in wire form, without angle
 * brackets; a local part is quoted where it must be and nowhere else.  Encoded
 * words are never decoded.  text may be folded (CRLF or LF followed by a
 * blank).
 *
 * Read more widely than the grammar, because mail has it: a semicolon outside
 * a group separates, a group may lack its semicolon, a display name may hold
 * any octet but those that open something.  Two words without angle brackets
 * are refused: which of them is meant is a guess.
 *
 * ERR_ADDRESS with the octet offset in the detail; nothing is added then.
 * where says what is being read, e.g. "the aliases", marked for
 * translation; an error has it translated.
 */
int addr_parse_list(struct addr_list *l, const char *text, size_t len,
    const char *where, struct error *err);
/* The same, and where they stand; both lists are empty before. */
int addr_parse_spans(struct addr_list *l, struct addr_spans *spans,
    const char *text, size_t len, const char *where, struct error *err);

/*
 * Whether addr may go on the wire: no CR, LF, NUL, other controls, blank
 * outside quotes, angle bracket outside quotes; valid UTF-8 without C1 and
 * format characters; the size limits; a dot-string or quoted local part; a
 * domain (underscores are allowed) or an IPv4 or IPv6 literal, or no domain at
 * all: a bare local name, which may not be a command, a file or an include
 * ("|x", "/x", ":include:x").
 * "" is the null reverse-path: allowed only where allow_null.
 * ERR_ADDRESS; the detail has the octet and the address.
 * where says where the address came from, e.g. "-f"; as above.
 */
int addr_validate(const char *addr, size_t len, bool allow_null,
    const char *where, struct error *err);
/* The same without words: NULL when addr is fine, else what is wrong (to be
 * translated) and at which octet. */
const char *addr_fault(const char *addr, size_t len, size_t *at);

/* So much of an address, or of a list of them, as the one line of a message has
 * room for: up to ADDR_SHOWN_MAX octets and the first LF, "..." for the rest;
 * owned. */
#define ADDR_SHOWN_MAX 100
char *addr_shown(const char *s, size_t len);

/* A local part from its meaning: as it is where it is a dot-string, else
 * quoted (RFC 5321 4.1.2); owned. */
char *addr_local_part(const char *text, size_t len);

/* "user@host" of the caller: login name and host name, both made valid;
 * owned. */
char *addr_of_caller(void);
/* The system's host name where it is a valid domain, else "localhost"; owned.
 * No look-up of any kind. */
char *addr_host_name(void);
/* The part behind the last @ outside quotes, or NULL; borrowed. */
const char *addr_domain(const char *addr);

#endif
