/* SPDX-License-Identifier: ISC */
/* The bottom of the stack: the one place that waits. */
#include "config.h"

#include "io/stream.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/stop.h"
#include "base/xalloc.h"

/* Reads smaller than this are served from a buffer: TLS asks for five octets
 * of a record first, and each question would be a wait of its own. */
#define STREAM_FD_SMALL 4096
#define STREAM_FD_BUFFER (16 * 1024)

struct stream_fd {
	struct stream stream;
	int fd;
	char *held; /* STREAM_FD_BUFFER octets, or NULL until needed */
	size_t given, len;
};

static int
stream_fd_timed_out(const char *what, struct error *err)
{
	if (stop_signal())
		return err_set(err, ERR_TIMEOUT,
		    _("network %s error: the program was told to stop"), what);
	return err_set(err, ERR_TIMEOUT,
	    _("network %s error: the operation timed out"), what);
}

/* Waits for events; -1 with ERR_TIMEOUT past the deadline. */
static int
stream_fd_wait(struct stream_fd *s, short events, struct error *err)
{
	const char *what = events == POLLIN ? "read" : "write";
	struct pollfd pfd = { s->fd, events, 0 };
	int n;

#ifdef TCP_QUICKACK
	if (events == POLLIN) {
		/* Not a TCP socket: then there is nothing to acknowledge. */
		int on = 1;

		(void)setsockopt(
		    s->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
	}
#endif
	do {
		n = poll(&pfd, 1, deadline_poll_ms(s->stream.deadline));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_set_os(err, ERR_OS, errno, "poll");
	return n ? 0 : stream_fd_timed_out(what, err);
}

static bool
stream_fd_must_wait(int os)
{
	return os == EAGAIN || os == EWOULDBLOCK;
}

static ssize_t
stream_fd_fill(struct stream_fd *s, void *p, size_t len, struct error *err)
{
	for (;;) {
		ssize_t n;

		if (stream_fd_wait(s, POLLIN, err) < 0)
			return -1;
		n = read(s->fd, p, len);
		if (n >= 0)
			return n;
		if (errno == EINTR || stream_fd_must_wait(errno))
			continue;
		return err_set_os(
		    err, ERR_LOST, errno, _("network read error"));
	}
}

static ssize_t
stream_fd_read(struct stream *stream, void *p, size_t len, struct error *err)
{
	struct stream_fd *s = (struct stream_fd *)stream;
	size_t have = s->len - s->given;

	if (!have) {
		ssize_t n;

		if (len >= STREAM_FD_SMALL)
			return stream_fd_fill(s, p, len, err);
		if (!s->held)
			s->held = xmalloc(STREAM_FD_BUFFER);
		n = stream_fd_fill(s, s->held, STREAM_FD_BUFFER, err);
		if (n <= 0)
			return n;
		s->given = 0;
		s->len = have = (size_t)n;
	}
	if (len > have)
		len = have;
	memcpy(p, s->held + s->given, len);
	s->given += len;
	return (ssize_t)len;
}

/* A socket is written to without SIGPIPE; what is not a socket (in tests, a
 * pipe) needs the plain call. */
static ssize_t
stream_fd_send(const struct stream_fd *s, const char *p, size_t len)
{
	int flags = MSG_NOSIGNAL;
	ssize_t n;

#ifdef MSG_MORE
	if (s->stream.is_ending)
		flags |= MSG_MORE; /* close() sends it */
#endif
	n = send(s->fd, p, len, flags);
	if (n < 0 && errno == ENOTSOCK)
		n = write(s->fd, p, len);
	return n;
}

static int
stream_fd_write(
    struct stream *stream, const void *p, size_t len, struct error *err)
{
	struct stream_fd *s = (struct stream_fd *)stream;
	const char *from = p;

	while (len) {
		ssize_t n = stream_fd_send(s, from, len);

		if (n >= 0) {
			from += n;
			len -= (size_t)n;
		} else if (stream_fd_must_wait(errno)) {
			if (stream_fd_wait(s, POLLOUT, err) < 0)
				return -1;
		} else if (errno != EINTR) {
			return err_set_os(
			    err, ERR_LOST, errno, _("network write error"));
		}
		/* A peer that takes one octet at a time makes progress for
		 * ever: the deadline holds all the same. */
		if (len && deadline_poll_ms(s->stream.deadline) == 0)
			return stream_fd_timed_out("write", err);
	}
	return 0;
}

static void
stream_fd_free(struct stream *stream)
{
	struct stream_fd *s = (struct stream_fd *)stream;

	(void)close(s->fd); /* what matters was answered by the peer */
	free(s->held);
	free(s);
}

static const struct stream_ops stream_fd_ops = {
	"fd",
	stream_fd_read,
	stream_fd_write,
	stream_fd_free,
};

struct stream *
stream_fd_new(int fd)
{
	struct stream_fd *s = xcalloc(1, sizeof(*s));

	s->stream.ops = &stream_fd_ops;
	s->stream.deadline = DEADLINE_NONE;
	s->fd = fd;
	return &s->stream;
}

int
stream_fd(const struct stream *s)
{
	while (s->below)
		s = s->below;
	if (s->ops != &stream_fd_ops)
		return -1;
	return ((const struct stream_fd *)s)->fd;
}
