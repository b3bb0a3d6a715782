/* SPDX-License-Identifier: ISC */
/* xtext (RFC 3461 4): octets as printable ASCII in the parameters of SMTP. */
#ifndef BASE_XTEXT_H
#define BASE_XTEXT_H

#include "base/buf.h"

/* Appends s; what is not printable, a blank, '+' and '=' become "+HH". */
void xtext_add(struct buf *out, const char *s);

/* Appends what s, xtext, stands for; a "+" without two hexadecimal digits stays
 * as it is. */
void xtext_decode(struct buf *out, const char *s);

/* Appends s, UTF-8, as the address of an ORCPT of type utf-8 (RFC 6533 3):
 * '+', '=', '\' and, unless the session is_utf8, what is not ASCII become
 * "\x{HEX}". */
void xtext_add_utf8(struct buf *out, const char *s, bool is_utf8);

#endif
