/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "cmd/enqueue.h"

#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/stop.h"
#include "base/xalloc.h"
#include "cmd/linger.h"
#include "cmd/words.h"
#include "deliver/bounce.h"
#include "deliver/settle.h"
#include "io/detach.h"
#include "queue/wait.h"

void
enqueue_init(struct enqueue *q)
{
	*q = (struct enqueue){ .queue = QUEUE_INIT, .trouble = ERROR_INIT };
	entry_init(&q->entry);
}

void
enqueue_release(struct enqueue *q)
{
	if (!q)
		return;
	entry_release(&q->entry);
	queue_release(&q->queue);
	error_release(&q->trouble);
}

bool
enqueue_is_quiet(const struct enqueue *q, const struct plan *plan)
{
	return q->is_queued &&
	       (q->is_behind || (plan->personality == PERSONALITY_SENDMAIL &&
				    !isatty(STDERR_FILENO)));
}

/* In words, where somebody may read them. */
static void
enqueue_say(const struct enqueue *q, const struct plan *plan)
{
	auto_free char *text = NULL;

	if (enqueue_is_quiet(q, plan))
		return;
	text = xasprintf(
	    _("the mail is queued as %s and will be tried again"), q->entry.id);
	words_note(plan->program, text);
}

/* An account whose password was refused is not tried with each mail of a
 * program that sends many: its owner would be locked out. */
static bool
enqueue_is_held(struct enqueue *q, const struct plan *plan,
    const struct conf *conf, const struct account *a)
{
	AUTO(queue_wait) struct queue_wait w = { 0 };

	return plan->personality == PERSONALITY_SENDMAIL &&
	       queue_wait_read(
		   &q->queue, settle_account_name(a), time(NULL), &w) &&
	       !w.is_offline && !conf_is_newer(conf, w.set_s);
}

/* From now on it is the queue's file that is sent. */
static int
enqueue_reread(struct enqueue *q, struct job *j)
{
	AUTO(error) struct error err = ERROR_INIT;

	message_release(&j->message);
	message_init(&j->message);
	q->is_reread = true;
	return entry_message(&q->entry, &j->message, &err);
}

/* 1 in a process that nobody waits for; 0 in the caller's. */
static int
enqueue_detach(struct enqueue *q, const struct conf *conf, const struct job *j)
{
	int keep[QUEUE_STATES + 3] = { q->entry.fd, q->queue.dir,
		j->message.body.fd };
	int rc;

	for (int i = 0; i < QUEUE_STATES; i++)
		keep[3 + i] = q->queue.states[i];
	conf_inherit_secrets(conf);
	account_inherit_secrets(j->account);
	rc = detach(keep, sizeof(keep) / sizeof(keep[0]));
	if (rc < 0)
		queue_wake(&q->queue); /* somebody else will try it */
	q->is_left = rc > 0;
	if (rc != 0)
		return 0;
	q->is_behind = true;
	return 1;
}

int
enqueue(struct enqueue *q, const struct plan *plan, const struct conf *conf,
    struct job *j, struct error *err)
{
	q->way = submit_way(plan, j->account);
	if (q->way == SUBMIT_DIRECT)
		return 1;
	if (submit_accept(j, plan, &q->queue, &q->entry, err) < 0) {
		entry_release(&q->entry);
		if (q->way != SUBMIT_ON_FAILURE)
			return -1;
		/* who waits can be told instead */
		err_move(&q->trouble, err);
		return 1;
	}
	q->is_queued = true;
	/* whatever happens to us: the runner has it */
	xalloc_end_with(0,
	    _("the mail is queued as %s and will be tried again"), q->entry.id);
	j->envelope.wishes.may_lack_dsn = true;
	j->commit = settle_commit;
	j->commit_ctx = &q->entry;
	j->queued_as = q->entry.id;
	if (q->way == SUBMIT_QUEUE) {
		queue_wake(&q->queue);
		return 0;
	}
	/* he is told that it is queued, whatever comes */
	(void)signal(SIGHUP, SIG_IGN);
	stop_catch();
	if (enqueue_is_held(q, plan, conf, j->account)) {
		enqueue_say(q, plan);
		return 0;
	}
	if (q->way != SUBMIT_BEHIND)
		return 1;
	/* once he is told, the caller's file is his again */
	if (j->message.body.is_foreign && enqueue_reread(q, j) < 0) {
		queue_wake(&q->queue);
		return 0;
	}
	return enqueue_detach(q, conf, j);
}

void
enqueue_tried(struct enqueue *q, const struct job *j, const struct delivery *d)
{
	static const struct error none = ERROR_INIT;
	const char *name = settle_account_name(j->account);
	size_t worst;

	if (!q->is_queued)
		return;
	(void)envelope_exit_code(&j->envelope, &worst);
	q->was_open |= d->is_open;
	q->lacks_dsn |= d->lacks_dsn;
	settle_account(&q->queue, name,
	    d->is_open ? &none : &j->envelope.rcpts[worst].why);
}

/* The worst of those who failed for good; the others are taken care of. */
static int
enqueue_exit_code(const struct envelope *env)
{
	int code = 0;

	for (size_t i = 0; i < env->count && !code; i++)
		if (env->rcpts[i].fate == FATE_FAIL)
			code = err_exit_code(&env->rcpts[i].why);
	return code;
}

/* -oem: the queue tells the sender, also while he waits. */
static bool
enqueue_mails_back(const struct plan *plan, const struct job *j)
{
	return (plan->errors == ERRORS_MAIL ||
		   plan->errors == ERRORS_MAIL_OK) &&
	       (j->account->bounce_mbox ||
		   !bounce_obstacle(&j->envelope, &j->message));
}

int
enqueue_end(struct enqueue *q, const struct plan *plan, struct job *j,
    const char *remote)
{
	bool mails_back = enqueue_mails_back(plan, j);
	const struct attempt a = {
		.entry = &q->entry,
		.job = j,
		.was_open = q->was_open,
		.lacks_dsn = q->lacks_dsn,
		.is_told = !q->is_behind && !mails_back,
		.remote = remote,
	};
	AUTO(error) struct error err = ERROR_INIT;
	enum settle_result result;

	if (!q->is_queued) {
		if (q->trouble.kind && envelope_exit_code(&j->envelope, NULL))
			words_error(plan->program, &q->trouble);
		return -1;
	}
	/* it may fail for good and leave the queue, and nobody told him yet */
	xalloc_end_with(err_table[ERR_OS].exit_code,
	    _("It may have been queued as %s all the same."), q->entry.id);
	result = settle(&a, &err);
	if (err.kind)
		words_error(plan->program, &err);
	if (result == SETTLE_ASIDE)
		return err_exit_code(&err);
	if (mails_back && plan->errors == ERRORS_MAIL_OK)
		return 0;
	if (result == SETTLE_OVER)
		return -1;
	enqueue_say(q, plan);
	return enqueue_exit_code(&j->envelope);
}

void
enqueue_leave(struct enqueue *q, const struct plan *plan, const struct job *j)
{
	/* who says -odq runs the queue himself; who went behind the caller's
	 * back does this there */
	if (!q->is_queued || q->way == SUBMIT_QUEUE || q->is_left ||
	    stop_signal() == SIGTERM)
		return;
	stop_forget(); /* who does not want to wait wants it sent */
	entry_release(&q->entry);
	linger(plan, j->account, &q->queue);
}
