/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "cmd/queue.h"

#include "base/i18n.h"
#include "cmd/words.h"

static int
queue_is_missing(const struct plan *plan)
{
	AUTO(error) struct error err = ERROR_INIT;

	(void)err_set(&err, ERR_USAGE, _("there is no queue"));
	(void)err_hint(&err,
	    _("A mail is sent at once, or its caller is told why it was not."));
	words_error(plan->program, &err);
	return err_exit_code(&err);
}

int
cmd_queue_run(const struct plan *plan)
{
	return queue_is_missing(plan);
}
