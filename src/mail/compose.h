/* SPDX-License-Identifier: ISC */
/* What a message lacks, made. */
#ifndef MAIL_COMPOSE_H
#define MAIL_COMPOSE_H

#include <stddef.h>

/* "<128 random bits in hex@domain>", with "localhost" for a domain that is
 * NULL, not valid or not ASCII; no look-up of any kind; owned. */
char *compose_message_id(const char *domain);
/* The same with a name, letters, digits, dots and hyphens, in place of the
 * random bits; owned. */
char *compose_named_id(const char *name, const char *domain);
/* 128 random bits in hex; owned. */
char *compose_token(void);
/* A From value: address with the full name (NULL or "" for none) in front, as
 * words, as a quoted string, or RFC 2047-encoded as needed, and folded ("\n ")
 * to lines under 78 columns, "From: " counted, as far as words allow; CR, LF
 * and other controls of the name are dropped.  A name that is no UTF-8 is
 * labelled unknown-8bit (RFC 1428).  Always ASCII but for addr; owned. */
char *compose_from(const char *addr, const char *full_name);

/* A To value: the count addresses, folded as above; owned. */
char *compose_to(const char *const *addrs, size_t count);

#endif
