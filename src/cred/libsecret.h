/* SPDX-License-Identifier: ISC */
/* libsecret, opened when it is asked and only in a process of its own. */
#ifndef CRED_LIBSECRET_H
#define CRED_LIBSECRET_H

#include <stdbool.h>

#define LIBSECRET_SONAME "libsecret-1.so.0"

enum libsecret_act {
	LIBSECRET_FIND,   /* writes the password, or nothing */
	LIBSECRET_STORE,  /* reads it */
	LIBSECRET_FORGET, /* writes "1" if there was one */
};

struct libsecret_task {
	enum libsecret_act act;
	const char *bus; /* D-Bus address of the session */
	const char *host, *user;
	bool may_unlock; /* by a window that asks a person */
};

/* For child_call(): task is a struct libsecret_task.  Exit status EX_TEMPFAIL
 * with words on standard error when what is wanted is locked, EX_UNAVAILABLE
 * where there is no such service, EX_OSFILE where there is no such library. */
int libsecret_main(void *task);

#endif
