/* SPDX-License-Identifier: ISC */
/* One message on its way: what is sent, to whom, through which account. */
#ifndef DELIVER_JOB_H
#define DELIVER_JOB_H

#include "base/auto.h"
#include "conf/account.h"
#include "mail/aliases.h"
#include "mail/envelope.h"
#include "mail/message.h"

struct job {
	struct account *account; /* owned; NULL until one is chosen */
	struct envelope envelope;
	struct message message;
	struct aliases aliases; /* as far as they were needed */
	char *local_domain;     /* of names that have none; or NULL */
	/* Made for the message, or NULL; they stay what they are when another
	 * account makes another header. */
	char *date, *message_id;
	/* See smtp_set_commit(); NULL where nobody keeps account. */
	int (*commit)(void *ctx, struct error *err);
	void *commit_ctx;      /* borrowed */
	const char *queued_as; /* its id in the queue, or NULL; borrowed */
};

void job_init(struct job *j);
void job_release(struct job *j);
AUTO_DEFINE(job);

/* addr with the domain of those that have none; owned.  NULL where addr has
 * one or there is none for it. */
char *job_complete(const struct job *j, const char *addr);

#endif
