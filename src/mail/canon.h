/* SPDX-License-Identifier: ISC */
/* Line ends as they are on the wire, for what is written beside octets that
 * are no lines (RFC 3030 3). */
#ifndef MAIL_CANON_H
#define MAIL_CANON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct canon {
	bool is_after_cr; /* an LF that comes next belongs to it */
};

/* Appends p as mail/scan.h says: CRLF for each line end, '?' for NUL. */
void canon_add(struct canon *c, const char *p, size_t len, struct buf *out);

#endif
