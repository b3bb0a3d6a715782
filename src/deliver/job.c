/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/job.h"

#include "base/xalloc.h"

void
job_init(struct job *j)
{
	j->account = NULL;
	j->date = j->message_id = NULL;
	j->envelope = (struct envelope)ENVELOPE_INIT;
	message_init(&j->message);
}

void
job_release(struct job *j)
{
	if (!j)
		return;
	account_free(j->account);
	j->account = NULL;
	envelope_release(&j->envelope);
	message_release(&j->message);
	xreplace(&j->date, NULL);
	xreplace(&j->message_id, NULL);
}
