/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "cmd/linger.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/stop.h"
#include "base/xalloc.h"
#include "cmd/queue.h"
#include "deliver/runner.h"
#include "deliver/trigger.h"
#include "io/detach.h"
#include "queue/backoff.h"
#include "queue/walk.h"

#define LINGER_DEFAULT_S 3600
/* Seconds between two looks at whether there is something new. */
#define LINGER_STEP_S 5
/* A pass at least so often: accounts wait, too, and clocks are set. */
#define LINGER_PASS_S 300

/* When the first is due; 0 when there is none. */
static time_t
linger_next(struct queue *q)
{
	AUTO(queue_ids) struct queue_ids ids = { 0 };
	AUTO(error) struct error err = ERROR_INIT;
	time_t next = 0;

	if (queue_list(q, QUEUE_ACTIVE, &ids, &err) < 0)
		return 0;
	for (size_t i = 0; i < ids.count; i++) {
		AUTO(entry) struct entry e;

		if (entry_peek(&e, q, QUEUE_ACTIVE, ids.ids[i], &err) > 0 &&
		    (!next || e.cells.next_s < next))
			next = e.cells.next_s;
	}
	return next;
}

/* Whether the queue is there still: who has removed it does not want it looked
 * after. */
static bool
linger_is_there(const struct queue *q)
{
	struct stat st;

	return fstat(q->dir, &st) == 0 && st.st_nlink > 0;
}

/* When a mail came or went last. */
static struct timespec
linger_changed(struct queue *q)
{
	AUTO(error) struct error err = ERROR_INIT;
	int dir = queue_state_dir(q, QUEUE_ACTIVE, &err);
	struct stat st = { 0 };

	if (dir >= 0)
		(void)fstat(dir, &st); /* then a pass is made, at worst */
	return st.st_mtim;
}

/* Until `due`, until something came or went, or until the end. */
static void
linger_sleep(struct queue *q, time_t due, int64_t stop_at)
{
	int64_t pass_at = deadline_in(LINGER_PASS_S);
	struct timespec before = linger_changed(q), now = before;

	while (linger_is_there(q) && time(NULL) < due &&
	       deadline_poll_ms(deadline_min(stop_at, pass_at)) &&
	       faccessat(q->dir, "wake", F_OK, 0) < 0 &&
	       now.tv_sec == before.tv_sec && now.tv_nsec == before.tv_nsec) {
		(void)sleep(LINGER_STEP_S);
		now = linger_changed(q);
	}
}

/* Whether it ended because there was nothing left. */
static bool
linger_run(const struct plan *plan, struct queue *q, int64_t limit_s)
{
	AUTO(plan) struct plan call;
	int64_t stop_at = deadline_in(limit_s);
	struct run run;
	time_t next;

	/* the mail's recipients are no selection */
	plan_init(&call);
	call.program = xstrdup(plan->program);
	call.personality = plan->personality;
	run = cmd_queue_of(&call, q);
	do {
		AUTO(error) struct error err = ERROR_INIT;
		struct run_counts counts;
		int rc = runner_run(&run, &counts, &err);

		/* another one is at it: "wake" is for him; or the system is in
		 * trouble */
		if (rc <= 0 && limit_s > 0 && !stop_signal())
			(void)sleep(LINGER_STEP_S);
		next = linger_next(q);
		if (!next || limit_s <= 0)
			return !next;
		/* an account may make it wait for longer */
		if (next < time(NULL) + LINGER_STEP_S)
			next = time(NULL) + LINGER_PASS_S;
		linger_sleep(q, next, stop_at);
	} while (deadline_poll_ms(stop_at) && linger_is_there(q));
	return false;
}

/* Whether anything is in it. */
static bool
linger_is_needed(const struct queue *q)
{
	AUTO(queue_ids) struct queue_ids ids = { 0 };
	AUTO(error) struct error err = ERROR_INIT;
	struct queue view = { .dir = q->dir, .path = q->path };

	return queue_list(&view, QUEUE_ACTIVE, &ids, &err) == 0 && ids.count;
}

static void
linger_here(const struct plan *plan, int64_t limit_s, const char *path)
{
	AUTO(queue) struct queue q = QUEUE_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	bool is_empty;

	if (queue_open(&q, path, false, &err) < 0)
		return;
	do {
		auto_close int lock = openat(q.dir, "linger.lock",
		    O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
		    0600);

		is_empty = lock >= 0 && queue_lock(lock) == 1 &&
			   linger_run(plan, &q, limit_s);
		/* the lock is given back here; who came before that, and after
		 * the last look, has left his mail to us */
	} while (is_empty && linger_next(&q));
}

void
linger(const struct plan *plan, const struct account *a, const struct queue *q)
{
	bool is_said = a->origin[OPT_QUEUE_LINGER].kind != ORIGIN_DEFAULT;
	int64_t limit_s = is_said ? a->queue_linger_s : LINGER_DEFAULT_S;

	if (!linger_is_needed(q) || trigger_is_alive(q->path) ||
	    detach(NULL, 0) != 0)
		return;
	linger_here(plan, limit_s, q->path);
	_exit(0);
}
