/* SPDX-License-Identifier: ISC */
/*
 * Asked to end while others count on what we do.
 *
 * A process that has mail of a queue in its hands is not simply ended by
 * SIGTERM, SIGINT or SIGHUP: it is asked.  From then on no deadline (see
 * base/deadline.h) is later than now, so that every wait gives up as if its
 * time were over, but for what was begun and must be seen through: that has
 * STOP_PATIENCE_S still.  The request is repeated by SIGALRM each second: one
 * that came between a look at the clock and a wait is not lost.
 */
#ifndef BASE_STOP_H
#define BASE_STOP_H

#include <stdbool.h>
#include <stdint.h>

/* Less than the 90 s that systemd gives a service to stop. */
#define STOP_PATIENCE_S 60

/* From now on signals ask; one that is ignored stays so. */
void stop_catch(void);
/* The signal that has asked, or 0. */
int stop_signal(void);
/* As if nobody had: for a process that begins something of its own. */
void stop_forget(void);

/* Something must be seen through, until as many stop_let_go() were called. */
void stop_hold(void);
void stop_let_go(void);
/* The latest that any deadline may be; DEADLINE_NONE while nobody has asked. */
int64_t stop_limit(void);

/* A SIGALRM each second, which does nothing but interrupt a call that waits;
 * after stop_catch(). */
void stop_tick(bool is_on);

#endif
