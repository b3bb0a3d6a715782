/* SPDX-License-Identifier: ISC */
/* Header text as a person reads it. */
#ifndef MAIL_DECODE_H
#define MAIL_DECODE_H

/* An unstructured value (RFC 5322 2.2.1) with its encoded words (RFC 2047)
 * decoded to UTF-8; one that is not well formed, or whose charset is not known,
 * stays as it is written.  Owned.  What comes out is foreign: it may hold any
 * octet but NUL. */
char *decode_text(const char *value);

#endif
