/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/stop.h"

#include <signal.h>
#include <stddef.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/deadline.h"

/* A signal handler can reach nothing else. */
static volatile sig_atomic_t stop_asked;
static volatile sig_atomic_t stop_asked_s; /* on the monotonic clock */
static unsigned stop_holds;

static void
stop_note(int sig)
{
	if (sig != SIGALRM && !stop_asked) {
		stop_asked_s = (sig_atomic_t)(deadline_now() / 1000);
		stop_asked = sig;
	}
	if (stop_asked)
		(void)alarm(1);
}

void
stop_catch(void)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGALRM };
	struct sigaction note = { .sa_handler = stop_note }, before;

	/* no SA_RESTART: who waits shall look at the clock again */
	(void)sigemptyset(&note.sa_mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (sigaction(signals[i], NULL, &before) == 0 &&
		    before.sa_handler != SIG_IGN)
			(void)sigaction(signals[i], &note, NULL);
}

int
stop_signal(void)
{
	return stop_asked;
}

void
stop_forget(void)
{
	stop_asked = 0;
}

void
stop_hold(void)
{
	stop_holds++;
}

void
stop_let_go(void)
{
	stop_holds--;
}

int64_t
stop_limit(void)
{
	if (!stop_asked)
		return DEADLINE_NONE;
	return ((int64_t)stop_asked_s + (stop_holds ? STOP_PATIENCE_S : 0)) *
	       1000;
}

void
stop_tick(bool is_on)
{
	const struct itimerval each = { .it_interval.tv_sec = is_on,
		.it_value.tv_sec = is_on };

	(void)setitimer(ITIMER_REAL, &each, NULL);
}
