/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail/message.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/xalloc.h"
#include "mail/scan_spool.h"

/* Octets asked for at a time. */
#define MESSAGE_BLOCK HEADER_PUSH_MAX

struct message_reader {
	struct message *m;
	struct scan scan;
	char *block;
	uint64_t total; /* octets that came */
};

static int
message_read_failed(int os, struct error *err)
{
	return err_set_os(err, ERR_IO, os, _("cannot read the message"));
}

static int
message_push_body(
    struct message_reader *r, const char *p, size_t len, struct error *err)
{
	scan_push(&r->scan, p, len);
	return spool_add(&r->m->body, p, len, err);
}

/* The header is whole: what came behind it is body. */
static int
message_end_header(struct message_reader *r, struct error *err)
{
	struct header *h = &r->m->header;

	if (h->text.len > h->body_at &&
	    message_push_body(r, h->text.data + h->body_at,
		h->text.len - h->body_at, err) < 0)
		return -1;
	buf_truncate(&h->text, h->body_at);
	return 0;
}

static int
message_push(
    struct message_reader *r, const char *p, size_t len, struct error *err)
{
	int rc;

	r->total += len;
	if (r->m->header.state == HEADER_DONE)
		return message_push_body(r, p, len, err);
	rc = header_push(&r->m->header, p, len, err);
	if (rc > 0)
		rc = message_end_header(r, err);
	return rc;
}

static int
message_refuse_empty(struct error *err)
{
	(void)err_set(err, ERR_DATA, _("the message is empty"));
	return err_hint(err, _("A message is expected on standard input."));
}

static int
message_finish(struct message_reader *r, struct error *err)
{
	if (!r->total)
		return message_refuse_empty(err);
	if (r->m->header.state != HEADER_DONE &&
	    (header_finish(&r->m->header, err) < 0 ||
		message_end_header(r, err) < 0))
		return -1;
	scan_finish(&r->scan);
	r->m->body_traits = r->scan.traits;
	return 0;
}

/* 1 when fd may be read again.  Somebody else's flags stay as they are: others
 * may share the open file. */
static int
message_wait(int fd, struct error *err)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (poll(&p, 1, -1) < 0 && errno != EINTR)
		return message_read_failed(errno, err);
	return 1;
}

static int
message_read_short(struct error *err)
{
	return err_set(err, ERR_IO,
	    _("the message file became shorter while it was read"));
}

/* Octets read, 0 at the end, or -1. */
static ssize_t
message_read_block(struct message_reader *r, int fd, struct error *err)
{
	for (;;) {
		ssize_t n = read(fd, r->block, MESSAGE_BLOCK);

		if (n >= 0)
			return n;
		if (errno == EAGAIN) {
			if (message_wait(fd, err) < 0)
				return -1;
		} else if (errno != EINTR) {
			return message_read_failed(errno, err);
		}
	}
}

static int
message_read_stream(struct message_reader *r, int fd, struct error *err)
{
	bool ends_at_dot = r->m->ends_at_dot && isatty(fd);
	bool is_begin = true; /* of a line */
	ssize_t n;

	while ((n = message_read_block(r, fd, err)) > 0) {
		/* a terminal gives lines, one at a time */
		if (ends_at_dot && is_begin && n == 2 &&
		    memcmp(r->block, ".\n", 2) == 0)
			return message_finish(r, err);
		is_begin = r->block[n - 1] == '\n';
		if (message_push(r, r->block, (size_t)n, err) < 0)
			return -1;
	}
	return n < 0 ? -1 : message_finish(r, err);
}

/* A block of the left octets at pos of a file; octets read, or -1. */
static ssize_t
message_read_at(struct message_reader *r, int fd, int64_t pos, int64_t left,
    struct error *err)
{
	size_t len = left < MESSAGE_BLOCK ? (size_t)left : MESSAGE_BLOCK;
	ssize_t n;

	do
		n = pread(fd, r->block, len, pos);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return message_read_failed(errno, err);
	return n == 0 ? message_read_short(err) : n;
}

/* The header of a file at offset base, copied; the offset stays. */
static int
message_read_file_header(struct message_reader *r, int fd, int64_t base,
    int64_t size, struct error *err)
{
	struct header *h = &r->m->header;
	int64_t pos = 0;
	int rc = 0;

	while (rc == 0 && pos < size) {
		ssize_t n = message_read_at(r, fd, base + pos, size - pos, err);

		if (n < 0)
			return -1;
		pos += n;
		rc = header_push(h, r->block, (size_t)n, err);
	}
	if (rc == 0)
		rc = header_finish(h, err);
	if (rc < 0)
		return -1;
	buf_truncate(&h->text, h->body_at);
	return 0;
}

static int
message_read_file(struct message_reader *r, int fd, int64_t base, int64_t size,
    struct error *err)
{
	int64_t body;

	if (message_read_file_header(r, fd, base, size, err) < 0)
		return -1;
	body = (int64_t)r->m->header.body_at;
	if (size > body && (spool_use_file(&r->m->body, fd, base + body,
				size - body, err) < 0 ||
			       scan_spool(&r->scan, &r->m->body, err) < 0))
		return -1;
	/* as if it had been read */
	if (lseek(fd, base + size, SEEK_SET) < 0)
		return message_read_failed(errno, err);
	r->total = (uint64_t)size;
	return message_finish(r, err);
}

/* What is small is not read twice. */
static int
message_read_small(struct message_reader *r, int fd, int64_t base, int64_t size,
    struct error *err)
{
	while (size > 0) {
		ssize_t n = message_read_at(r, fd, base, size, err);

		if (n < 0 || message_push(r, r->block, (size_t)n, err) < 0)
			return -1;
		base += n;
		size -= n;
	}
	return message_finish(r, err);
}

int
message_read_part(
    struct message *m, int fd, int64_t base, int64_t size, struct error *err)
{
	auto_free char *block = xmalloc(MESSAGE_BLOCK);
	struct message_reader r = { .m = m, .scan = SCAN_INIT, .block = block };

	if (size <= SPOOL_MEMORY_MAX)
		return message_read_small(&r, fd, base, size, err);
	return message_read_file(&r, fd, base, size, err);
}

int
message_read(struct message *m, int fd, struct error *err)
{
	auto_free char *block = NULL;
	struct message_reader r = { .m = m, .scan = SCAN_INIT };
	struct stat st;
	off_t base;

	if (fstat(fd, &st) < 0)
		return message_read_failed(errno, err);
	if (S_ISDIR(st.st_mode))
		return message_read_failed(EISDIR, err);
	block = xmalloc(MESSAGE_BLOCK);
	r.block = block;
	if (!S_ISREG(st.st_mode))
		return message_read_stream(&r, fd, err);
	base = lseek(fd, 0, SEEK_CUR);
	if (base < 0)
		return message_read_failed(errno, err);
	if (st.st_size - base <= SPOOL_MEMORY_MAX)
		return message_read_stream(&r, fd, err);
	return message_read_file(&r, fd, base, st.st_size - base, err);
}
