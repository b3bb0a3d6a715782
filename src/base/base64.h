/* SPDX-License-Identifier: ISC */
/* Base64 (RFC 4648 4): padded, without line breaks. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stddef.h>

#include "base/buf.h"

/* Appends to out; -1 when that would pass out's ceiling. */
int base64_encode(struct buf *out, const void *data, size_t len);
/* Appends the octets to out.  -1, with nothing added, on anything but whole
 * groups of the alphabet with correct padding and zero pad bits. */
int base64_decode(struct buf *out, const char *text, size_t len);

#endif
