/* SPDX-License-Identifier: ISC */
/* Text of other charsets made UTF-8, by the system's iconv. */
#ifndef BASE_CHARSET_H
#define BASE_CHARSET_H

#include <stdbool.h>

#include "base/buf.h"

/* Replaces text by the same in UTF-8, whatever its ceiling was; false, and text
 * stays, where it is none of charset or charset is not known. */
bool charset_to_utf8(struct buf *text, const char *charset);

#endif
