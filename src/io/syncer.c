/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "io/syncer.h"

#include <errno.h>
#include <linux/aio_abi.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* libc has none of these. */
static bool
syncer_start(struct syncer *s)
{
	aio_context_t queue = 0;

	if (!s->queue && !s->is_useless) {
		s->is_useless =
		    syscall(SYS_io_setup, (long)SYNCER_MAX, &queue) < 0;
		s->queue = queue;
	}
	return !s->is_useless;
}

void
syncer_release(struct syncer *s)
{
	if (s && s->queue)
		(void)syscall(SYS_io_destroy, s->queue); /* nothing is left */
	if (s)
		*s = (struct syncer){ 0 };
}

/* What is not answered now could be taken for the answer to something else
 * later on. */
static void
syncer_give_up(struct syncer *s)
{
	syncer_release(s);
	s->is_useless = true;
}

/* How many were taken. */
static size_t
syncer_ask(struct syncer *s, const int *fds, size_t count)
{
	struct iocb asked[SYNCER_MAX], *list[SYNCER_MAX];
	long n;

	for (size_t i = 0; i < count; i++) {
		asked[i] = (struct iocb){
			.aio_data = i,
			.aio_lio_opcode = IOCB_CMD_FDSYNC,
			.aio_fildes = (uint32_t)fds[i],
		};
		list[i] = &asked[i];
	}
	n = syscall(SYS_io_submit, s->queue, (long)count, list);
	if (n <= 0)
		syncer_give_up(s);
	return n > 0 ? (size_t)n : 0;
}

static void
syncer_hear(struct syncer *s, int *errors, size_t count)
{
	size_t heard = 0;

	for (size_t i = 0; i < count; i++)
		errors[i] = EIO;
	while (heard < count) {
		struct io_event events[SYNCER_MAX];
		long left = (long)(count - heard);
		long n = syscall(
		    SYS_io_getevents, s->queue, left, left, events, NULL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			syncer_give_up(s);
			return;
		}
		for (long i = 0; i < n; i++)
			if (events[i].data < count)
				errors[events[i].data] = (int)-events[i].res;
		heard += (size_t)n;
	}
}

void
syncer_run(struct syncer *s, const int *fds, int *errors, size_t count)
{
	size_t asked = 0;

	if (count > 1 && syncer_start(s))
		asked = syncer_ask(s, fds, count);
	if (asked)
		syncer_hear(s, errors, asked);
	for (size_t i = asked; i < count; i++)
		errors[i] = fdatasync(fds[i]) == 0 ? 0 : errno;
}
