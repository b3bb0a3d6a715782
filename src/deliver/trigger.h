/* SPDX-License-Identifier: ISC */
/* What runs the queue from time to time. */
#ifndef DELIVER_TRIGGER_H
#define DELIVER_TRIGGER_H

#include <stdbool.h>

/* Whether something is set up that runs the queue at path: an enabled systemd
 * unit, the system's for the system's queue, the user's for others; or a line
 * in /etc/cron.d for its owner.  What stands in a crontab of the user's own is
 * not seen. */
bool trigger_is_installed(const char *path);

/* Whether it does so now: a user's units sleep while he is not logged in. */
bool trigger_is_alive(const char *path);

#endif
