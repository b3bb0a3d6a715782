/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "net/dial.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/host.h"
#include "base/i18n.h"
#include "base/xalloc.h"
#include "net/happy.h"
#include "net/local.h"
#include "net/resolve.h"
#include "net/socks5.h"
#include "net/targets.h"

/* Octets of all that is told about hosts that failed. */
#define DIAL_DETAIL_MAX (16 * 1024)

/* What became of several attempts that all failed. */
struct attempts {
	struct buf detail;
	size_t count;
	enum err_kind kind;
};

struct dialer {
	const struct way *way;
	int family;
	struct address_list source; /* one address, or none */
	struct targets targets;
	struct target target;     /* the one at hand */
	struct address_list rest; /* its addresses that were not tried out */
	struct attempts failed;
	bool is_socket_spent;
	bool was_connected; /* one of the failed ones had answered */
};

void
peer_release(struct peer *p)
{
	if (!p)
		return;
	free(p->address);
	free(p->host);
	free(p->name);
	free(p->service);
	*p = (struct peer)PEER_INIT;
}

/* --- failures ------------------------------------------------------------- */

static void
dialer_add_failure(struct dialer *d, const struct error *err)
{
	struct attempts *all = &d->failed;

	(void)buf_printf(
	    &all->detail, "%s%s", all->count ? "; " : "", err->text);
	if (err->detail)
		(void)buf_printf(&all->detail, " (%s)", err->detail);
	if (all->count && err->kind != all->kind)
		all->kind = ERR_CONNECT;
	else
		all->kind = err->kind;
	all->count++;
}

void
dialer_failed(struct dialer *d, const struct error *err)
{
	d->was_connected = true;
	dialer_add_failure(d, err);
}

void
dialer_sum_up(const struct dialer *d, struct error *err)
{
	struct reply reply = err->reply;

	/* if it was the only one, it tells all */
	if (d->failed.count < 2)
		return;
	err->reply = (struct reply)REPLY_INIT;
	(void)err_set(err, d->failed.kind,
	    d->was_connected ? _("no server of %s can be used")
			     : _("cannot connect to any server of %s"),
	    d->way->host);
	(void)err_detail(err, "%s", buf_str(&d->failed.detail));
	err->reply = reply;
}

/* --- one place ------------------------------------------------------------ */

/* Places that are left. */
static size_t
dialer_left(const struct dialer *d)
{
	return targets_left(&d->targets) + (d->rest.count > 0);
}

/* The first of n equal shares of the time until deadline. */
static int64_t
dial_split(int64_t deadline, size_t n)
{
	int64_t now = deadline_now();

	if (n < 2 || deadline == DEADLINE_NONE || deadline <= now)
		return deadline;
	return now + (deadline - now) / (int64_t)n;
}

int64_t
dialer_share(const struct dialer *d, int64_t deadline)
{
	return dial_split(deadline, dialer_left(d) + 1);
}

/* One of the addresses in list, which are those of t. */
static int
dial_address(const struct dialer *d, struct address_list *list,
    const struct target *t, int64_t deadline, struct address *winner,
    struct error *err)
{
	return happy_connect(list, t->name,
	    d->source.count ? &d->source.items[0] : NULL, deadline, winner,
	    err);
}

static struct stream *
dial_direct(
    struct dialer *d, struct peer *peer, int64_t deadline, struct error *err)
{
	AUTO(buf) struct buf text = BUF_INIT(NI_MAXHOST);
	const struct target *t = &d->target;
	struct address address;
	bool is_known = true;
	int fd;

	if (!d->rest.count)
		is_known = resolve(t->name, t->port, d->family, deadline,
			       &d->rest, err) == 0;
	fd = is_known ? dial_address(d, &d->rest, t, deadline, &address, err)
		      : -1;
	if (fd < 0) {
		d->rest.count = 0;
		return NULL;
	}
	address_text(&address, &text);
	peer->address = buf_detach(&text);
	peer->is_loopback = address_is_loopback(&address);
	return stream_fd_new(fd);
}

static int
dial_proxy_itself(
    const struct dialer *d, char *proxy, int64_t deadline, struct error *err)
{
	struct target t = { NULL, proxy, d->way->proxy_port };
	struct address_list list;
	struct address address;
	int fd = -1;

	if (!t.port)
		t.port = SOCKS5_PORT;
	if (resolve(t.name, t.port, d->family, deadline, &list, err) == 0)
		fd = dial_address(d, &list, &t, deadline, &address, err);
	if (fd >= 0)
		return fd;
	/* PX-03: that there is no such proxy tells nothing about the host */
	if (err->kind == ERR_HOST || err->kind == ERR_HOST_TEMP)
		err->kind = ERR_CONNECT;
	xreplace(&err->text, xasprintf(_("the proxy: %s"), err->text));
	return -1;
}

/* PX-02: the name stays as it is until the proxy has it. */
static struct stream *
dial_proxy(const struct dialer *d, int64_t deadline, struct error *err)
{
	const struct way *way = d->way;
	const struct target *t = &d->target;
	struct socks5 ask = { t->name, t->port, way->proxy_user,
		way->proxy_password };
	auto_free char *proxy = NULL;
	struct stream *s;
	int fd;

	if (host_to_ascii(way->proxy_host, &proxy, err) < 0)
		return NULL;
	fd = dial_proxy_itself(d, proxy, deadline, err);
	if (fd < 0)
		return NULL;
	s = stream_fd_new(fd);
	stream_set_deadline(s, deadline);
	if (socks5_connect(s, &ask, err) == 0)
		return s;
	stream_free(s);
	if (err->kind != ERR_CONFIG)
		xreplace(&err->text,
		    xasprintf(_("cannot connect to %s, port %u: %s"), t->name,
			(unsigned)t->port, err->text));
	return NULL;
}

static struct stream *
dial_target(
    struct dialer *d, struct peer *peer, int64_t deadline, struct error *err)
{
	const struct host *host = d->target.host;
	struct stream *s = d->way->proxy_host
			       ? dial_proxy(d, deadline, err)
			       : dial_direct(d, peer, deadline, err);

	if (!s)
		return NULL;
	peer->port = d->target.port;
	peer->host = xstrdup(host->identity);
	if (!d->way->proxy_host && !host_is_numeric(d->target.name))
		peer->name = xstrdup(d->target.name);
	if (host->is_service)
		peer->service = xstrdup(host->name);
	peer->is_submissions = host->is_submissions;
	return s;
}

static struct stream *
dial_local(
    struct dialer *d, struct peer *peer, int64_t deadline, struct error *err)
{
	int fd = local_connect(d->way->socket_path, deadline, err);

	d->is_socket_spent = true;
	if (fd < 0)
		return NULL;
	if (d->targets.hosts.count)
		peer->host = xstrdup(d->targets.hosts.items[0].identity);
	peer->is_loopback = true;
	return stream_fd_new(fd);
}

/* --- all of them ---------------------------------------------------------- */

/* Whether the address is ours can be told before anybody is bothered. */
static int
dial_try_source(const struct address *a, const char *shown, struct error *err)
{
	auto_close int fd =
	    socket(a->sa.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && bind(fd, &a->sa.any, a->len) == 0)
		return 0;
	return err_set_os(err, ERR_CONNECT, errno,
	    _("cannot use %s as the source address"), shown);
}

/* It decides the family; port 0 is any. */
static int
dial_source(struct dialer *d, struct error *err)
{
	const char *source = d->way->source_ip;

	if (!source)
		return 0;
	if (!host_is_numeric(source))
		return err_set(err, ERR_CONFIG, _("%s is no address"), source);
	if (resolve(source, 0, d->family, DEADLINE_NONE, &d->source, err) < 0)
		return -1;
	d->family = d->source.items[0].sa.any.sa_family;
	return dial_try_source(&d->source.items[0], source, err);
}

struct dialer *
dialer_new(const struct way *way, struct error *err)
{
	struct dialer *d = xcalloc(1, sizeof(*d));

	d->way = way;
	d->family = way->family;
	buf_init(&d->failed.detail, DIAL_DETAIL_MAX);
	if ((!way->host || targets_init(&d->targets, way->host, way->port,
			       !way->proxy_host, err) == 0) &&
	    (way->socket_path || dial_source(d, err) == 0))
		return d;
	dialer_free(d);
	return NULL;
}

void
dialer_free(struct dialer *d)
{
	if (!d)
		return;
	targets_release(&d->targets);
	target_release(&d->target);
	buf_release(&d->failed.detail);
	free(d);
}

bool
dialer_has_more(const struct dialer *d)
{
	return d->way->socket_path ? !d->is_socket_spent : dialer_left(d) > 0;
}

static struct stream *
dialer_try(
    struct dialer *d, int64_t deadline, struct peer *peer, struct error *err)
{
	int64_t share = dial_split(deadline, dialer_left(d));

	if (d->way->socket_path)
		return dial_local(d, peer, deadline, err);
	if (d->rest.count)
		return dial_target(d, peer, share, err);
	if (targets_next(&d->targets, share, &d->target, err) < 0)
		return NULL;
	/* by now it is known how many there are of a service */
	return dial_target(d, peer, dialer_share(d, deadline), err);
}

int
dialer_next(struct dialer *d, int64_t deadline, struct peer *peer,
    struct stream **out, struct error *err)
{
	struct stream *s = NULL;

	peer_release(peer);
	while (!s && dialer_has_more(d)) {
		s = dialer_try(d, deadline, peer, err);
		if (!s)
			dialer_add_failure(d, err);
	}
	if (!s) {
		dialer_sum_up(d, err);
		return -1;
	}
	stream_set_deadline(s, deadline);
	*out = s;
	return 0;
}

int
net_dial(const struct way *way, int64_t deadline, struct peer *peer,
    struct stream **out, struct error *err)
{
	AUTO(peer) struct peer fresh = PEER_INIT;
	struct dialer *d = dialer_new(way, err);
	int rc = d ? dialer_next(d, deadline, &fresh, out, err) : -1;

	dialer_free(d);
	if (rc < 0)
		return -1;
	peer_release(peer);
	*peer = fresh;
	fresh = (struct peer)PEER_INIT;
	return 0;
}
