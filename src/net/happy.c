/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "net/happy.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"

/* Octets that the system takes before it can send them.  With more of them
 * waiting in its memory 100 MB to a server on this machine take a twentieth
 * longer. */
#define HAPPY_AHEAD (64 * 1024)
#define HAPPY_DETAIL_MAX 4096 /* octets: 16 addresses and their reasons */

struct happy {
	const struct address_list *list;
	const struct address *source; /* or NULL */
	int fds[ADDRESS_MAX];         /* -1: failed or not started */
	int why[ADDRESS_MAX];         /* errno of a failure, 0: no answer yet */
	size_t started;               /* of list, from the front */
	size_t running; /* started, neither failed nor connected */
	int64_t next;   /* when the next one may start */
	size_t won;     /* index, or ADDRESS_MAX */
};

static void
happy_failed(struct happy *h, size_t i, int os)
{
	if (h->fds[i] >= 0)
		(void)close(h->fds[i]);
	h->fds[i] = -1;
	h->why[i] = os;
	h->running--;
	h->next = 0;
}

static int
happy_bind(int fd, const struct address *source)
{
	int on = 1;

	if (!source)
		return 0;
#ifdef IP_BIND_ADDRESS_NO_PORT
	/* else a port is taken before it is known where to; not more than
	 * a waste */
	(void)setsockopt(
	    fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
#else
	(void)on;
#endif
	return bind(fd, &source->sa.any, source->len);
}

/* Without it the session is slower, not wrong. */
static void
happy_tune(int fd, int option, int value)
{
	(void)setsockopt(fd, IPPROTO_TCP, option, &value, sizeof(value));
}

/* Starts the next address; it may win or fail on the spot. */
static void
happy_start(struct happy *h, int64_t now)
{
	size_t i = h->started++;
	const struct address *to = &h->list->items[i];

	h->running++;
	h->next = now + HAPPY_STAGGER_MS;
	h->fds[i] = socket(to->sa.any.sa_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
	if (h->fds[i] < 0) {
		happy_failed(h, i, errno);
		return;
	}
	happy_tune(h->fds[i], TCP_NODELAY, 1);
#ifdef TCP_NOTSENT_LOWAT
	happy_tune(h->fds[i], TCP_NOTSENT_LOWAT, HAPPY_AHEAD);
#endif
	if (happy_bind(h->fds[i], h->source) == 0 &&
	    connect(h->fds[i], &to->sa.any, to->len) == 0)
		h->won = i;
	else if (errno != EINPROGRESS && errno != EINTR)
		happy_failed(h, i, errno);
}

static void
happy_start_due(struct happy *h)
{
	int64_t now = deadline_now();

	while (h->won == ADDRESS_MAX && h->started < h->list->count &&
	       (!h->running || now >= h->next))
		happy_start(h, now);
}

static void
happy_look(struct happy *h, size_t i)
{
	int os = 0;
	socklen_t len = sizeof(os);

	if (getsockopt(h->fds[i], SOL_SOCKET, SO_ERROR, &os, &len) < 0)
		os = errno;
	if (os)
		happy_failed(h, i, os);
	else if (h->won == ADDRESS_MAX)
		h->won = i;
}

/* Until something happens to one that is under way, or `until`. */
static void
happy_wait(struct happy *h, int64_t until)
{
	struct pollfd pfd[ADDRESS_MAX];

	/* poll passes over negative descriptors */
	for (size_t i = 0; i < h->started; i++)
		pfd[i] = (struct pollfd){ h->fds[i], POLLOUT, 0 };
	if (poll(pfd, (nfds_t)h->started, deadline_poll_ms(until)) <= 0)
		return;
	for (size_t i = 0; i < h->started; i++)
		if (pfd[i].revents)
			happy_look(h, i);
}

/* True when the race goes on. */
static bool
happy_step(struct happy *h, int64_t deadline)
{
	int64_t until = deadline;

	happy_start_due(h);
	if (h->won != ADDRESS_MAX || !h->running)
		return false;
	if (h->started < h->list->count)
		until = deadline_min(until, h->next);
	happy_wait(h, until);
	return h->won == ADDRESS_MAX && deadline_poll_ms(deadline) != 0;
}

static int
happy_lost(const struct happy *h, const char *name, struct error *err)
{
	auto_free char *where = xasprintf(
	    _("%s, port %u"), name, (unsigned)address_port(&h->list->items[0]));
	AUTO(buf) struct buf detail = BUF_INIT(HAPPY_DETAIL_MAX);
	AUTO(buf) struct buf first = BUF_INIT(NI_MAXHOST);
	int last = 0;

	for (size_t i = 0; i < h->started; i++) {
		int os = h->why[i] ? h->why[i] : ETIMEDOUT;

		(void)buf_add_str(&detail, i ? "; " : "");
		address_text(&h->list->items[i], &detail);
		(void)buf_printf(&detail, ": %s", strerror(os));
		last = h->why[i] ? h->why[i] : last;
	}
	if (h->running || h->started < h->list->count)
		(void)err_set(err, ERR_TIMEOUT,
		    _("cannot connect to %s: the operation timed out"), where);
	else
		(void)err_set_os(
		    err, ERR_CONNECT, last, _("cannot connect to %s"), where);
	if (last == EINVAL && address_lacks_scope(&h->list->items[0]))
		(void)err_hint(err,
		    _("Such an address wants its interface behind it: "
		      "%s%%eth0."),
		    name);
	if (h->list->count == 1)
		address_text(&h->list->items[0], &first);
	/* where it is this very address, all has been said */
	if (!h->started ||
	    (first.len && text_has_caseprefix(where, buf_str(&first))))
		return -1;
	return err_detail(err, "%s", buf_str(&detail));
}

/* Those that neither failed nor won. */
static void
happy_keep_rest(const struct happy *h, struct address_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++)
		if (i != h->won && !h->why[i])
			list->items[kept++] = list->items[i];
	list->count = kept;
}

int
happy_connect(struct address_list *list, const char *name,
    const struct address *source, int64_t deadline, struct address *winner,
    struct error *err)
{
	struct happy h = { .list = list, .source = source, .won = ADDRESS_MAX };
	int fd = -1;

	for (size_t i = 0; i < ADDRESS_MAX; i++)
		h.fds[i] = -1;
	if (deadline_now() < deadline)
		while (happy_step(&h, deadline))
			;
	for (size_t i = 0; i < h.started; i++) {
		if (i == h.won)
			fd = h.fds[i];
		else if (h.fds[i] >= 0)
			(void)close(h.fds[i]);
	}
	if (fd < 0)
		return happy_lost(&h, name, err);
	*winner = list->items[h.won];
	happy_keep_rest(&h, list);
	return fd;
}
