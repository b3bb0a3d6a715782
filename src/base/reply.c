/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/reply.h"

#include <string.h>

#include "base/xalloc.h"

void
reply_release(struct reply *r)
{
	if (!r)
		return;
	free(r->text);
	*r = (struct reply)REPLY_INIT;
}

void
reply_copy(struct reply *to, const struct reply *from)
{
	char *text = from->text ? xstrdup(from->text) : NULL;

	reply_release(to);
	*to = *from;
	to->text = text;
}
