/* SPDX-License-Identifier: ISC */
/*
 * The mails of one account, over one connection, several under way where the
 * server allows it (see smtp_begin()).
 */
#ifndef DELIVER_WORKER_H
#define DELIVER_WORKER_H

#include "deliver/runner.h"
#include "deliver/worklist.h"

/* Mails under way at once: so many may be in doubt when a connection breaks. */
#define WORKER_WINDOW 16

/* In memory that the runner shares with the process, so that it knows what that
 * was at when it died. */
struct worker_share {
	size_t next; /* index of the first mail that was not begun */
	char at[WORKER_WINDOW][QUEUE_ID_SIZE]; /* "": none */
	/* One mail at a time, so that who kills the process is known: set by
	 * the runner behind a death. */
	bool is_careful;
	bool is_done;
	struct run_counts counts;
};

/* Tries the mails of g from share->next on.  One over which a process died has
 * nobody beside it. */
void worker_run(const struct run *run, const struct work_group *g,
    struct worker_share *share);

#endif
