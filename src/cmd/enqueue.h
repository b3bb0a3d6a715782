/* SPDX-License-Identifier: ISC */
/* What the queue has to do with a mail that is being sent. */
#ifndef CMD_ENQUEUE_H
#define CMD_ENQUEUE_H

#include "conf/conf.h"
#include "deliver/deliver.h"
#include "deliver/submit.h"

struct enqueue {
	enum submit_way way;
	struct queue queue;
	struct entry entry;
	bool is_queued;       /* entry is open and locked */
	bool is_behind;       /* nobody waits for us */
	bool is_reread;       /* the message is that of the queue */
	bool is_left;         /* to a process that does the rest */
	struct error trouble; /* why it is not queued though it should be */
	bool was_open;        /* see struct attempt */
	bool lacks_dsn;       /* of a server that was tried */
};

void enqueue_init(struct enqueue *q);
void enqueue_release(struct enqueue *q);
AUTO_DEFINE(enqueue);

/*
 * Takes j in where the account and the call want that.  1: it is to be tried
 * now (in a process of its own where nobody is to wait); 0: the caller's part
 * is over, the mail is queued; -1: it had to be queued and was not.
 */
int enqueue(struct enqueue *q, const struct plan *plan, const struct conf *conf,
    struct job *j, struct error *err);

/* Behind each attempt. */
void enqueue_tried(
    struct enqueue *q, const struct job *j, const struct delivery *d);

/* Whether a deferral is nobody's business: it is queued, and programs that call
 * sendmail take what is said for a failure. */
bool enqueue_is_quiet(const struct enqueue *q, const struct plan *plan);

/* Behind the last: writes down what became of it, tells the caller what is
 * kept.  The exit code; -1: what the envelope says. */
int enqueue_end(struct enqueue *q, const struct plan *plan, struct job *j,
    const char *remote);

/* When everything was said: has the queue looked after. */
void enqueue_leave(
    struct enqueue *q, const struct plan *plan, const struct job *j);

#endif
