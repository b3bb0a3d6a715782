/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/retry.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/i18n.h"
#include "base/num.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "deliver/prepare.h"
#include "deliver/settle.h"

/* Nine digits (RFC 2852 4). */
#define RETRY_SECONDS_MAX 999999999

void
retry_release(struct retry *r)
{
	if (!r)
		return;
	plan_release(&r->plan);
	account_free(r->account);
	conf_release(&r->conf);
	*r = (struct retry){ 0 };
}

char *
retry_key(const struct entry *e)
{
	AUTO(buf) struct buf out = BUF_INIT(1024 * 1024);

	(void)buf_printf(&out, "%s\n%s\n", e->account ? e->account : "",
	    e->config ? e->config : "");
	for (size_t i = 0; i < e->option_count; i++)
		(void)buf_printf(
		    &out, "%s %s\n", e->options[i].name, e->options[i].value);
	return buf_detach(&out);
}

static int
retry_options(struct retry *r, const struct entry *e, struct error *err)
{
	for (size_t i = 0; i < e->option_count; i++) {
		enum opt_id id = opt_find(e->options[i].name);

		if (id == OPT_COUNT || !(opt_table[id].places & OPT_ON_LINE))
			return err_set(err, ERR_CONFIG,
			    _("the option %s is not known any more"),
			    e->options[i].name);
		if (opt_set(&r->plan.overrides, id, e->options[i].value, err) <
		    0)
			return -1;
		r->plan.overrides.is_own[id] = true;
		r->plan.overrides.origin[id].kind = ORIGIN_COMMAND_LINE;
	}
	return 0;
}

int
retry_init(struct retry *r, const struct entry *e, const struct plan *call,
    struct error *err)
{
	struct plan *plan = &r->plan;

	plan_init(plan);
	plan->personality = call->personality;
	plan->program = xstrdup(call->program);
	plan->is_debug = call->is_debug;
	if (e->config)
		plan->file = xstrdup(e->config);
	if (e->account)
		plan->account_name = xstrdup(e->account);
	if (retry_options(r, e, err) < 0 || conf_load(&r->conf, plan, err) < 0)
		return -1;
	return conf_choose(&r->conf, plan, NULL, NULL, &r->account, err) < 0 ||
		       account_check(r->account, err) < 0
		   ? -1
		   : 0;
}

/* "SECONDS;MODE" (RFC 2852 4.1.4): to a next server as many less as the mail
 * was here; what is to be sent back in time is not tried after it. */
static void
retry_deliver_by(struct envelope *env, int64_t waited_s)
{
	const char *mode = strchr(env->wishes.deliver_by, ';');
	int64_t left_s = strtoll(env->wishes.deliver_by, NULL, 10) - waited_s;
	AUTO(error) struct error err = ERROR_INIT;

	if (!mode)
		return;
	if (left_s <= 0 && mode[1] == 'R') {
		(void)err_set(&err, ERR_EXPIRED,
		    _("it could not be delivered within the time that its "
		      "sender has set"));
		envelope_rule(env, &err);
		return;
	}
	if (left_s < -RETRY_SECONDS_MAX)
		left_s = -RETRY_SECONDS_MAX;
	xreplace(
	    &env->wishes.deliver_by, xasprintf("%" PRId64 "%s", left_s, mode));
}

/* The mail has grown older: what its sender has counted from its submission on
 * counts from now. */
static void
retry_grow_older(struct envelope *env, int64_t waited_s)
{
	struct wishes *w = &env->wishes;
	uint64_t hold_s;

	if (waited_s <= 0)
		return; /* or the clock was set back */
	if (w->deliver_by)
		retry_deliver_by(env, waited_s);
	if (!w->release || !text_has_caseprefix(w->release, "HOLDFOR=") ||
	    num_parse(w->release + 8, 0, RETRY_SECONDS_MAX, &hold_s) < 0)
		return;
	xreplace(&w->release,
	    hold_s > (uint64_t)waited_s
		? xasprintf("HOLDFOR=%" PRIu64, hold_s - (uint64_t)waited_s)
		: NULL);
}

int
retry_job(
    const struct retry *r, struct entry *e, struct job *j, struct error *err)
{
	j->account = account_new();
	account_copy(j->account, r->account);
	j->account->choice = r->account->choice;
	j->envelope = e->envelope;
	e->envelope = (struct envelope)ENVELOPE_INIT;
	j->envelope.wishes.may_lack_dsn = true;
	retry_grow_older(&j->envelope, time(NULL) - e->born_s);
	j->commit = settle_commit;
	j->commit_ctx = e;
	j->queued_as = e->id;
	if (entry_message(e, &j->message, err) < 0)
		return -1;
	return prepare_envelope(j, NULL, err);
}
