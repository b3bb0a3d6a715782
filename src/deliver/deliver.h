/* SPDX-License-Identifier: ISC */
/* One delivery: open the way, hand the message over, close. */
#ifndef DELIVER_DELIVER_H
#define DELIVER_DELIVER_H

#include "deliver/connection.h"
#include "deliver/job.h"

/* What there is to tell about a delivery besides the verdicts. */
struct delivery {
	bool is_open;   /* a session was had, up to where mail can be sent */
	bool lacks_dsn; /* and a server in it that knows no DSN */
	bool is_tls;
	bool is_auth;
	char *host; /* of several, the one that answered; or NULL; owned */
	struct error tls_problem; /* a certificate that did not verify where
				   * that is not fatal; ERR_NONE for none */
	char *tls_warning;        /* for the log, or NULL; owned */
	/* likewise: why not the server before this one; what was converted;
	 * that an earlier attempt may have sent it */
	char *setback, *converted, *doubt;
};

void delivery_release(struct delivery *d);
AUTO_DEFINE(delivery);

/* Afterwards every recipient of the job has a verdict.  trace may be NULL. */
void deliver(struct job *j, const struct trace *trace, struct delivery *d);

#endif
