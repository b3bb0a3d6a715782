/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/i18n.h"
#include "base/stop.h"
#include "base/xalloc.h"
#include "deliver/worker.h"
#include "deliver/worklist.h"
#include "queue/backoff.h"
#include "queue/wait.h"

/* Accounts that are served at once. */
#define RUNNER_PROCESSES 4
/* Processes that may die over one account in one pass. */
#define RUNNER_DEATHS_MAX 16
/* Deaths after which a mail is held. */
#define RUNNER_DEATHS_HOLD 3
/* Passes of one run: somebody who wakes us all the time is served by the next
 * run. */
#define RUNNER_PASSES 100
/* Seconds that a run which was asked for something waits for another one. */
#define RUNNER_PATIENCE_S 5

/* How soon the end of a process is seen where somebody watches. */
#define RUNNER_PULSE_MS 50

/* One account that is being served. */
struct runner_work {
	const struct work_group *group;
	struct worker_share *share; /* NULL: none */
	pid_t pid;
	unsigned deaths;
};

struct runner {
	const struct run *run;
	struct run_counts *counts;
	int lock;
	struct runner_work works[RUNNER_PROCESSES];
	size_t done, total; /* mails of this pass, but for those of works */
	bool is_woken;      /* there is something new, and nobody else knows */
};

bool
run_is_forced(const struct run *run)
{
	return run->call->operand_count || run->call->queue.is_forced;
}

static void
runner_add(struct run_counts *to, const struct run_counts *n)
{
	to->over += n->over;
	to->waiting += n->waiting;
	to->aside += n->aside;
	to->bad += n->bad;
	to->busy += n->busy;
}

/* --- processes that die --------------------------------------------------- */

static void
runner_say(const struct runner *r, const char *id)
{
	AUTO(error) struct error err = ERROR_INIT;

	(void)err_set(&err, ERR_SOFTWARE,
	    _("the mail %s is held: %d processes died over it"), id,
	    RUNNER_DEATHS_HOLD);
	if (r->run->warn)
		r->run->warn(r->run->ctx, NULL, &err);
}

/* QL-01: a mail that kills who tries it does not get at everybody.  Of several
 * that were under way one has done it: it is found when they are tried alone,
 * and no other one comes that far. */
static void
runner_bury(struct runner *r, const char *id, bool is_alone)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(entry) struct entry e;
	struct entry_cells cells;

	if (entry_open(&e, r->run->queue, QUEUE_ACTIVE, id, &err) <= 0)
		return;
	cells = e.cells;
	if (cells.deaths < ENTRY_DEATHS_MAX && (is_alone || !cells.deaths))
		cells.deaths++;
	if (cells.is_in_doubt)
		cells.next_s = time(NULL) + BACKOFF_DOUBT_S;
	(void)entry_set_cells(&e, &cells, &err); /* once more, then */
	entry_log(&e, "died: the process that tried it%s",
	    is_alone ? "" : " and others");
	if (cells.deaths < RUNNER_DEATHS_HOLD)
		return;
	if (entry_move(&e, QUEUE_HOLD, &err) == 0) {
		r->counts->aside++;
		runner_say(r, id);
	}
}

/* Those that were in the hands of a process that died. */
static void
runner_bury_all(struct runner *r, struct worker_share *share)
{
	size_t count = 0;

	for (size_t i = 0; i < WORKER_WINDOW; i++)
		count += *share->at[i] != '\0';
	for (size_t i = 0; i < WORKER_WINDOW; i++) {
		if (*share->at[i])
			runner_bury(r, share->at[i], count == 1);
		*share->at[i] = '\0';
	}
	share->is_careful = true;
}

/* --- processes ------------------------------------------------------------ */

static int
runner_fork(struct runner *r, struct runner_work *w)
{
	w->pid = fork();
	if (w->pid)
		return w->pid < 0 ? -1 : 0;
	(void)close(r->lock); /* who comes after us needs not wait for it */
	worker_run(r->run, w->group, w->share);
	(void)fflush(NULL);
	_exit(0);
}

static void
runner_finish(struct runner *r, struct runner_work *w)
{
	runner_add(r->counts, &w->share->counts);
	r->done += w->share->next;
	(void)munmap(w->share, sizeof(*w->share));
	*w = (struct runner_work){ 0 };
}

/* Its process has ended. */
static void
runner_reap(struct runner *r, struct runner_work *w)
{
	/* who was told to stop has not died of a mail */
	if (w->share->is_done || stop_signal()) {
		runner_finish(r, w);
		return;
	}
	runner_bury_all(r, w->share);
	if (++w->deaths > RUNNER_DEATHS_MAX || runner_fork(r, w) < 0)
		runner_finish(r, w);
}

static void
runner_pulse(const struct runner *r)
{
	size_t done = r->done;

	for (size_t i = 0; i < RUNNER_PROCESSES; i++)
		if (r->works[i].share)
			done += r->works[i].share->next;
	r->run->pulse(r->run->pulse_ctx, done, r->total);
}

/* Each second, while the others work. */
static void
runner_look_around(struct runner *r)
{
	/* at once, lest whom it wakes finds us at work again and again */
	if (queue_unwake(r->run->queue))
		r->is_woken = true;
	for (size_t i = 0; stop_signal() && i < RUNNER_PROCESSES; i++)
		if (r->works[i].share)
			(void)kill(r->works[i].pid, SIGTERM);
}

/* The process that ends next; 0 or -1 after a second, or less, without one. */
static pid_t
runner_await(struct runner *r, int *status)
{
	pid_t pid;

	if (!r->run->pulse)
		return waitpid(-1, status, 0);
	pid = waitpid(-1, status, WNOHANG);
	if (pid == 0) {
		runner_pulse(r);
		(void)poll(NULL, 0, RUNNER_PULSE_MS);
	}
	return pid;
}

/* Waits for one of them; false: there is none. */
static bool
runner_wait(struct runner *r)
{
	bool has_any = false;
	pid_t pid;
	int status, os;

	for (size_t i = 0; i < RUNNER_PROCESSES; i++)
		has_any |= r->works[i].share != NULL;
	if (!has_any)
		return false;
	pid = runner_await(r, &status);
	os = errno;
	if (pid == 0 || (pid < 0 && os == EINTR))
		runner_look_around(r);
	for (size_t i = 0; i < RUNNER_PROCESSES; i++)
		if (r->works[i].share &&
		    (r->works[i].pid == pid || (pid < 0 && os == ECHILD)))
			runner_reap(r, &r->works[i]);
	return true;
}

static struct runner_work *
runner_free_work(struct runner *r)
{
	for (;;) {
		for (size_t i = 0; i < RUNNER_PROCESSES; i++)
			if (!r->works[i].share)
				return &r->works[i];
		(void)runner_wait(r);
	}
}

static int
runner_start(struct runner *r, const struct work_group *g, struct error *err)
{
	struct runner_work *w = runner_free_work(r);
	void *share = mmap(NULL, sizeof(*w->share), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (share == MAP_FAILED)
		return err_set_os(
		    err, ERR_OS, errno, _("cannot start a process"));
	*w = (struct runner_work){ .group = g, .share = share };
	if (runner_fork(r, w) == 0)
		return 0;
	(void)err_set_os(err, ERR_OS, errno, _("cannot start a process"));
	runner_finish(r, w);
	return -1;
}

/* --- passes --------------------------------------------------------------- */

static int
runner_pass(struct runner *r, struct error *err)
{
	AUTO(worklist) struct worklist l = { 0 };
	int rc = 0;

	if (worklist_make(&l, r->run, r->counts, err) < 0)
		return -1;
	r->done = r->total = 0;
	for (size_t i = 0; i < l.count; i++)
		r->total += l.groups[i].count;
	for (size_t i = 0; i < l.count && rc == 0 && !stop_signal(); i++)
		rc = runner_start(r, &l.groups[i], err);
	while (runner_wait(r))
		;
	return rc;
}

static int
runner_lock(const struct queue *q, struct error *err)
{
	int fd = openat(q->dir, "runner.lock",
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	int rc = fd < 0 ? -1 : queue_lock(fd);

	if (rc > 0)
		return fd;
	if (rc < 0)
		(void)err_set_os(err, ERR_QUEUE_PLACE, errno,
		    _("cannot lock the queue in %s"), q->path);
	if (fd >= 0)
		(void)close(fd); /* nothing was written */
	return -1;
}

/* What somebody asks for by name is not what another run does: that one may
 * end soon. */
static int
runner_lock_soon(const struct run *run, struct error *err)
{
	int64_t stop_at = deadline_in(RUNNER_PATIENCE_S);
	int fd;

	while ((fd = runner_lock(run->queue, err)) < 0 && !err->kind &&
	       run_is_forced(run) && deadline_poll_ms(stop_at))
		(void)usleep(50 * 1000);
	return fd;
}

/* Some mails alone: what is new is not its business. */
static bool
runner_is_partial(const struct run *run)
{
	return run_is_forced(run) || run->call->queue.count;
}

static int
runner_passes(struct runner *r, struct error *err)
{
	if (runner_is_partial(r->run))
		return runner_pass(r, err); /* what was asked for, once */
	for (int i = 0; i < RUNNER_PASSES && !stop_signal(); i++) {
		(void)queue_unwake(r->run->queue);
		r->is_woken = false;
		if (runner_pass(r, err) < 0)
			return -1;
		if (!queue_unwake(r->run->queue) && !r->is_woken)
			break;
	}
	return 0;
}

/* With the lock. */
static int
runner_locked(struct runner *r, struct error *err)
{
	int rc;

	queue_reap(r->run->queue);
	stop_tick(true);
	rc = runner_passes(r, err);
	stop_tick(false);
	(void)close(r->lock); /* gives it back */
	/* what was seen and not looked after is there for the next one */
	if (r->is_woken)
		queue_wake(r->run->queue);
	return rc;
}

int
runner_run(const struct run *run, struct run_counts *counts, struct error *err)
{
	struct runner r = { .run = run, .counts = counts };
	int rc;

	*counts = (struct run_counts){ 0 };
	/* whoever runs, it is for him, too */
	if (run->call->is_network_up || run->call->purges_state)
		queue_wait_clear_all(run->queue, !run->call->purges_state);
	do {
		r.lock = runner_lock_soon(run, err);
		if (r.lock < 0) {
			queue_wake(run->queue);
			return err->kind ? -1 : 0;
		}
		r.is_woken = false;
		rc = runner_locked(&r, err);
		/* who came between the last look and this found it locked */
	} while (rc == 0 && !stop_signal() && !runner_is_partial(run) &&
		 queue_unwake(run->queue));
	return rc < 0 ? -1 : 1;
}
