/* SPDX-License-Identifier: ISC */
/*
 * Octets that are written once and read as often as needed: in memory while
 * small, then in an unlinked temporary file (TMPDIR, or /tmp; never a name that
 * could be guessed), or a regular file of somebody else's, used where it lies.
 */
#ifndef IO_SPOOL_H
#define IO_SPOOL_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

/* Octets kept in memory before the temporary file is opened. */
#define SPOOL_MEMORY_MAX (512 * 1024)

struct spool {
	struct buf mem;  /* the octets, while fd is -1; else octets not yet
			  * written to the file */
	int fd;          /* -1 while in memory */
	int64_t base;    /* offset in fd where the octets begin */
	int64_t size;    /* octets */
	bool is_foreign; /* fd is a file of somebody else's, read in place */
};

#define SPOOL_INIT                                                             \
	{                                                                      \
		BUF_INIT(SPOOL_MEMORY_MAX), -1, 0, 0, false                    \
	}

void spool_release(struct spool *s);
AUTO_DEFINE(spool);

/* Appends.  ERR_IO when the temporary file cannot be made or written. */
int spool_add(struct spool *s, const void *p, size_t len, struct error *err);
/* Forgets all octets from size on; nothing is added to s any more. */
void spool_cut(struct spool *s, int64_t size);
/* Makes s stand for size octets of fd from offset base; s must be empty.  fd is
 * duplicated, never written to and its offset never moved. */
int spool_use_file(
    struct spool *s, int fd, int64_t base, int64_t size, struct error *err);

/* Reads from an offset on, block by block, without copying what lies in
 * memory.  Many readers may read one spool; none outlives it. */
struct spool_reader {
	const struct spool *spool;
	int64_t pos;
	char *block; /* owned; for files */
};

void spool_reader_init(
    struct spool_reader *r, const struct spool *s, int64_t pos);
void spool_reader_release(struct spool_reader *r);
AUTO_DEFINE(spool_reader);
/* 1 with *p (borrowed until the next call) and *len > 0; 0 at the end; -1 with
 * ERR_IO, also when a file in use ends before the size it had. */
int spool_next(
    struct spool_reader *r, const char **p, size_t *len, struct error *err);

#endif
