/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "io/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/xalloc.h"

/* Octets read from a file at a time. */
#define SPOOL_BLOCK (64 * 1024)

void
spool_release(struct spool *s)
{
	if (!s)
		return;
	buf_release(&s->mem);
	if (s->fd >= 0)
		(void)close(s->fd); /* nobody can read it any more */
	*s = (struct spool)SPOOL_INIT;
}

/* A temporary file that never has a name others could use. */
static int
spool_open(struct error *err)
{
	const char *dir = secure_getenv("TMPDIR");
	auto_free char *path = NULL;
	int fd;

	if (!dir || dir[0] != '/')
		dir = "/tmp";
#ifdef O_TMPFILE
	fd = open(dir, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
#endif
	path = xasprintf("%s/postrider.XXXXXX", dir);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return err_set_os(err, ERR_IO, errno,
		    _("cannot create a temporary file in %s"), dir);
	(void)unlink(path); /* ours alone, 0600: at worst it stays behind */
	return fd;
}

static int
spool_flush(struct spool *s, struct error *err)
{
	const char *p = buf_str(&s->mem);
	size_t left = s->mem.len;

	while (left) {
		ssize_t n = write(s->fd, p, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set_os(err, ERR_IO, errno,
			    _("cannot write the temporary file"));
		p += n;
		left -= (size_t)n;
	}
	buf_reset(&s->mem);
	return 0;
}

int
spool_add(struct spool *s, const void *p, size_t len, struct error *err)
{
	const char *from = p;

	s->size += (int64_t)len;
	while (len) {
		size_t room = s->mem.max - s->mem.len;
		size_t n = len < room ? len : room;

		(void)buf_add(&s->mem, from, n); /* fits, by n */
		from += n;
		len -= n;
		if (!len)
			break;
		if (s->fd < 0 && (s->fd = spool_open(err)) < 0)
			return -1;
		if (spool_flush(s, err) < 0)
			return -1;
	}
	return 0;
}

void
spool_cut(struct spool *s, int64_t size)
{
	int64_t in_file = s->size - (int64_t)s->mem.len;

	if (size >= s->size)
		return;
	/* what lies in the file beyond is not read */
	buf_truncate(&s->mem, size > in_file ? (size_t)(size - in_file) : 0);
	s->size = size;
}

int
spool_use_file(
    struct spool *s, int fd, int64_t base, int64_t size, struct error *err)
{
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	if (own < 0)
		return err_set_os(
		    err, ERR_OS, errno, _("cannot keep the message open"));
	s->fd = own;
	s->base = base;
	s->size = size;
	s->is_foreign = true;
	return 0;
}

void
spool_reader_init(struct spool_reader *r, const struct spool *s, int64_t pos)
{
	*r = (struct spool_reader){ s, pos, NULL };
}

void
spool_reader_release(struct spool_reader *r)
{
	if (!r)
		return;
	free(r->block);
	r->block = NULL;
}

static int
spool_next_block(struct spool_reader *r, int64_t end, const char **p,
    size_t *len, struct error *err)
{
	const struct spool *s = r->spool;
	int64_t left = end - r->pos;
	ssize_t n;

	if (!r->block)
		r->block = xmalloc(SPOOL_BLOCK);
	do {
		n = pread(s->fd, r->block,
		    left < SPOOL_BLOCK ? (size_t)left : SPOOL_BLOCK,
		    s->base + r->pos);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_set_os(
		    err, ERR_IO, errno, _("cannot read the message"));
	if (n == 0)
		return err_set(err, ERR_IO,
		    _("the message file became shorter while it was read"));
	r->pos += n;
	*p = r->block;
	*len = (size_t)n;
	return 1;
}

int
spool_next(
    struct spool_reader *r, const char **p, size_t *len, struct error *err)
{
	const struct spool *s = r->spool;
	/* what lies in memory comes behind what lies in the file */
	int64_t in_file = s->size - (int64_t)s->mem.len;

	if (r->pos >= s->size)
		return 0;
	if (r->pos < in_file)
		return spool_next_block(r, in_file, p, len, err);
	*p = s->mem.data + (r->pos - in_file);
	*len = (size_t)(s->size - r->pos);
	r->pos = s->size;
	return 1;
}
