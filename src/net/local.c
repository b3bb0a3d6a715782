/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "net/local.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/auto.h"
#include "base/deadline.h"
#include "base/i18n.h"

/* Between two attempts while the server's queue is full: the system tells
 * nobody when there is room again. */
#define LOCAL_PAUSE_MS 20

static bool
local_pause(int64_t deadline)
{
	int left = deadline_poll_ms(deadline);

	if (left == 0)
		return false;
	(void)poll(
	    NULL, 0, left < 0 || left > LOCAL_PAUSE_MS ? LOCAL_PAUSE_MS : left);
	return true;
}

/* Moves a descriptor out of its scope. */
static int
local_take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

int
local_connect(const char *path, int64_t deadline, struct error *err)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	auto_close int fd = -1;

	if (len >= sizeof(to.sun_path))
		return err_set(err, ERR_CONFIG,
		    _("the socket's path is longer than %zu octets: %s"),
		    sizeof(to.sun_path) - 1, path);
	memcpy(to.sun_path, path, len + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_set_os(
		    err, ERR_OS, errno, _("cannot make a socket"));
	while (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		if (errno == EISCONN)
			break;
		if (errno != EAGAIN && errno != EINTR)
			return err_set_os(err, ERR_CONNECT, errno,
			    _("cannot connect to %s"), path);
		if (!local_pause(deadline))
			return err_set(err, ERR_TIMEOUT,
			    _("cannot connect to %s: the operation timed out"),
			    path);
	}
	return local_take(&fd);
}
