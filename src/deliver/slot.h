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
	size_t index;            /* of the mail in its group */
	/* How it was tried: whether a session was had, with whom, and why not
	 * with another server; owned, or NULL. */
	bool was_open, is_tls;
	char *remote, *setback;
};

struct worker {
	const struct run *run;
	const char *key; /* of all mails that this connection may carry */
	struct worker_share *share;
	struct retry retry;
	struct connection c;
	bool is_open;
	unsigned failures;
	struct syncer syncer;
	int64_t alone_ms; /* that the last mail took which went by itself */
	/* A ring, the oldest first: those who have their verdicts, those under
	 * way, those who were taken from the queue and not begun. */
	struct slot slots[WORKER_WINDOW];
	size_t first, over, under, taken;
	size_t next; /* index of the mail that is taken next */
};

/* The i-th of the ring. */
struct slot *slot_at(struct worker *w, size_t i);
/* Takes mails of g from the queue and makes them ready to be tried, until so
 * many are taken or the ring is full; their in-doubt marks are set.  true: who
 * was taken, or comes next, is to have nobody beside it. */
bool slot_take_some(struct worker *w, const struct work_group *g, size_t most);
/* From here on a death may be laid at its door. */
void slot_begin(struct worker *w, const struct slot *s);
/* Recipients without a verdict. */
size_t slot_pending(const struct envelope *env);
/* The oldest of those under way is over. */
void slot_end(struct worker *w);
/* Writes down what became of those who are over, and frees their slots. */
void slot_settle(struct worker *w);
/* Gives it back untouched. */
void slot_free(struct worker *w, struct slot *s);
/* Not a mail of ours (e is NULL), or one whose message cannot be read: a person
 * is to look at it. */
void slot_set_aside(struct worker *w, struct entry *e, const char *id);
/* Tells of what has nothing to do with one attempt; a may be NULL. */
void slot_complain(
    struct worker *w, const struct account *a, const struct error *err);

#endif
