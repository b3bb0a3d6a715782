/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "queue/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/xalloc.h"
#include "io/file.h"

void
queue_ids_release(struct queue_ids *l)
{
	if (!l)
		return;
	free(l->ids);
	*l = (struct queue_ids){ 0 };
}

static int
walk_compare(const void *a, const void *b)
{
	return memcmp(a, b, QUEUE_ID_SIZE);
}

static int
walk_failed(const struct queue *q, int os, struct error *err)
{
	return err_set_os(
	    err, ERR_QUEUE, os, _("cannot read the queue in %s"), q->path);
}

/* The next name that is one of a message: 1, 0, -1 with errno. */
static int
walk_next(DIR *dir, const char **name)
{
	const struct dirent *d;

	do {
		errno = 0;
		d = readdir(dir);
	} while (d && !queue_id_is_valid(d->d_name));
	if (!d)
		return errno ? -1 : 0;
	*name = d->d_name;
	return 1;
}

int
queue_list(struct queue *q, enum queue_state state, struct queue_ids *out,
    struct error *err)
{
	AUTO(queue_ids) struct queue_ids l = { 0 };
	size_t cap = 0;
	const char *name;
	int rc;
	/* a descriptor of its own: the place in a directory belongs to it */
	DIR *dir = file_open_directory(q->dir, queue_state_name(state));

	*out = (struct queue_ids){ 0 };
	if (!dir)
		return errno == ENOENT ? 0 : walk_failed(q, errno, err);
	while ((rc = walk_next(dir, &name)) > 0) {
		if (l.count == cap) {
			cap = cap ? 2 * cap : 64;
			l.ids = xreallocarray(l.ids, cap, sizeof(*l.ids));
		}
		memcpy(l.ids[l.count++], name, QUEUE_ID_SIZE);
	}
	if (rc < 0)
		(void)walk_failed(q, errno, err);
	(void)closedir(dir); /* only to be read */
	if (rc < 0)
		return -1;
	if (l.count)
		qsort(l.ids, l.count, sizeof(*l.ids), walk_compare);
	*out = l;
	l = (struct queue_ids){ 0 };
	return 0;
}
