/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "cmd/queue.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/stop.h"
#include "base/xalloc.h"
#include "cmd/progress.h"
#include "cmd/record.h"
#include "cmd/trace.h"
#include "cmd/words.h"
#include "deliver/place.h"
#include "deliver/runner.h"

/* In the process that made the attempt. */
static void
queue_tell(void *ctx, const struct attempt *a, const struct delivery *d,
    enum settle_result result, const struct error *trouble)
{
	const struct plan *plan = ctx;

	(void)result;
	record_attempt(plan, a->job, d, NULL, 0);
	record_delivery_warnings(plan, a->job, d);
	if (trouble->kind) {
		auto_free char *text =
		    xasprintf("%s: %s", a->entry->id, trouble->text);

		words_note(plan->program, text);
		record_warning(plan, a->job->account, text);
	}
}

static void
queue_warn(void *ctx, const struct account *a, const struct error *err)
{
	const struct plan *plan = ctx;

	words_error(plan->program, err);
	record_warning(plan, a, err->text ? err->text : "");
}

/* What was done, to who looks. */
static void
queue_sum_up(const struct plan *plan, const struct run_counts *n)
{
	auto_free char *text = NULL;

	if (!isatty(STDERR_FILENO))
		return;
	text = xasprintf(_("sent or given up: %zu, waiting: %zu, set aside: "
			   "%zu, damaged: %zu, in other hands: %zu"),
	    n->over, n->waiting, n->aside, n->bad, n->busy);
	words_note(plan->program, text);
}

static void
queue_pulse(void *ctx, size_t done, size_t total)
{
	struct progress *p = ctx;

	p->total = total;
	progress_step(p, done);
}

struct run
cmd_queue_of(const struct plan *call, struct queue *q)
{
	return (struct run){
		.queue = q,
		.call = call,
		.trace = trace_of(call),
		.tell = queue_tell,
		.warn = queue_warn,
		.ctx = (void *)(uintptr_t)call,
	};
}

/* 0, or the exit code of what is wrong with the queue. */
static int
queue_run_one(const struct plan *plan, const char *path)
{
	AUTO(queue) struct queue q = QUEUE_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	struct run_counts counts = { 0 };
	struct run run = cmd_queue_of(plan, &q);
	struct progress progress;
	int rc;

	progress_begin(&progress, 0);
	if (progress.is_on && !plan->is_debug) {
		run.pulse = queue_pulse;
		run.pulse_ctx = &progress;
	}

	/* one that was never made is empty */
	if (access(path, F_OK) < 0)
		return 0;
	rc = queue_open(&q, path, false, &err);
	if (rc == 0)
		rc = runner_run(&run, &counts, &err);
	progress_end(&progress);
	if (rc < 0) {
		return words_exit(plan->program, &err);
	}
	if (stop_signal() && isatty(STDERR_FILENO))
		words_note(plan->program, _("stopped; what is left waits"));
	if (rc > 0)
		queue_sum_up(plan, &counts);
	else if (isatty(STDERR_FILENO))
		words_note(plan->program, _("another run is at it"));
	return 0;
}

/* The system's queue is that of a user of its own: root runs it as he would,
 * with his configuration and his rights. */
static void
queue_become(const struct stat *st)
{
	const struct passwd *pw = getpwuid(st->st_uid);

	if (setgroups(1, &st->st_gid) < 0 || setgid(st->st_gid) < 0 ||
	    setuid(st->st_uid) < 0 ||
	    setenv("HOME", pw ? pw->pw_dir : "/", 1) < 0)
		_exit(err_table[ERR_OS].exit_code);
	(void)unsetenv("XDG_CONFIG_HOME");
	(void)unsetenv("XDG_STATE_HOME");
}

static int
queue_run_place(const struct plan *plan, const char *path)
{
	struct stat st;
	int status;
	pid_t pid;

	if (geteuid() != 0 || lstat(path, &st) < 0 || !S_ISDIR(st.st_mode) ||
	    st.st_uid == 0)
		return queue_run_one(plan, path);
	pid = fork();
	if (pid == 0) {
		queue_become(&st);
		_exit(queue_run_one(plan, path));
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		if (stop_signal())
			(void)kill(pid, SIGTERM);
	return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status)
					    : err_table[ERR_OS].exit_code;
}

/* Nothing can be done: "wake" would have us started again at once. */
static void
queue_hear(void)
{
	AUTO(queue) struct queue q = QUEUE_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	auto_free char *path = NULL;

	if (place_of(NULL, &path, &err) == 0 &&
	    queue_open(&q, path, false, &err) == 0)
		(void)queue_unwake(&q);
}

int
cmd_queue_run(const struct plan *plan)
{
	AUTO(conf) struct conf conf = { 0 };
	AUTO(places) struct places places = { 0 };
	AUTO(error) struct error err = ERROR_INIT;
	int code = 0;

	if (conf_load(&conf, plan, &err) < 0 ||
	    places_find(&places, plan, &conf, &err) < 0) {
		words_error(plan->program, &err);
		queue_hear();
		return err_exit_code(&err);
	}
	stop_catch();
	for (size_t i = 0; i < places.count && !stop_signal(); i++) {
		int rc = queue_run_place(plan, places.paths[i]);

		code = code ? code : rc;
	}
	return code;
}
