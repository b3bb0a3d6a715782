/* SPDX-License-Identifier: ISC */
/*
 * A delivery without a server: the session's own code speaks with a stream that
 * agrees to everything, and somebody listens.
 */
#ifndef DELIVER_REHEARSE_H
#define DELIVER_REHEARSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "deliver/job.h"

/* Who listens, from MAIL on; -1 ends it. */
struct audience {
	/* One command, without its line end. */
	int (*command)(
	    void *ctx, const char *line, size_t len, struct error *err);
	/* The message as it is on the wire, piece by piece: with the dots that
	 * DATA doubles and its final one. */
	int (*message)(void *ctx, const char *p, size_t len, struct error *err);
	void *ctx;
};

/*
 * Says what would be said to a server with these extensions: keywords with
 * commas between them, a parameter behind "=" ("SIZE=1000,DSN"); NULL stands
 * for all.
 * Nobody is connected to, nothing is looked up, no command is run.
 *
 * The recipients have verdicts afterwards, SENT standing for "would be
 * offered".  -1: ERR_USAGE for an unknown keyword, and what deliver() rules all
 * recipients with before MAIL.
 */
int rehearse(struct job *j, const char *extensions, const struct audience *to,
    struct error *err);

#endif
