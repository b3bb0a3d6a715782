/* SPDX-License-Identifier: ISC */
/*
 * Deliveries one after another: the connection that one leaves open serves the
 * next, which pays no handshake.
 *
 * Only where the two accounts are the same in every option there is: whatever
 * the one demanded of its connection (TLS, certificates, pins, who logs in, the
 * way there), the other has asked for the same and no more.  An option that is
 * added later counts from its first day.
 */
#ifndef DELIVER_SERIES_H
#define DELIVER_SERIES_H

#include "base/auto.h"
#include "deliver/connection.h"

struct series {
	bool keeps_open; /* more deliveries may come; else each is by itself */
	bool is_open;
	struct account account; /* that of c, a copy, while keeps_open */
	struct connection c;
	int64_t stale_at; /* no use after that */
};

void series_init(struct series *s, bool keeps_open);
/* Closes the connection. */
void series_release(struct series *s);
AUTO_DEFINE(series);

/* s->c is a connection for the account: the one at hand, where it may be, else
 * a new one.  *is_used tells whether it has carried a mail before.  account is
 * borrowed until the connection is closed, unless s keeps it open. */
int series_open(struct series *s, const struct account *account,
    const struct trace *trace, bool *is_used, struct error *err);
/* After a delivery.  is_good: the session can go on.  Closes the connection
 * unless it is worth keeping. */
void series_pause(struct series *s, bool is_good);

#endif
