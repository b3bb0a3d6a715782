/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/job.h"

#include "base/xalloc.h"

void
job_init(struct job *j)
{
	*j = (struct job){ 0 };
	j->aliases = (struct aliases)ALIASES_INIT;
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
	xreplace(&j->local_domain, NULL);
	aliases_release(&j->aliases);
}

char *
job_complete(const struct job *j, const char *addr)
{
	if (!j->local_domain || !*addr || addr_domain(addr))
		return NULL;
	return xasprintf("%s@%s", addr, j->local_domain);
}
