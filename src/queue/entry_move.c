/* SPDX-License-Identifier: ISC */
/* A queue file's name: whether it leads there, where it goes, its end. */
#include "config.h"

#include "queue/entry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/i18n.h"

bool
entry_is_there(const struct entry *e)
{
	AUTO(error) struct error err = ERROR_INIT;
	int dir = queue_state_dir(e->queue, e->state, &err);
	struct stat own, named;

	return dir >= 0 && fstat(e->fd, &own) == 0 &&
	       fstatat(dir, e->id, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       own.st_dev == named.st_dev && own.st_ino == named.st_ino;
}

int
entry_remove(struct entry *e, struct error *err)
{
	int dir = queue_state_dir(e->queue, e->state, err);

	if (dir < 0)
		return -1;
	if (unlinkat(dir, e->id, 0) == 0 || errno == ENOENT)
		return 0;
	return err_set_os(err, ERR_QUEUE, errno,
	    _("cannot remove the queued mail %s"), e->id);
}

static int
entry_rename(struct queue *q, enum queue_state from, enum queue_state to,
    const char *id, struct error *err)
{
	int old = queue_state_dir(q, from, err);
	int new = old < 0 ? -1 : queue_state_dir(q, to, err);

	if (new < 0)
		return -1;
	if (renameat(old, id, new, id) < 0)
		return err_set_os(err, ERR_QUEUE, errno,
		    _("cannot move the queued mail %s"), id);
	return 0;
}

static int
entry_sync_both(
    struct queue *q, enum queue_state a, enum queue_state b, struct error *err)
{
	return queue_sync(q, a, err) < 0 || queue_sync(q, b, err) < 0 ? -1 : 0;
}

int
entry_shift(struct entry *e, enum queue_state state, struct error *err)
{
	if (state == e->state)
		return 0;
	if (entry_rename(e->queue, e->state, state, e->id, err) < 0)
		return -1;
	e->state = state;
	return 0;
}

int
entry_move(struct entry *e, enum queue_state state, struct error *err)
{
	enum queue_state from = e->state;

	if (entry_shift(e, state, err) < 0)
		return -1;
	return from == state ? 0 : entry_sync_both(e->queue, state, from, err);
}

int
entry_set_aside(
    struct queue *q, enum queue_state state, const char *id, struct error *err)
{
	return entry_rename(q, state, QUEUE_BAD, id, err) < 0
		   ? -1
		   : entry_sync_both(q, QUEUE_BAD, state, err);
}
