/* SPDX-License-Identifier: ISC */
/* One SMTP reply (RFC 5321 4.2), as it came from the server. */
#ifndef BASE_REPLY_H
#define BASE_REPLY_H

#include <stdbool.h>

#include "base/auto.h"

struct reply {
	int code;              /* 200..599; 0: no server spoke */
	unsigned short esc[3]; /* X.Y.Z (RFC 3463); 0.0.0: none was given */
	char *text;            /* lines joined by '\n', without code and hyphen,
				* the enhanced code still in; NULL when code is 0.
				* Raw server bytes: sanitise before showing. */
};

#define REPLY_INIT                                                             \
	{                                                                      \
		0, { 0, 0, 0 }, NULL                                           \
	}

void reply_release(struct reply *r);
AUTO_DEFINE(reply);
/* to is released first. */
void reply_copy(struct reply *to, const struct reply *from);

static inline bool
reply_is_positive(const struct reply *r)
{
	return r->code >= 200 && r->code < 300;
}

static inline bool
reply_is_transient(const struct reply *r)
{
	return r->code >= 400 && r->code < 500;
}

static inline bool
reply_is_permanent(const struct reply *r)
{
	return r->code >= 500;
}

#endif
