/* SPDX-License-Identifier: ISC */
/* The server of a dialogue: in memory, or behind a socket. */
#ifndef SESSION_PEER_H
#define SESSION_PEER_H

#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "io/stream.h"
#include "script.h"

/* How reads are cut. */
struct cut {
	size_t every; /* octets at a time at most; 0: no limit */
	size_t first; /* one cut behind so many octets; 0: none */
	size_t end;   /* the server goes away behind so many; 0: never */
};

/* A stream that plays the server.  What the client does otherwise than the
 * script has it goes to trouble, one line. */
struct stream *peer_memory_new(
    const struct script *s, struct cut cut, struct buf *trouble);
/* To be called when the client is through: whether it said all it had to. */
void peer_memory_finish(struct stream *s);

/* Forks a server on a loopback socket; a connected, non-blocking descriptor,
 * or -1. */
int peer_socket(const struct script *s, pid_t *pid);
/* Waits for it; what went wrong goes to trouble. */
void peer_socket_finish(pid_t pid, struct buf *trouble);

#endif
