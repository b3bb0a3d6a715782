/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "io/detach.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

/* Where there is no close_range(2): how far descriptors are looked for. */
#define DETACH_FDS_MAX 65536

static void
detach_close(unsigned first, unsigned last)
{
#if HAVE_CLOSE_RANGE
	if (close_range(first, last, 0) == 0)
		return;
#endif
	if (last > DETACH_FDS_MAX)
		last = DETACH_FDS_MAX;
	for (unsigned fd = first; fd <= last; fd++)
		(void)close((int)fd); /* somebody else's */
}

/* The lowest of keep that is at least `from`, or -1. */
static int
detach_next(const int *keep, size_t count, int from)
{
	int next = -1;

	for (size_t i = 0; i < count; i++)
		if (keep[i] >= from && (next < 0 || keep[i] < next))
			next = keep[i];
	return next;
}

static void
detach_descriptors(const int *keep, size_t count)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int from = 3, next;

	for (int fd = 0; fd <= 2; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			(void)close(fd); /* better none than the caller's */
	while ((next = detach_next(keep, count, from)) >= 0) {
		if (next > from)
			detach_close((unsigned)from, (unsigned)next - 1);
		from = next + 1;
	}
	detach_close((unsigned)from, ~0U);
}

int
detach(const int *keep, size_t count)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid < 0 ? -1 : 1;
	(void)setsid(); /* a fresh process leads no group: it cannot fail */
	detach_descriptors(keep, count);
	if (chdir("/") < 0)
		return 0; /* where we were is as good */
	return 0;
}
