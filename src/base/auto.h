/* SPDX-License-Identifier: ISC */
/*
 * Locals that release themselves when they leave scope:
 *
 *	auto_free char *name = xstrdup("x");
 *	auto_close int fd = -1;
 *	AUTO(buf) struct buf line = BUF_INIT(1000);
 *
 * AUTO(x) calls x_release(&local); a type takes part by AUTO_DEFINE(x) after
 * its x_release() is declared.  A value that shall outlive the scope is moved
 * out with auto_take().
 */
#ifndef BASE_AUTO_H
#define BASE_AUTO_H

#include <stdlib.h>
#include <unistd.h>

static inline void
auto_free_slot(void *slot)
{
	free(*(void **)slot);
}

static inline void
auto_close_slot(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* nothing was written through it */
}

#define auto_free __attribute__((cleanup(auto_free_slot)))
/* Unused: some are only held. */
#define auto_close __attribute__((cleanup(auto_close_slot), unused))

#define AUTO_DEFINE(name)                                                      \
	static inline void name##_auto(struct name *p)                         \
	{                                                                      \
		name##_release(p);                                             \
	}                                                                      \
	struct name
/* unused: that it is released in the end may be all there is to it */
#define AUTO(name) __attribute__((unused, cleanup(name##_auto)))

/* The pointer in slot, which then holds NULL. */
#define auto_take(slot)                                                        \
	__extension__({                                                        \
		__typeof__(slot) taken_ = (slot);                              \
		(slot) = NULL;                                                 \
		taken_;                                                        \
	})

#endif
