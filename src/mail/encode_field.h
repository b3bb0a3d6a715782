/* SPDX-License-Identifier: ISC */
/*
 * Header fields made ASCII (RFC 2047, RFC 2231), and folded anew where a line
 * is too long.
 *
 *	text		encoded words
 *	address lists	display names, group names and comments: encoded
 *			words; domains: A-labels; a local part that is not
 *			ASCII cannot be encoded and stays
 *	parameters	RFC 2231; comments: encoded words
 *	other grammars	comments: encoded words; with anything else the field
 *			goes into one of text called Downgraded-..., as RFC
 *			6857 3.1.10 has it
 *
 * Octets that are not UTF-8 are taken for the given charset and made UTF-8;
 * where they cannot be, the words' charset is unknown-8bit (RFC 1428).
 */
#ifndef MAIL_ENCODE_FIELD_H
#define MAIL_ENCODE_FIELD_H

#include <stdbool.h>

#include "base/buf.h"
#include "mail/mime.h"

/* Octets of a line without its end (RFC 5322 2.1.1). */
#define FIELD_LINE_MAX 998

/* What encoding could not do. */
#define FIELD_IS_WIDE 1u  /* an address that only SMTPUTF8 can carry stays */
#define FIELD_IS_STUCK 2u /* a line that is too long stays */

/* Whether a field has an octet over 127, or a line over FIELD_LINE_MAX. */
bool field_is_8bit(const struct mime_field *f);
bool field_is_long(const struct mime_field *f);
/* Appends the field encoded and folded, lines ending in LF; FIELD_IS_ bits. */
unsigned encode_field(
    const struct mime_field *f, const char *charset, struct buf *out);

#endif
