/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "queue/entry_io.h"

#include <errno.h>
#include <unistd.h>

int
entry_pwrite(int fd, const void *p, size_t len, int64_t at)
{
	const char *from = p;

	while (len) {
		ssize_t n = pwrite(fd, from, len, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EIO;
		if (n <= 0)
			return -1;
		from += n;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

ssize_t
entry_pread(int fd, void *p, size_t len, int64_t at)
{
	char *to = p;
	size_t have = 0;

	while (have < len) {
		ssize_t n =
		    pread(fd, to + have, len - have, at + (int64_t)have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}
