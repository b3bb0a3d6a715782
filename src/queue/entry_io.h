/* SPDX-License-Identifier: ISC */
/* Reads and writes that go on where they were cut short.  For src/queue
 * alone. */
#ifndef QUEUE_ENTRY_IO_H
#define QUEUE_ENTRY_IO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "queue/entry.h"

/* All of it, or -1 with errno. */
int entry_pwrite(int fd, const void *p, size_t len, int64_t at);
/* len octets, fewer at the end of the file, or -1 with errno. */
ssize_t entry_pread(int fd, void *p, size_t len, int64_t at);

/* "cannot write to the queued mail ID". */
int entry_failed(const struct entry *e, int os, struct error *err);

#endif
