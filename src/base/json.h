/* SPDX-License-Identifier: ISC */
/* Writing JSON (RFC 8259), piece by piece. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"

/* Appends s as a string with its quotes, "null" for NULL.  What is not UTF-8
 * becomes U+FFFD; controls are escaped, so that the text stays one line. */
void json_string(struct buf *out, const char *s);
/* Appends "name": with a comma before it where the last character of out is
 * not an opening bracket. */
void json_name(struct buf *out, const char *name);

#endif
