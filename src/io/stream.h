/* SPDX-License-Identifier: ISC */
/*
 * A stack of byte streams: fd <- tls <- tap, or a scripted peer in tests.
 *
 * The layer on top is the one that is used; each layer owns the one below it.
 * All waiting happens at the bottom, under one absolute deadline which covers
 * whatever is done until it is set anew: a read that makes progress does not
 * move it.
 */
#ifndef IO_STREAM_H
#define IO_STREAM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/deadline.h"
#include "base/error.h"

struct stream;

struct stream_ops {
	const char *name;
	/* 1..len octets, 0 at the end of the stream, or -1. */
	ssize_t (*read)(
	    struct stream *s, void *p, size_t len, struct error *err);
	/* All of it, or -1. */
	int (*write)(
	    struct stream *s, const void *p, size_t len, struct error *err);
	/* Releases this layer alone; the one below is freed by stream_free. */
	void (*free)(struct stream *s);
};

/* Stands first in every layer's own struct. */
struct stream {
	const struct stream_ops *ops;
	struct stream *below; /* or NULL at the bottom */
	int64_t deadline;     /* of the bottom layer; see stream_set_deadline */
	int64_t limit;        /* ditto; 0 for none; see stream_set_limit */
	bool is_ending;       /* see stream_end */
};

/* Both fail with ERR_TIMEOUT past the deadline and ERR_LOST when the
 * connection broke; the text says which. */
ssize_t stream_read(struct stream *s, void *p, size_t len, struct error *err);
int stream_write(
    struct stream *s, const void *p, size_t len, struct error *err);

/* Until when all that follows must be done; DEADLINE_NONE for no limit. */
void stream_set_deadline(struct stream *s, int64_t deadline);
/* No deadline set from now on is later than this; DEADLINE_NONE for no limit.
 */
void stream_set_limit(struct stream *s, int64_t limit);
/* What is written from now on are last words: they may wait, and go out in one
 * packet with the end of the stream.  Nothing is read any more. */
void stream_end(struct stream *s);
/* The descriptor at the bottom, or -1. */
int stream_fd(const struct stream *s);
/* The stack from s down; NULL is fine. */
void stream_free(struct stream *s);

/* Takes fd.  It should be non-blocking where a deadline matters; a blocking
 * one works, but a write may then outlast the deadline.  TCP_QUICKACK is
 * re-armed before each wait: a server's small segments would else wait for our
 * delayed ACK, 40 ms each time. */
struct stream *stream_fd_new(int fd);

/* A layer that shows every line that passes, above everything else.
 * show() gets one line without its end, is_ours telling who said it; the line
 * is not sanitised.  While tap_hide() is on, what we write is shown as
 * "[N octets not shown]" (N rounded up to a multiple of 16). */
typedef void tap_show(void *ctx, bool is_ours, const char *line, size_t len);
struct stream *stream_tap_new(struct stream *below, tap_show *show, void *ctx);
/* No effect on a stream that is not a tap. */
void stream_tap_hide(struct stream *s, bool is_hidden);

#endif
