/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "cmd/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/deadline.h"
#include "base/i18n.h"
#include "base/xalloc.h"

/* Nothing is shown of what is over sooner, and a line stays so long. */
#define PROGRESS_FIRST_MS 500
#define PROGRESS_EVERY_MS 100

void
progress_begin(struct progress *p, size_t total)
{
	const char *term = getenv("TERM");

	*p = (struct progress){
		.total = total,
		.next_ms = deadline_now() + PROGRESS_FIRST_MS,
		.is_on =
		    isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0,
	};
}

void
progress_step(struct progress *p, size_t done)
{
	auto_free char *text = NULL;

	p->done = done;
	if (!p->is_on || deadline_now() < p->next_ms)
		return;
	p->next_ms = deadline_now() + PROGRESS_EVERY_MS;
	if (p->total)
		text = xasprintf(_("%zu of %zu"), p->done, p->total);
	else
		text = xasprintf("%zu", p->done);
	(void)fprintf(stderr, "\r%s\033[K", text);
	(void)fflush(stderr);
	p->is_shown = true;
}

void
progress_end(struct progress *p)
{
	if (!p->is_shown)
		return;
	(void)fputs("\r\033[K", stderr);
	(void)fflush(stderr);
	p->is_shown = false;
}
