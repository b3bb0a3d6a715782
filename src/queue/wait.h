/* SPDX-License-Identifier: ISC */
/*
 * What makes an account wait as a whole: no way to its server, or a server that
 * does not take us.  One small file for each in accounts/ of the queue; losing
 * one costs a connection.
 */
#ifndef QUEUE_WAIT_H
#define QUEUE_WAIT_H

#include <stdbool.h>
#include <time.h>

#include "base/auto.h"
#include "queue/store.h"

struct queue_wait {
	/* No way to the server: ends when the network comes back.  Else it is
	 * the account's: TLS, AUTH, configuration. */
	bool is_offline;
	unsigned step; /* how often in a row; at least 1 */
	time_t since_s, until_s;
	time_t set_s; /* when it failed last */
	char *text;   /* why, one line; owned; not sanitised */
};

void queue_wait_release(struct queue_wait *w);
AUTO_DEFINE(queue_wait);

/* The account's; 1, or 0 when it need not wait, or need not any more, whatever
 * the clock says now.  w (NULL is fine) is filled also where it is over, for
 * what it counts; its text is NULL when there is none. */
int queue_wait_read(
    struct queue *q, const char *account, time_t now, struct queue_wait *w);
/* Tells of each account that has to wait. */
void queue_wait_each(struct queue *q, time_t now,
    void (*tell)(void *ctx, const char *account, const struct queue_wait *w),
    void *ctx);
/* It failed once more: from 1 min doubling to 15 min offline, from 15 min
 * doubling to 6 h else. */
void queue_wait_set(struct queue *q, const char *account, bool is_offline,
    const char *text, time_t now);
/* It works. */
void queue_wait_clear(struct queue *q, const char *account);
/* All of them, or all that are offline. */
void queue_wait_clear_all(struct queue *q, bool offline_only);

#endif
