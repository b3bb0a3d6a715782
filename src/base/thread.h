/* SPDX-License-Identifier: ISC */
/* Threads: rare here, and none outlives the function that wants its result,
 * except where a library cannot be interrupted (net/dnsq.c). */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>

/* Both run run(ctx) in a thread of its own, which no signal interrupts: those
 * are for the thread that waits in poll().  0, or an errno. */
int thread_start(pthread_t *thread, void *(*run)(void *ctx), void *ctx);
/* On another processor than this one: ENOSYS where it has none. */
int thread_start_beside(pthread_t *thread, void *(*run)(void *ctx), void *ctx);

#endif
