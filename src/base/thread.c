/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/thread.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>

static int
thread_create(pthread_t *thread, const pthread_attr_t *attr,
    void *(*run)(void *ctx), void *ctx)
{
	sigset_t all, before;
	int rc;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(thread, attr, run, ctx);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

int
thread_start(pthread_t *thread, void *(*run)(void *ctx), void *ctx)
{
	return thread_create(thread, NULL, run, ctx);
}

/* Left alone the system may start it on this processor, and move it when most
 * of the work is done. */
int
thread_start_beside(pthread_t *thread, void *(*run)(void *ctx), void *ctx)
{
	int rc = ENOSYS;
#ifdef CPU_CLR
	int here = sched_getcpu();
	pthread_attr_t attr;
	cpu_set_t others;

	if (here < 0 || sched_getaffinity(0, sizeof(others), &others) < 0)
		return ENOSYS;
	CPU_CLR((unsigned)here, &others);
	if (!CPU_COUNT(&others) || pthread_attr_init(&attr) != 0)
		return ENOSYS;
	rc = pthread_attr_setaffinity_np(&attr, sizeof(others), &others);
	if (rc == 0)
		rc = thread_create(thread, &attr, run, ctx);
	(void)pthread_attr_destroy(&attr);
#else
	(void)thread;
	(void)run;
	(void)ctx;
#endif
	return rc;
}
