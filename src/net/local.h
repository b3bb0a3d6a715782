/* SPDX-License-Identifier: ISC */
/* A socket of this machine, by its path. */
#ifndef NET_LOCAL_H
#define NET_LOCAL_H

#include <stdint.h>

#include "base/error.h"

/*
 * Connects to the stream socket at path before deadline, waiting while its
 * queue is full.  Returns the descriptor (non-blocking, close-on-exec), the
 * caller's.  ERR_CONFIG for a path that is longer than the system takes,
 * ERR_CONNECT, ERR_TIMEOUT.
 */
int local_connect(const char *path, int64_t deadline, struct error *err);

#endif
