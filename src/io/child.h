/* SPDX-License-Identifier: ISC */
/* Running a command of the user's and reading what it says. */
#ifndef IO_CHILD_H
#define IO_CHILD_H

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"

/* Octets of standard output that a command may give. */
#define CHILD_OUTPUT_MAX (64 * 1024)

/*
 * Runs `/bin/sh -c command` with standard input from /dev/null, in a process
 * group of its own, with no other descriptor of ours, default signal
 * dispositions and an empty mask, and waits for it (not for the end of its
 * output: a daemon it leaves behind may hold the pipe).  After deadline the
 * group is killed.
 *
 * 0 with its standard output in *out (wiped from everywhere else) and its exit
 * status 0; -1 with ERR_CREDENTIAL_TEMP after the deadline or for exit status
 * 75, ERR_CREDENTIAL for any other failure, ERR_OS when it could not be
 * started.  The detail is the end of what it wrote to standard error.
 */
int child_output(const char *command, int64_t deadline, struct secret *out,
    struct error *err);

/* What is done in a child, and what it is called in errors. */
struct child_task {
	const char *what;       /* the command where body is NULL */
	int (*body)(void *ctx); /* returns the exit status */
	void *ctx;
	const struct secret *input; /* less than 64 KiB; NULL: nothing */
};

/*
 * The same for a function of ours that might hang, crash or leave secrets in
 * its memory: body(ctx) runs in the child, reads input from descriptor 0,
 * writes to 1 and complains on 2.  Its EX_OSFILE is ERR_OS.
 */
int child_call(const struct child_task *t, int64_t deadline, struct secret *out,
    struct error *err);

#endif
