/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/fallback.h"

#include <string.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "deliver/header.h"
#include "deliver/prepare.h"

void
fallback_init(
    struct fallback *f, const struct conf *conf, const struct plan *plan)
{
	*f = (struct fallback){ .conf = conf, .plan = plan };
}

void
fallback_release(struct fallback *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->count; i++)
		free(f->names[i]);
	free(f->names);
	fallback_init(f, NULL, NULL);
}

static bool
fallback_has(const struct fallback *f, const char *name)
{
	for (size_t i = 0; i < f->count; i++)
		if (strcmp(f->names[i], name) == 0)
			return true;
	return false;
}

/* Takes name. */
static void
fallback_insert(struct fallback *f, size_t at, char *name)
{
	f->names = xreallocarray(f->names, f->count + 1, sizeof(char *));
	memmove(
	    &f->names[at + 1], &f->names[at], (f->count - at) * sizeof(char *));
	f->names[at] = name;
	f->count++;
}

/* Those that the account names come next, before those that others named. */
static void
fallback_take_in(struct fallback *f, const struct account *a)
{
	const char *list = a->fallback;
	size_t at = f->at + 1;

	while (list && *list) {
		size_t len = strcspn(list, ",");
		auto_free char *word = xmemdupz(list, len);
		const char *name = text_trim(word);

		if (*name && !fallback_has(f, name))
			fallback_insert(f, at++, xstrdup(name));
		list += len + (list[len] == ',');
	}
}

static bool
fallback_may_try(const struct account *a, const struct rcpt *r)
{
	if (r->fate == FATE_DEFER)
		return r->why.kind != ERR_IN_DOUBT;
	return r->fate == FATE_FAIL && a->fallback_refused == TOGGLE_ON;
}

static bool
fallback_has_any(const struct job *j)
{
	for (size_t i = 0; i < j->envelope.count; i++)
		if (fallback_may_try(j->account, &j->envelope.rcpts[i]))
			return true;
	return false;
}

static void
fallback_reset(struct fallback *f, struct job *j)
{
	for (size_t i = 0; i < j->envelope.count; i++) {
		struct rcpt *r = &j->envelope.rcpts[i];

		if (!fallback_may_try(j->account, r))
			continue;
		r->fate = FATE_PENDING;
		r->round = f->round;
		error_release(&r->why);
	}
}

/* Takes next. */
static int
fallback_switch(const struct fallback *f, struct job *j, struct account *next,
    struct error *err)
{
	struct envelope *e = &j->envelope;
	bool is_own = j->account->from && e->from &&
		      text_caseeq(j->account->from, e->from);

	account_free(j->account);
	j->account = next;
	if (account_check(next, err) < 0)
		return -1;
	if (f->plan)
		message_restore(&j->message);
	if (prepare_envelope(j, f->plan, err) < 0)
		return -1;
	if (f->plan)
		prepare_header(j, f->plan);
	else if (is_own && next->from)
		return envelope_set_from(e, next->from, next->name, err);
	return 0;
}

bool
fallback_next(struct fallback *f, struct job *j)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct account *next = NULL;

	if (!f->count && j->account->name)
		fallback_insert(f, 0, xstrdup(j->account->name));
	if (!f->count)
		return false;
	fallback_take_in(f, j->account);
	if (f->at + 1 >= f->count || !fallback_has_any(j))
		return false;
	f->at++;
	f->round++;
	fallback_reset(f, j);
	if (conf_fallback(f->conf, f->plan, f->names[f->at], &next, &err) < 0 ||
	    fallback_switch(f, j, next, &err) < 0)
		envelope_rule(&j->envelope, &err);
	return true;
}
