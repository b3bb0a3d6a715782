/* SPDX-License-Identifier: ISC */
/*
 * Before a mail is sent all of it is read once.  From the system's cache of
 * files that is copying, of which one processor does 6 GB a second: a large
 * file is cut in the middle, behind the end of a line, and a second thread goes
 * on from there.  It takes what is in memory and stops at what is not: a disk
 * would only be made to seek.
 */
#include "config.h"

#include "mail/scan_spool.h"

#include <string.h>
#include <sys/uio.h>

#include "base/thread.h"
#include "base/xalloc.h"

/* Octets from which on a thread is worth its start. */
#define SCAN_SPOOL_LARGE (8 * 1024 * 1024)
#define SCAN_SPOOL_BLOCK ((size_t)64 * 1024)

/* What the second thread reads. */
struct scan_rest {
	const struct spool *body;
	int64_t pos; /* of the octet it reads next */
	struct scan scan;
	char block[SCAN_SPOOL_BLOCK];
};

/* Octets at r->pos that are in memory, or 0. */
static size_t
scan_rest_read(struct scan_rest *r)
{
#ifdef RWF_NOWAIT
	struct iovec to = { r->block, sizeof(r->block) };
	int64_t left = r->body->size - r->pos;
	ssize_t n;

	if (left < (int64_t)to.iov_len)
		to.iov_len = (size_t)left;
	n = preadv2(r->body->fd, &to, 1, r->body->base + r->pos, RWF_NOWAIT);
	return n > 0 ? (size_t)n : 0; /* errors come again, and are told then */
#else
	(void)r;
	return 0;
#endif
}

/* No memory is asked for here and no error set: both are the main thread's. */
static void *
scan_rest_run(void *ctx)
{
	struct scan_rest *r = ctx;
	size_t n;

	while ((n = scan_rest_read(r)) > 0) {
		scan_push(&r->scan, r->block, n);
		r->pos += (int64_t)n;
	}
	return NULL;
}

/* Finds the end of a line in the middle; false where a thread cannot help. */
static bool
scan_rest_begin(struct scan_rest *r, const struct spool *body)
{
	const char *lf;
	size_t n;

	r->body = body;
	r->scan = (struct scan)SCAN_INIT;
	r->pos = body->size / 2;
	n = scan_rest_read(r);
	lf = n ? memchr(r->block, '\n', n) : NULL;
	if (lf)
		r->pos += lf + 1 - r->block;
	return lf;
}

/* From in->pos to end. */
static int
scan_until(
    struct scan *s, struct spool_reader *in, int64_t end, struct error *err)
{
	const char *p;
	size_t len;
	int rc = 1;

	while (in->pos < end && (rc = spool_next(in, &p, &len, err)) > 0) {
		if (in->pos > end) {
			len -= (size_t)(in->pos - end);
			in->pos = end;
		}
		scan_push(s, p, len);
	}
	return rc < 0 ? -1 : 0;
}

/* The first half here, the other one there, and here what is left of it. */
static int
scan_halves(struct scan *s, struct spool_reader *in, struct scan_rest *r,
    struct error *err)
{
	pthread_t thread;
	int64_t half = r->pos;
	int rc;

	if (thread_start_beside(&thread, scan_rest_run, r) != 0)
		return 0;
	rc = scan_until(s, in, half, err);
	(void)pthread_join(thread, NULL);
	scan_append(s, &r->scan);
	in->pos = r->pos;
	return rc;
}

int
scan_spool(struct scan *s, const struct spool *body, struct error *err)
{
	AUTO(spool_reader) struct spool_reader in;

	spool_reader_init(&in, body, 0);
	if (body->size >= SCAN_SPOOL_LARGE) {
		auto_free struct scan_rest *r = xmalloc(sizeof(*r));

		if (scan_rest_begin(r, body) && scan_halves(s, &in, r, err) < 0)
			return -1;
	}
	return scan_until(s, &in, body->size, err);
}
