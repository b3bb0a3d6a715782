/* SPDX-License-Identifier: ISC */
/*
 * A list of secrets to be starred wherever they show up: in the transcript of
 * --debug and in replies, since a server may echo what it was sent.
 */
#ifndef BASE_REDACT_H
#define BASE_REDACT_H

#include "base/buf.h"
#include "base/secret.h"

struct redact {
	struct secret *items;
	size_t count;
};

#define REDACT_INIT                                                            \
	{                                                                      \
		NULL, 0                                                        \
	}

void redact_release(struct redact *r);
AUTO_DEFINE(redact);

/* Remembers the octets themselves and their base64.  Shorter than 3 octets is
 * not remembered: starring those would tell more than it hides. */
void redact_add(struct redact *r, const char *data, size_t len);
/* Overwrites every occurrence in s with stars, in place. */
void redact_apply(const struct redact *r, char *s, size_t len);

#endif
