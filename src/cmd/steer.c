/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "cmd/steer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "cmd/progress.h"
#include "cmd/show.h"
#include "cmd/words.h"
#include "deliver/place.h"
#include "queue/entry.h"
#include "queue/wait.h"
#include "queue/walk.h"

struct steer {
	const struct plan *plan;
	const struct steer_act *act;
	struct places places;
	struct progress progress;
	size_t done, busy;
	int code; /* of the first thing that went wrong */
};

/* What is to be done with a mail that is open and locked. */
typedef int steer_do(struct entry *e, struct error *err);

#define STATE(s) (1u << (s))

struct steer_act {
	enum mode mode;
	unsigned states; /* in which it is found by its id */
	unsigned all;    /* in which ALL finds it */
	steer_do *act;
	char *(*done)(size_t count); /* what is said of so many; owned */
};

static void
steer_release(struct steer *s)
{
	progress_end(&s->progress);
	places_release(&s->places);
}
AUTO_DEFINE(steer);

/* --- what is done --------------------------------------------------------- */

static int
steer_hold(struct entry *e, struct error *err)
{
	entry_log(e, "held by hand");
	return entry_shift(e, QUEUE_HOLD, err);
}

/* Back among those that wait; due_s: when it is tried, 0: as it was. */
static int
steer_activate(struct entry *e, time_t due_s, struct error *err)
{
	struct entry_cells cells = e->cells;

	cells.deaths = 0;
	if (due_s)
		cells.next_s = due_s;
	if (entry_set_cells(e, &cells, err) < 0 || entry_revive(e, err) < 0 ||
	    entry_shift(e, QUEUE_ACTIVE, err) < 0)
		return -1;
	queue_wake(e->queue);
	return 0;
}

static int
steer_let_go(struct entry *e, struct error *err)
{
	return steer_activate(e, 0, err);
}

static int
steer_retry(struct entry *e, struct error *err)
{
	if (e->account)
		queue_wait_clear(e->queue, e->account);
	return steer_activate(e, time(NULL), err);
}

static int
steer_remove(struct entry *e, struct error *err)
{
	return entry_remove(e, err);
}

static char *
steer_say_held(size_t n)
{
	return xasprintf(P_("%zu mail is held", "%zu mails are held", n), n);
}

static char *
steer_say_released(size_t n)
{
	return xasprintf(
	    P_("%zu mail is released", "%zu mails are released", n), n);
}

static char *
steer_say_due(size_t n)
{
	return xasprintf(P_("%zu mail is due", "%zu mails are due", n), n);
}

static char *
steer_say_removed(size_t n)
{
	return xasprintf(
	    P_("%zu mail is removed", "%zu mails are removed", n), n);
}

static const struct steer_act steer_acts[] = {
	{ MODE_QUEUE_HOLD, STATE(QUEUE_ACTIVE), STATE(QUEUE_ACTIVE), steer_hold,
	    steer_say_held },
	{ MODE_QUEUE_RELEASE, STATE(QUEUE_HOLD), STATE(QUEUE_HOLD),
	    steer_let_go, steer_say_released },
	{ MODE_QUEUE_RETRY,
	    STATE(QUEUE_ACTIVE) | STATE(QUEUE_HOLD) | STATE(QUEUE_FAILED),
	    STATE(QUEUE_ACTIVE) | STATE(QUEUE_FAILED), steer_retry,
	    steer_say_due },
	{ MODE_QUEUE_REMOVE,
	    STATE(QUEUE_ACTIVE) | STATE(QUEUE_HOLD) | STATE(QUEUE_FAILED) |
		STATE(QUEUE_BAD),
	    STATE(QUEUE_ACTIVE) | STATE(QUEUE_HOLD) | STATE(QUEUE_FAILED),
	    steer_remove, steer_say_removed },
	{ MODE_QUEUE_SHOW,
	    STATE(QUEUE_ACTIVE) | STATE(QUEUE_HOLD) | STATE(QUEUE_FAILED) |
		STATE(QUEUE_BAD),
	    STATE(QUEUE_ACTIVE) | STATE(QUEUE_HOLD) | STATE(QUEUE_FAILED) |
		STATE(QUEUE_BAD),
	    NULL, NULL },
};

/* --- one mail ------------------------------------------------------------- */

static void
steer_failed(struct steer *s, const struct error *err)
{
	progress_end(&s->progress);
	words_error(s->plan->program, err);
	if (!s->code)
		s->code = err_exit_code(err);
}

/* What was done is done, also after a power cut. */
static void
steer_sync(struct steer *s, struct queue *q)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (!s->act->act || !s->done)
		return;
	for (int state = 0; state < QUEUE_TMP; state++)
		if (queue_sync(q, (enum queue_state)state, &err) < 0) {
			steer_failed(s, &err);
			return;
		}
}

static bool
steer_exists(struct queue *q, enum queue_state state, const char *id)
{
	AUTO(error) struct error err = ERROR_INIT;
	int dir = queue_state_dir(q, state, &err);
	struct stat st;

	return dir >= 0 && fstatat(dir, id, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* What cannot be opened can be removed still, when it is named. */
static int
steer_remove_unreadable(
    struct queue *q, enum queue_state state, const char *id, struct error *err)
{
	int dir = queue_state_dir(q, state, err);

	if (dir < 0)
		return -1;
	if (unlinkat(dir, id, 0) == 0)
		return 1;
	return err_set_os(
	    err, ERR_QUEUE, errno, _("cannot remove the queued mail %s"), id);
}

/* 1 done; 0 it is not there; -1. */
static int
steer_one(struct steer *s, struct queue *q, enum queue_state state,
    const char *id, bool is_named, struct error *err)
{
	AUTO(entry) struct entry e;
	int rc;

	entry_init(&e);
	if (!s->act->act)
		return show_entry(s->plan, q, state, id, err);
	rc = state == QUEUE_BAD ? -1 : entry_open(&e, q, state, id, err);
	if (rc > 0)
		return s->act->act(&e, err) < 0 ? -1 : 1;
	if (!steer_exists(q, state, id)) {
		error_release(err);
		return 0;
	}
	if (rc < 0 && is_named && s->act->mode == MODE_QUEUE_REMOVE)
		return steer_remove_unreadable(q, state, id, err);
	if (rc == 0) {
		s->busy++;
		(void)err_set(err, ERR_QUEUE,
		    _("the mail %s is being sent just now"), id);
	}
	return -1;
}

/* The one with that id, wherever it is. */
static void
steer_named(struct steer *s, const char *id)
{
	AUTO(error) struct error err = ERROR_INIT;
	auto_free char *shown = text_escaped(id);

	if (!queue_id_is_valid(id)) {
		(void)err_set(&err, ERR_USAGE,
		    _("\"%s\" is not the id of a queued mail"), shown);
		(void)err_hint(
		    &err, _("Say %s --mailq for the ids, or ALL."), PACKAGE);
		steer_failed(s, &err);
		return;
	}
	for (size_t i = 0; i < s->places.count; i++) {
		AUTO(queue) struct queue q = QUEUE_INIT;
		AUTO(place_rights)
		struct place_rights rights =
		    place_take_rights(s->places.paths[i]);

		if (queue_open(&q, s->places.paths[i], false, &err) < 0) {
			if (err.os_errno != ENOENT)
				steer_failed(s, &err);
			error_release(&err);
			continue;
		}
		for (int state = 0; state < QUEUE_TMP; state++) {
			int rc = 0;

			if (s->act->states & STATE(state))
				rc = steer_one(s, &q, (enum queue_state)state,
				    id, true, &err);
			if (rc < 0)
				steer_failed(s, &err);
			s->done += rc > 0;
			if (rc > 0)
				steer_sync(s, &q);
			if (rc)
				return;
		}
	}
	(void)err_set(&err, ERR_NO_INPUT,
	    s->act->mode == MODE_QUEUE_RELEASE
		? _("there is no mail %s that is held")
		: _("there is no mail %s in the queue"),
	    shown);
	steer_failed(s, &err);
}

/* --- all of them ---------------------------------------------------------- */

static int
steer_state(
    struct steer *s, struct queue *q, enum queue_state state, struct error *err)
{
	AUTO(queue_ids) struct queue_ids l = { 0 };

	if (queue_list(q, state, &l, err) < 0)
		return -1;
	progress_begin(&s->progress, l.count);
	for (size_t i = 0; i < l.count; i++) {
		AUTO(error) struct error own = ERROR_INIT;
		int rc = steer_one(s, q, state, l.ids[i], false, &own);

		if (rc < 0)
			steer_failed(s, &own);
		s->done += rc > 0;
		progress_step(&s->progress, i + 1);
	}
	progress_end(&s->progress);
	return 0;
}

static void
steer_all(struct steer *s)
{
	for (size_t i = 0; i < s->places.count; i++) {
		AUTO(queue) struct queue q = QUEUE_INIT;
		AUTO(place_rights)
		struct place_rights rights =
		    place_take_rights(s->places.paths[i]);
		AUTO(error) struct error err = ERROR_INIT;

		if (queue_open(&q, s->places.paths[i], false, &err) < 0) {
			if (err.os_errno != ENOENT)
				steer_failed(s, &err);
			continue;
		}
		for (int state = 0; state < QUEUE_TMP; state++)
			if ((s->act->all & STATE(state)) &&
			    steer_state(s, &q, (enum queue_state)state, &err) <
				0)
				steer_failed(s, &err);
		steer_sync(s, &q);
	}
}

int
cmd_steer(const struct plan *plan)
{
	AUTO(steer) struct steer s = { .plan = plan, .act = steer_acts };
	AUTO(conf) struct conf conf = { 0 };
	AUTO(error) struct error err = ERROR_INIT;

	while (s.act->mode != plan->mode)
		s.act++;
	/* a broken configuration is no reason not to stop a mail */
	if (conf_load(&conf, plan, &err) < 0)
		words_error(plan->program, &err);
	if (places_see(&s.places, plan, &conf, &err) < 0)
		steer_failed(&s, &err);
	if (!plan->operand_count) {
		(void)err_set(
		    &err, ERR_USAGE, _("no mail of the queue was named"));
		(void)err_hint(
		    &err, _("Say %s --mailq for the ids, or ALL."), PACKAGE);
		steer_failed(&s, &err);
	}
	for (size_t i = 0; i < plan->operand_count; i++)
		if (strcmp(plan->operands[i], "ALL") == 0)
			steer_all(&s);
		else
			steer_named(&s, plan->operands[i]);
	if (s.act->done && (s.done || !s.code)) {
		auto_free char *text = s.act->done(s.done);

		(void)puts(text);
	}
	return s.code;
}
