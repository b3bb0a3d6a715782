/* SPDX-License-Identifier: ISC */
/* How far a long work is, on a terminal only: a line on standard error that is
 * written over again and again, and taken away at the end. */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
	size_t done, total;
	int64_t next_ms; /* not before */
	bool is_on;      /* there is a terminal */
	bool is_shown;   /* something stands in the line */
};

/* total 0: not known. */
void progress_begin(struct progress *p, size_t total);
/* So many are done now, in all. */
void progress_step(struct progress *p, size_t done);
/* Clears the line; do so before anything else is written, too. */
void progress_end(struct progress *p);

#endif
