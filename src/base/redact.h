/* SPDX-License-Identifier: ISC */
/*
 * A list of secrets to be starred wherever they show up: in the transcript of
 * --debug and in replies, since a server may echo what it was sent.
 */
#ifndef BASE_REDACT_H
#define BASE_REDACT_H

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"

/* A secret itself, its base64, and what its base64 is in the middle of other
 * octets: at each of three places in a group. */
#define REDACT_FORMS 5
/* Octets: starring less would tell more than it hides. */
#define REDACT_MIN 3

struct redact_item {
	struct secret forms;      /* one behind the other */
	size_t end[REDACT_FORMS]; /* of each */
};

struct redact {
	struct redact_item *items;
	size_t count;
};

#define REDACT_INIT                                                            \
	{                                                                      \
		NULL, 0                                                        \
	}

void redact_release(struct redact *r);
AUTO_DEFINE(redact);

/* Remembers the octets themselves and their base64, be it a part of a longer
 * one.  Shorter ones than REDACT_MIN are not remembered. */
void redact_add(struct redact *r, const char *data, size_t len);
/* Overwrites every occurrence in s with stars, in place. */
void redact_apply(const struct redact *r, char *s, size_t len);
/* The same in what of the error is not our own words. */
void redact_error(const struct redact *r, struct error *err);

#endif
