/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "cmd/rmqs.h"

#include "cmd/trace.h"
#include "cmd/words.h"
#include "deliver/connection.h"
#include "deliver/prepare.h"

static int
rmqs_ask(const struct plan *plan, struct error *err)
{
	AUTO(job) struct job j;
	AUTO(conf) struct conf conf = { 0 };
	AUTO(connection) struct connection c = { 0 };

	if (prepare_without_mail(&j, plan, &conf, err) < 0)
		return -1;
	trace_account(plan, j.account);
	if (connection_open(&c, j.account,
		deadline_in(j.account->total_timeout_s), trace_of(plan),
		err) < 0)
		return -1;
	return smtp_etrn(c.smtp, plan->argument, err);
}

int
cmd_rmqs(const struct plan *plan)
{
	AUTO(error) struct error err = ERROR_INIT;

	return rmqs_ask(plan, &err) == 0 ? 0 : words_exit(plan->program, &err);
}
