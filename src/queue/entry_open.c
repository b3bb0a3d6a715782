/* SPDX-License-Identifier: ISC */
/* A queue file opened, locked, looked at and verified, in this order. */
#include "config.h"

#include "queue/entry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/xalloc.h"
#include "queue/entry_head.h"
#include "queue/entry_io.h"

/* Octets read at first: mostly all there is of a header block. */
#define ENTRY_READ_FIRST 4096
#define ENTRY_BLOCK ((size_t)64 * 1024)

static int
entry_unreadable(const char *id, int os, struct error *err)
{
	return err_set_os(
	    err, ERR_QUEUE, os, _("cannot read the queued mail %s"), id);
}

/* Names the file in what went wrong with it. */
static int
entry_blame(const char *id, struct error *err)
{
	auto_free char *text = err->text;

	err->text = NULL;
	err->text = xasprintf("%s: %s", id, text ? text : "");
	return -1;
}

/* LF-02: what is behind the descriptor, not behind the name. */
static int
entry_check(struct entry *e, int fd, struct error *err)
{
	const char *what = NULL;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return entry_unreadable(e->id, errno, err);
	if (!S_ISREG(st.st_mode))
		what = "not a regular file";
	else if (st.st_uid != e->queue->uid)
		what = "of another user";
	else if (st.st_nlink > 1)
		what = "a hard link";
	else if (st.st_mode & (S_IRWXG | S_IRWXO))
		what = "open to other users";
	e->size = st.st_size;
	if (!what)
		return st.st_nlink ? 1 : 0;
	(void)err_set(err, ERR_DATA, _("%s is no mail of this queue"), e->id);
	return err_detail(err, "%s", what);
}

/* Opens e->id: 1, 0 when it is gone, -1. */
static int
entry_open_file(struct entry *e, int flags, struct error *err)
{
	int dir = queue_state_dir(e->queue, e->state, err);

	if (dir < 0)
		return -1;
	e->fd = openat(
	    dir, e->id, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (e->fd < 0 && errno == ENOENT)
		return 0;
	/* a link, a socket, a directory opened for writing; all else may pass:
	 * rights, descriptors, memory, a disk that fails */
	if (e->fd < 0 &&
	    (errno == ELOOP || errno == ENXIO || errno == EISDIR)) {
		(void)err_set_os(err, ERR_DATA, errno,
		    _("%s is no mail of this queue"), e->id);
		return -1;
	}
	if (e->fd < 0)
		return entry_unreadable(e->id, errno, err);
	return 1;
}

static int
entry_read_head(struct entry *e, struct error *err)
{
	size_t want = ENTRY_READ_FIRST;
	int rc = 0;

	while (rc == 0) {
		size_t have = e->head.len;
		ssize_t n;

		if (buf_reserve(&e->head, want - have) < 0 ||
		    (int64_t)have >= e->size) {
			(void)err_set(
			    err, ERR_DATA, _("the queue file is damaged"));
			return err_detail(err, "no end of the header");
		}
		n = entry_pread(
		    e->fd, e->head.data + have, want - have, (int64_t)have);
		if (n < 0)
			return entry_unreadable(e->id, errno, err);
		if (n == 0)
			e->size = (int64_t)have;
		buf_grown(&e->head, (size_t)n);
		rc = head_parse(e, err);
		want *= 4;
		if (want > ENTRY_HEAD_MAX)
			want = ENTRY_HEAD_MAX;
	}
	if (rc < 0)
		return -1;
	if (e->message_size > (uint64_t)e->size - e->head.len) {
		(void)err_set(err, ERR_DATA, _("the queue file is damaged"));
		return err_detail(err, "it is too short");
	}
	return 0;
}

static int
entry_verify(struct entry *e, struct error *err)
{
	auto_free char *block = xmalloc(ENTRY_BLOCK);
	char sum[HEAD_SHA256_LEN + 1];
	int64_t at = (int64_t)e->head.len;
	uint64_t left = e->message_size;
	struct sha256 s;
	ssize_t n = 0;

	head_sum_init(&s, e);
	while (left) {
		n = entry_pread(e->fd, block,
		    left < ENTRY_BLOCK ? (size_t)left : ENTRY_BLOCK, at);
		if (n <= 0)
			break;
		sha256_add(&s, block, (size_t)n);
		at += n;
		left -= (uint64_t)n;
	}
	head_sum_end(&s, sum);
	if (n < 0)
		return entry_unreadable(e->id, errno, err);
	if (memcmp(e->head.data + head_at(HEAD_SHA256, NULL), sum,
		HEAD_SHA256_LEN) == 0)
		return 0;
	(void)err_set(err, ERR_DATA, _("the queue file is damaged"));
	return err_detail(err, "the checksum is another one");
}

static void
entry_begin(
    struct entry *e, struct queue *q, enum queue_state state, const char *id)
{
	entry_init(e);
	e->queue = q;
	e->state = state;
	(void)snprintf(e->id, sizeof(e->id), "%s", id);
}

int
entry_open(struct entry *e, struct queue *q, enum queue_state state,
    const char *id, struct error *err)
{
	int rc;

	entry_begin(e, q, state, id);
	rc = entry_open_file(e, O_RDWR, err);
	if (rc <= 0)
		return rc;
	rc = queue_lock(e->fd);
	if (rc < 0)
		return entry_unreadable(id, errno, err);
	if (rc == 0)
		return 0;
	rc = entry_check(e, e->fd, err);
	if (rc <= 0)
		return rc;
	if (!entry_is_there(e))
		return 0;
	if (entry_read_head(e, err) < 0 || entry_verify(e, err) < 0)
		return entry_blame(id, err);
	return 1;
}

int
entry_peek(struct entry *e, struct queue *q, enum queue_state state,
    const char *id, struct error *err)
{
	int rc;

	entry_begin(e, q, state, id);
	rc = entry_open_file(e, O_RDONLY, err);
	if (rc <= 0)
		return rc;
	rc = entry_check(e, e->fd, err);
	if (rc <= 0)
		return rc;
	return entry_read_head(e, err) < 0 ? entry_blame(id, err) : 1;
}

int
entry_message(const struct entry *e, struct message *m, struct error *err)
{
	return message_read_part(
	    m, e->fd, (int64_t)e->head.len, (int64_t)e->message_size, err);
}
