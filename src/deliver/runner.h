/* SPDX-License-Identifier: ISC */
/*
 * A pass through a queue: what is due is delivered in order of age, fair by
 * user, each account's mail over one connection and in a process of its own,
 * so that neither a mail nor an account that is broken stops the others.
 */
#ifndef DELIVER_RUNNER_H
#define DELIVER_RUNNER_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/conf.h"
#include "deliver/deliver.h"
#include "deliver/settle.h"
#include "queue/store.h"

struct run {
	struct queue *queue;
	const struct plan *call;   /* --queue-run; which mails: see pick.h */
	const struct trace *trace; /* or NULL */
	/* Behind each attempt, in the process that made it; NULL is fine. */
	void (*tell)(void *ctx, const struct attempt *a,
	    const struct delivery *d, enum settle_result result,
	    const struct error *trouble);
	/* What has nothing to do with one attempt: a damaged file, an account
	 * that cannot be used. */
	void (*warn)(
	    void *ctx, const struct account *account, const struct error *err);
	void *ctx;
	/* Some times a second while there is work, in the process that called;
	 * of the total, so many mails were looked after.  NULL is fine. */
	void (*pulse)(void *ctx, size_t done, size_t total);
	void *pulse_ctx;
};

/* What became of the mails that were looked at. */
struct run_counts {
	size_t over, waiting, aside, bad, busy;
};

/* Whether mails are meant that are not due, too. */
bool run_is_forced(const struct run *run);

/* 1 when it was done, 0 when another runner is at it: that one was told that
 * there is something new.  -1: the queue cannot be used. */
int runner_run(
    const struct run *run, struct run_counts *counts, struct error *err);

#endif
