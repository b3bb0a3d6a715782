/* SPDX-License-Identifier: ISC */
/*
 * fdatasync() of several files at once.  A disk that is told of all of them
 * writes out what it holds once or twice, not once for each: sixteen together
 * take hardly longer than one.
 *
 * The kernel does it (io_submit(2), Linux 4.18); where it does not, one file is
 * synced after the other.
 */
#ifndef IO_SYNCER_H
#define IO_SYNCER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"

/* Files at once. */
#define SYNCER_MAX 32

/* Zeroed: fresh.  Of no use to a child of the process that it was used in. */
struct syncer {
	unsigned long queue; /* the kernel's; 0: none yet */
	bool is_useless;     /* there is none to be had */
};

void syncer_release(struct syncer *s);
AUTO_DEFINE(syncer);

/* count <= SYNCER_MAX; sets in errors[i] what fdatasync(fds[i]) would have
 * said: 0, or an errno.  Nothing is asked twice: what became of a file that was
 * asked for and not heard of is EIO. */
void syncer_run(struct syncer *s, const int *fds, int *errors, size_t count);

#endif
