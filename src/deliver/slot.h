/* SPDX-License-Identifier: ISC */
/* One mail in the hands of a worker: taken from the queue, tried, settled. */
#ifndef DELIVER_SLOT_H
#define DELIVER_SLOT_H

#include "deliver/retry.h"
#include "deliver/worker.h"

/* One mail that is being tried. */
struct slot {
	struct entry entry;
	struct job job;
	struct message fitted;
	struct message *message; /* what is sent of both */
	char *converted;         /* what of it, for the log; or NULL; owned */
	bool was_in_doubt;       /* when it was taken */
	bool lacks_dsn;          /* the server does not know DSN */
	struct smtp_mail *mail;  /* under way; else NULL */
};

struct worker {
	const struct run *run;
	const char *key; /* of all mails that this connection may carry */
	struct worker_share *share;
	struct retry retry;
	struct connection c;
	bool is_open;
	unsigned failures;
	struct slot slots[WORKER_WINDOW]; /* a ring */
	size_t first, count;
};

/* The i-th of those under way; i == count: the one that comes next. */
struct slot *slot_at(struct worker *w, size_t i);
/* Opens the mail: false when there is nothing to do about it. */
bool slot_open(struct worker *w, struct slot *s, const char *id);
/* Makes it ready to be tried: the same. */
bool slot_take(struct worker *w, struct slot *s);
/* Recipients without a verdict. */
size_t slot_pending(const struct envelope *env);
/* Writes down what became of it, and frees the slot.  was_open: see struct
 * attempt. */
void slot_settle(struct worker *w, struct slot *s, bool was_open);
/* Gives it back untouched. */
void slot_free(struct worker *w, struct slot *s);
/* Not a mail of ours (e is NULL), or one whose message cannot be read: a person
 * is to look at it. */
void slot_set_aside(struct worker *w, struct entry *e, const char *id);
/* Tells of what has nothing to do with one attempt; a may be NULL. */
void slot_complain(
    struct worker *w, const struct account *a, const struct error *err);

#endif
