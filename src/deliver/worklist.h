/* SPDX-License-Identifier: ISC */
/* What a pass through a queue has to do, found with one look at each file. */
#ifndef DELIVER_WORKLIST_H
#define DELIVER_WORKLIST_H

#include "deliver/runner.h"

/* Mails of one account, configuration and set of options. */
struct work_group {
	char *key;                  /* see retry_key(); owned */
	char *name;                 /* by which the account waits; owned */
	char (*ids)[QUEUE_ID_SIZE]; /* in their order; owned */
	size_t count, cap;
	uid_t *uids; /* private */
};

struct worklist {
	struct work_group *groups; /* owned */
	size_t count;
};

void worklist_release(struct worklist *l);
AUTO_DEFINE(worklist);

/* Sets damaged files aside, removes those in which nobody is pending. */
int worklist_make(struct worklist *l, const struct run *run,
    struct run_counts *counts, struct error *err);

#endif
