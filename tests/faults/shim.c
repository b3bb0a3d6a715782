/* SPDX-License-Identifier: ISC */
/*
 * Stands before libc (LD_PRELOAD) and does what libc may do, but seldom does.
 *
 *	SHIM_SHORT=SEED	reads and writes of one to seven octets; every third
 *			call is interrupted by a signal first (EINTR), once;
 *			in postrider alone, not in what it starts
 *	SHIM_MALLOC=K	the K-th allocation of the process, and all behind it,
 *			fail; SHIM_MALLOC=-K: that one alone
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* --- short and interrupted ------------------------------------------------ */

static uint32_t shim_state;
static bool was_interrupted;

/* Whether this is the program: others may be less well prepared. */
static bool
is_meant(void)
{
	static const char name[] = "/postrider";
	char path[4096];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path));

	return len < (ssize_t)sizeof(name) ||
	       memcmp(path + len - (sizeof(name) - 1), name,
		   sizeof(name) - 1) == 0;
}

static bool
is_on(void)
{
	static int on = -1;

	if (on < 0) {
		const char *seed = is_meant() ? getenv("SHIM_SHORT") : NULL;

		on = seed != NULL;
		shim_state = seed ? (uint32_t)strtoul(seed, NULL, 10) : 0;
	}
	return on;
}

static uint32_t
next_random(void)
{
	shim_state = shim_state * 1664525 + 1013904223;
	return shim_state >> 16;
}

static bool
is_interrupted(void)
{
	was_interrupted = !was_interrupted && next_random() % 3 == 0;
	if (was_interrupted)
		errno = EINTR;
	return was_interrupted;
}

static size_t
shorten(size_t len)
{
	size_t most = 1 + next_random() % 7;

	return len < most ? len : most;
}

#define REAL(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

#define SHORT_CALL(type, name, params, args)                                   \
	type name params                                                       \
	{                                                                      \
		static __typeof__(&(name)) real;                               \
                                                                               \
		if (!real)                                                     \
			real = REAL(name);                                     \
		if (is_on()) {                                                 \
			if (is_interrupted())                                  \
				return -1;                                     \
			len = shorten(len);                                    \
		}                                                              \
		return real args;                                              \
	}

SHORT_CALL(ssize_t, read, (int fd, void *p, size_t len), (fd, p, len))
SHORT_CALL(ssize_t, write, (int fd, const void *p, size_t len), (fd, p, len))
SHORT_CALL(
    ssize_t, pread, (int fd, void *p, size_t len, off_t at), (fd, p, len, at))
SHORT_CALL(ssize_t, pread64, (int fd, void *p, size_t len, off64_t at),
    (fd, p, len, at))
SHORT_CALL(ssize_t, pwrite, (int fd, const void *p, size_t len, off_t at),
    (fd, p, len, at))
SHORT_CALL(ssize_t, pwrite64, (int fd, const void *p, size_t len, off64_t at),
    (fd, p, len, at))
SHORT_CALL(ssize_t, recv, (int fd, void *p, size_t len, int flags),
    (fd, p, len, flags))
SHORT_CALL(ssize_t, send, (int fd, const void *p, size_t len, int flags),
    (fd, p, len, flags))

int
poll(struct pollfd *fds, nfds_t count, int timeout)
{
	static __typeof__(&poll) real;

	if (!real)
		real = REAL(poll);
	if (is_on() && is_interrupted())
		return -1;
	return real(fds, count, timeout);
}

/* --- no memory ------------------------------------------------------------ */

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static bool
is_out(void)
{
	static long left = -1, done;
	static bool one;

	if (left < 0) {
		/* getenv() allocates nothing */
		const char *text = getenv("SHIM_MALLOC");

		left = text ? labs(strtol(text, NULL, 10)) : 0;
		one = text && *text == '-';
	}
	if (!left)
		return false;
	done++;
	if (one ? done != left : done < left)
		return false;
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t size)
{
	return is_out() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return is_out() ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *old, size_t size)
{
	return is_out() ? NULL : __libc_realloc(old, size);
}
