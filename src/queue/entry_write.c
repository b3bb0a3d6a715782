/* SPDX-License-Identifier: ISC */
/* A message taken in, so that it survives whatever comes (see entry_write). */
#include "config.h"

#include "queue/entry.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/xalloc.h"
#include "queue/entry_head.h"
#include "queue/entry_io.h"

/* Octets written at a time. */
#define WRITE_BLOCK ((size_t)256 * 1024)
/* New ids that are tried where one is taken. */
#define WRITE_IDS_MAX 8

struct entry_writer {
	struct entry *e;
	struct sha256 sum;
	struct buf out;  /* not written yet */
	int64_t at;      /* where in the file out begins */
	uint64_t octets; /* of the message so far */
};

/* --- the file ------------------------------------------------------------- */

static int
write_failed(const struct entry *e, int os, struct error *err)
{
	(void)err_set_os(err, ERR_QUEUE, os, _("cannot queue the mail in %s"),
	    e->queue->path);
	return queue_hint_room(os, err);
}

/* Opens a file without a name, or, where that is not to be had, one in tmp/. */
static int
write_open(struct entry *e, bool *has_name, struct error *err)
{
	int dir = queue_state_dir(e->queue, QUEUE_ACTIVE, err);

	if (dir < 0)
		return -1;
#ifdef O_TMPFILE
	if (!*has_name) {
		e->fd = openat(dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		if (e->fd >= 0)
			return 0;
		if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
			return write_failed(e, errno, err);
	}
#endif
	*has_name = true;
	dir = queue_state_dir(e->queue, QUEUE_TMP, err);
	if (dir < 0)
		return -1;
	e->fd = openat(dir, e->id,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return e->fd >= 0 ? 0 : write_failed(e, errno, err);
}

/* --- the message ---------------------------------------------------------- */

static int
write_flush(struct entry_writer *w, struct error *err)
{
	if (entry_pwrite(w->e->fd, buf_str(&w->out), w->out.len, w->at) < 0)
		return write_failed(w->e, errno, err);
	w->at += (int64_t)w->out.len;
	buf_reset(&w->out);
	return 0;
}

static int
write_raw(struct entry_writer *w, const char *p, size_t len, struct error *err)
{
	while (len) {
		size_t room = w->out.max - w->out.len;
		size_t n = len < room ? len : room;

		(void)buf_add(&w->out, p, n); /* fits, by n */
		p += n;
		len -= n;
		if (len && write_flush(w, err) < 0)
			return -1;
	}
	return 0;
}

static int
write_octets(
    struct entry_writer *w, const char *p, size_t len, struct error *err)
{
	sha256_add(&w->sum, p, len);
	w->octets += len;
	return write_raw(w, p, len, err);
}

/* What could not be read back is not taken. */
static int
write_check_head(const struct buf *head, struct error *err)
{
	size_t lines = 0;

	for (const char *p = buf_str(head); (p = strchr(p, '\n')); p++)
		lines++;
	if (head->len <= HEADER_SIZE_MAX && lines <= HEADER_LINES_MAX)
		return 0;
	return err_set(err, ERR_DATA, _("the header is too long"));
}

/* The header as it will leave, the body as it came: what leaves of that is
 * decided when the server is known. */
static int
write_message(struct entry_writer *w, const struct buf *head,
    const struct message *m, struct error *err)
{
	AUTO(spool_reader) struct spool_reader r = { 0 };
	const char *p;
	size_t len;
	int rc;

	if (write_octets(w, buf_str(head), head->len, err) < 0 ||
	    write_octets(w, "\n", 1, err) < 0)
		return -1;
	spool_reader_init(&r, &m->body, 0);
	while ((rc = spool_next(&r, &p, &len, err)) > 0)
		if (write_octets(w, p, len, err) < 0)
			return -1;
	return rc;
}

/* --- all of it ------------------------------------------------------------ */

/* The sum stands in the block, which may have been written already. */
static int
write_sum(struct entry_writer *w, struct error *err)
{
	size_t at = head_at(HEAD_SHA256, NULL);
	char sum[HEAD_SHA256_LEN + 1];
	bool is_held = w->at == (int64_t)HEAD_MAGIC_LEN;

	head_sum_end(&w->sum, sum);
	head_put(w->e, HEAD_SHA256, sum);
	if (is_held)
		memcpy(w->out.data + at - HEAD_MAGIC_LEN, sum, HEAD_SHA256_LEN);
	if (write_flush(w, err) < 0)
		return -1;
	if (!is_held &&
	    entry_pwrite(w->e->fd, sum, HEAD_SHA256_LEN, (int64_t)at) < 0)
		return write_failed(w->e, errno, err);
	return 0;
}

static int
write_all(struct entry_writer *w, const struct buf *head,
    const struct message *m, struct error *err)
{
	struct entry *e = w->e;

	head_sum_init(&w->sum, e);
	if (write_raw(w, e->head.data + HEAD_MAGIC_LEN,
		e->head.len - HEAD_MAGIC_LEN, err) < 0 ||
	    write_message(w, head, m, err) < 0)
		return -1;
	if (w->octets != e->message_size)
		return err_set(
		    err, ERR_IO, _("the message changed while it was read"));
	return write_sum(w, err);
}

/* The first line is the last that is written: without it, it is no queue
 * file. */
static int
write_file(struct entry *e, const struct buf *head, const struct message *m,
    struct error *err)
{
	struct entry_writer w = {
		.e = e,
		.out = BUF_INIT(WRITE_BLOCK),
		.at = (int64_t)HEAD_MAGIC_LEN,
	};
	int rc = write_all(&w, head, m, err);

	buf_release(&w.out);
	if (rc < 0)
		return -1;
	/* what fsync() said once may not be asked again: the kernel forgets */
	if (entry_pwrite(e->fd, HEAD_MAGIC, HEAD_MAGIC_LEN, 0) < 0 ||
	    fsync(e->fd) < 0)
		return write_failed(e, errno, err);
	e->size = (int64_t)(e->head.len + e->message_size);
	return 0;
}

/* --- its name ------------------------------------------------------------- */

/* Puts a file without a name in place: 0 or -1 with errno. */
static int
write_link_fd(const struct entry *e, int dir)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", e->fd);
	if (linkat(AT_FDCWD, path, dir, e->id, AT_SYMLINK_FOLLOW) == 0)
		return 0;
	if (errno != ENOENT)
		return -1;
	/* there is no /proc: newer kernels do without */
	return linkat(e->fd, "", dir, e->id, AT_EMPTY_PATH);
}

/* Moves one from tmp/ in place: 0 or -1 with errno. */
static int
write_link_name(const struct entry *e, int tmp, int dir)
{
#ifdef RENAME_NOREPLACE
	if (renameat2(tmp, e->id, dir, e->id, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
#endif
	/* 80 random bits: nobody else has the name */
	return renameat(tmp, e->id, dir, e->id);
}

/* 0; 1 when the name was given and is taken; -1 with errno. */
static int
write_link(struct entry *e, bool has_name)
{
	int dir = e->queue->states[QUEUE_ACTIVE];
	int tmp = e->queue->states[QUEUE_TMP];

	for (int i = 0; i < WRITE_IDS_MAX; i++) {
		int rc = has_name ? write_link_name(e, tmp, dir)
				  : write_link_fd(e, dir);

		if (rc == 0 || errno != EEXIST)
			return rc;
		if (e->is_given)
			return 1;
		if (has_name)
			return -1;
		queue_id_new(e->id);
	}
	return -1;
}

/* The name shall survive, too. */
static int
write_sync_name(struct entry *e, struct error *err)
{
	int dir = e->queue->states[QUEUE_ACTIVE];
	int os;

	if (fsync(dir) == 0)
		return 0;
	os = errno;
	if (unlinkat(dir, e->id, 0) == 0 && fsync(dir) == 0)
		return write_failed(e, os, err);
	(void)write_failed(e, os, err);
	return err_hint(
	    err, _("It may have been queued as %s all the same."), e->id);
}

static void
write_forget(struct entry *e, bool has_name)
{
	if (e->fd >= 0)
		(void)close(e->fd); /* given up */
	e->fd = -1;
	if (has_name && e->queue->states[QUEUE_TMP] >= 0)
		(void)unlinkat(e->queue->states[QUEUE_TMP], e->id, 0);
}

/* One way of doing it: 0, 1 as entry_write(), -1; 2 where only a file with a
 * name from the start will do. */
static int
write_try(struct entry *e, const struct buf *head, const struct message *m,
    bool *has_name, struct error *err)
{
	int rc;

	if (write_open(e, has_name, err) < 0)
		return -1;
	if (queue_lock(e->fd) != 1) {
		(void)write_failed(e, errno, err);
		rc = -1;
	} else if (write_file(e, head, m, err) < 0) {
		rc = -1;
	} else {
		rc = write_link(e, *has_name);
		if (rc < 0 && !*has_name &&
		    (errno == ENOENT || errno == EPERM || errno == EOPNOTSUPP))
			rc = 2;
		else if (rc < 0)
			(void)write_failed(e, errno, err);
		else if (rc == 0)
			return write_sync_name(e, err);
	}
	write_forget(e, *has_name);
	return rc;
}

int
entry_write(struct entry *e, struct queue *q, const struct envelope *env,
    const struct message *m, struct error *err)
{
	AUTO(buf) struct buf head = BUF_INIT(4 * HEADER_SIZE_MAX);
	bool has_name = false;
	int rc;

	e->queue = q;
	e->state = QUEUE_ACTIVE;
	e->born_s = time(NULL);
	e->uid = q->uid;
	e->is_given = *e->id != '\0';
	if (!e->is_given)
		queue_id_new(e->id);
	if (message_head(m, &head) < 0 || write_check_head(&head, err) < 0)
		return err_set(err, ERR_DATA, _("the header is too long"));
	e->message_size = head.len + 1 + (uint64_t)m->body.size;
	if (head_format(e, env, err) < 0 ||
	    queue_check_room(q, e->message_size + e->head.len, err) < 0 ||
	    quota_check(
		q, e->uid, e->message_size + e->head.len, &e->quota, err) < 0)
		return -1;
	rc = write_try(e, &head, m, &has_name, err);
	if (rc == 2) {
		has_name = true;
		rc = write_try(e, &head, m, &has_name, err);
	}
	return rc;
}
