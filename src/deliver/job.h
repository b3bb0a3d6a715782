/* SPDX-License-Identifier: ISC */
/* One message on its way: what is sent, to whom, through which account. */
#ifndef DELIVER_JOB_H
#define DELIVER_JOB_H

#include "base/auto.h"
#include "conf/account.h"
#include "mail/envelope.h"
#include "mail/message.h"

struct job {
	struct account *account; /* owned; NULL until one is chosen */
	struct envelope envelope;
	struct message message;
	/* Made for the message, or NULL; they stay what they are when another
	 * account makes another header. */
	char *date, *message_id;
};

void job_init(struct job *j);
void job_release(struct job *j);
AUTO_DEFINE(job);

#endif
