/* SPDX-License-Identifier: ISC */
/* What runs the queue from time to time. */
#ifndef DELIVER_TRIGGER_H
#define DELIVER_TRIGGER_H

#include <stdbool.h>

/* Whether an enabled systemd unit of the user's or the system's, or a line in
 * /etc/cron.d does.  What stands in a crontab of the user's own is not seen. */
bool trigger_is_installed(void);

#endif
