/* SPDX-License-Identifier: ISC */
/*
 * A queue is a directory, ours alone, with one directory for each state of a
 * message and one file for each message (see queue/entry.h):
 *
 *	active/ID	waiting
 *	hold/ID		waiting for a person
 *	failed/ID	given up, and nobody could be told
 *	bad/ID		not readable; never deleted by us
 *	tmp/ID		being written, where the filesystem lacks O_TMPFILE
 *	runner.lock	the kernel lock of the one runner
 *	wake		there is something new
 *
 * A directory is opened once, without following a link, and looked at behind
 * its descriptor; everything else is relative to it (LF-01).
 */
#ifndef QUEUE_STORE_H
#define QUEUE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/error.h"
#include "queue/id.h"

enum queue_state {
	QUEUE_ACTIVE,
	QUEUE_HOLD,
	QUEUE_FAILED,
	QUEUE_BAD,
	QUEUE_TMP, /* no state of a message, but a directory like the others */
	QUEUE_STATES
};

struct queue {
	char *path; /* owned */
	uid_t uid;  /* who we are, and whose all of it must be */
	int dir;
	int states[QUEUE_STATES]; /* directories; -1 where not yet opened */
};

#define QUEUE_INIT                                                             \
	{                                                                      \
		.dir = -1, .states = { -1, -1, -1, -1, -1 }                    \
	}

void queue_release(struct queue *q);
AUTO_DEFINE(queue);

/* Opens the queue at path.  With may_create, what is not there of it is made,
 * its parents too.  ERR_QUEUE_PLACE: it is not there, or is not ours alone, or
 * is a symbolic link or no directory.  q is fresh from QUEUE_INIT. */
int queue_open(
    struct queue *q, const char *path, bool may_create, struct error *err);

/* The queue's name for a state: "active". */
const char *queue_state_name(enum queue_state state);
/* The directory of a state; borrowed; made when it is not there.
 * ERR_QUEUE_PLACE. */
int queue_state_dir(struct queue *q, enum queue_state state, struct error *err);

/* Whether this f_type of statfs(2) is a filesystem of another machine, on which
 * neither locks nor syncs are to be relied on. */
bool queue_is_remote(uint32_t type);

/* ERR_QUEUE unless there is room for another message of so many octets: twice
 * that, and 64 MiB at least.  ERR_QUEUE_PLACE on a filesystem of another
 * machine, unless somebody has made the file QUEUE_REMOTE_OK in the queue. */
#define QUEUE_REMOTE_OK "remote-filesystem-is-fine"
int queue_check_room(struct queue *q, uint64_t size, struct error *err);

/* Adds to err, the error of errno `os`, what is to be done where the
 * filesystem's own quota was the reason.  Always -1. */
int queue_hint_room(int os, struct error *err);

/* A kernel lock for writing on the whole of fd: it dies with the process, and
 * outlives the closing of other descriptors of the file.  1 when it is ours, 0
 * when somebody else has it, -1 with errno.  See fcntl(2), F_OFD_SETLK. */
int queue_lock(int fd);
/* Whether somebody else has it. */
bool queue_is_locked(int fd);

/* Says that there is something new.  A lost wake-up delays only. */
void queue_wake(const struct queue *q);
/* Forgets it; whether it was there. */
bool queue_unwake(const struct queue *q);

/* Makes what was done in the directory of a state durable. */
int queue_sync(struct queue *q, enum queue_state state, struct error *err);

/* Removes files that were begun in tmp/ more than 36 hours ago and that nobody
 * has locked. */
void queue_reap(struct queue *q);

#endif
