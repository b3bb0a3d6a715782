/* SPDX-License-Identifier: ISC */
/* What a message lacks, made. */
#ifndef MAIL_COMPOSE_H
#define MAIL_COMPOSE_H

/* "<128 random bits in hex@domain>"; no look-up of any kind; owned. */
char *compose_message_id(const char *domain);
/* A From value: address with the full name (NULL or "" for none) quoted or RFC
 * 2047-encoded as needed and folded; CR, LF and other controls of the name are
 * dropped; owned. */
char *compose_from(const char *addr, const char *full_name);

#endif
