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
#include "net/hosts.h"
#include "net/local.h"
#include "net/resolve.h"
#include "net/socks5.h"
#include "net/srv.h"

/* Octets of all that is told about hosts that failed. */
#define DIAL_DETAIL_MAX (16 * 1024)

struct dial {
	const struct way *way;
	struct address_list source; /* one address, or none */
	int family;
	struct peer *peer; /* who answers */
};

/* What became of several attempts that all failed. */
struct attempts {
	struct buf detail;
	size_t count;
	enum err_kind kind;
};

#define ATTEMPTS_INIT                                                          \
	{                                                                      \
		BUF_INIT(DIAL_DETAIL_MAX), 0, ERR_NONE                         \
	}

static void
attempts_release(struct attempts *all)
{
	buf_release(&all->detail);
}
AUTO_DEFINE(attempts);

void
peer_release(struct peer *p)
{
	if (!p)
		return;
	free(p->address);
	free(p->host);
	*p = (struct peer)PEER_INIT;
}

/* An equal share for each of those left to try. */
static int64_t
dial_share(int64_t deadline, size_t left)
{
	int64_t now = deadline_now();

	if (left < 2 || deadline == DEADLINE_NONE || deadline <= now)
		return deadline;
	return now + (deadline - now) / (int64_t)left;
}

static void
attempts_add(struct attempts *all, const struct error *err)
{
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

/* err is that of the last attempt: if it was the only one, it tells all. */
static void
attempts_end(const struct attempts *all, const char *names, struct error *err)
{
	if (all->count < 2)
		return;
	(void)err_set(
	    err, all->kind, _("cannot connect to any server of %s"), names);
	(void)err_detail(err, "%s", buf_str(&all->detail));
}

/* The addresses of name itself, without a proxy. */
static int
dial_address(const struct dial *d, const char *name, uint16_t port,
    int64_t deadline, struct address *winner, struct error *err)
{
	struct address_list list;
	const struct address *source =
	    d->source.count ? &d->source.items[0] : NULL;
	auto_free char *where = NULL;
	size_t won = 0;
	int fd;

	if (resolve(name, port, d->family, deadline, &list, err) < 0)
		return -1;
	where = xasprintf(_("%s, port %u"), name, (unsigned)port);
	fd = happy_connect(&list, where, source, deadline, &won, err);
	if (fd >= 0)
		*winner = list.items[won];
	return fd;
}

static struct stream *
dial_direct(const struct dial *d, const char *name, uint16_t port,
    int64_t deadline, struct error *err)
{
	AUTO(buf) struct buf text = BUF_INIT(NI_MAXHOST);
	struct address address;
	int fd = dial_address(d, name, port, deadline, &address, err);

	if (fd < 0)
		return NULL;
	address_text(&address, &text);
	d->peer->address = buf_detach(&text);
	d->peer->is_loopback = address_is_loopback(&address);
	return stream_fd_new(fd);
}

static int
dial_proxy_itself(const struct dial *d, const char *proxy, int64_t deadline,
    struct error *err)
{
	const struct way *way = d->way;
	struct address address;
	int fd = dial_address(d, proxy,
	    way->proxy_port ? way->proxy_port : SOCKS5_PORT, deadline, &address,
	    err);

	if (fd >= 0)
		return fd;
	/* PX-03: that there is no such proxy tells nothing about the host */
	if (err->kind == ERR_HOST || err->kind == ERR_HOST_TEMP)
		err->kind = ERR_CONNECT;
	xreplace(&err->text, xasprintf(_("the proxy: %s"), err->text));
	return -1;
}

/* PX-02: name stays as it is until the proxy has it. */
static struct stream *
dial_proxy(const struct dial *d, const char *name, uint16_t port,
    int64_t deadline, struct error *err)
{
	const struct way *way = d->way;
	struct socks5 ask = { name, port, way->proxy_user,
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
		    xasprintf(_("cannot connect to %s, port %u: %s"), name,
			(unsigned)port, err->text));
	return NULL;
}

static struct stream *
dial_host(const struct dial *d, const char *name, uint16_t port,
    int64_t deadline, struct error *err)
{
	struct stream *s = d->way->proxy_host
			       ? dial_proxy(d, name, port, deadline, err)
			       : dial_direct(d, name, port, deadline, err);

	if (s)
		d->peer->port = port;
	return s;
}

static struct stream *
dial_service(
    const struct dial *d, const char *name, int64_t deadline, struct error *err)
{
	AUTO(attempts) struct attempts failed = ATTEMPTS_INIT;
	struct stream *s = NULL;
	struct srv_list list;

	if (d->way->proxy_host) {
		(void)err_set(err, ERR_CONFIG,
		    _("%s cannot be looked up through a proxy"), name);
		return NULL;
	}
	if (srv_lookup(name, deadline, &list, err) < 0)
		return NULL;
	for (size_t i = 0; i < list.count && !s; i++) {
		int64_t share = dial_share(deadline, list.count - i);
		auto_free char *target = NULL;

		if (host_to_ascii(list.items[i].target, &target, err) == 0)
			s = dial_host(
			    d, target, list.items[i].port, share, err);
		if (!s)
			attempts_add(&failed, err);
	}
	if (!s)
		attempts_end(&failed, name, err);
	return s;
}

static struct stream *
dial_hosts(const struct dial *d, const struct hosts *hosts, int64_t deadline,
    struct error *err)
{
	AUTO(attempts) struct attempts failed = ATTEMPTS_INIT;

	for (size_t i = 0; i < hosts->count; i++) {
		const struct host *host = &hosts->items[i];
		int64_t share = dial_share(deadline, hosts->count - i);
		struct stream *s =
		    host->is_service
			? dial_service(d, host->name, share, err)
			: dial_host(d, host->name, d->way->port, share, err);

		if (s) {
			d->peer->host = xstrdup(host->identity);
			d->peer->is_submissions = host->is_submissions;
			return s;
		}
		attempts_add(&failed, err);
	}
	attempts_end(&failed, d->way->host, err);
	return NULL;
}

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
dial_source(struct dial *d, struct error *err)
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

static struct stream *
dial_local(const struct way *way, int64_t deadline, struct peer *peer,
    struct error *err)
{
	AUTO(hosts) struct hosts hosts = HOSTS_INIT;
	int fd;

	if (way->host && hosts_parse(&hosts, way->host, err) < 0)
		return NULL;
	fd = local_connect(way->socket_path, deadline, err);
	if (fd < 0)
		return NULL;
	if (hosts.count)
		peer->host = xstrdup(hosts.items[0].identity);
	peer->is_loopback = true;
	return stream_fd_new(fd);
}

static struct stream *
dial_network(const struct way *way, int64_t deadline, struct peer *peer,
    struct error *err)
{
	AUTO(hosts) struct hosts hosts = HOSTS_INIT;
	struct dial d = { .way = way, .family = way->family, .peer = peer };

	/* a mistake in the last name is one before the first is tried */
	if (hosts_parse(&hosts, way->host, err) < 0 || dial_source(&d, err) < 0)
		return NULL;
	return dial_hosts(&d, &hosts, deadline, err);
}

int
net_dial(const struct way *way, int64_t deadline, struct peer *peer,
    struct stream **out, struct error *err)
{
	AUTO(peer) struct peer fresh = PEER_INIT;
	struct stream *s = way->socket_path
			       ? dial_local(way, deadline, &fresh, err)
			       : dial_network(way, deadline, &fresh, err);

	if (!s)
		return -1;
	stream_set_deadline(s, deadline);
	peer_release(peer);
	*peer = fresh;
	fresh = (struct peer)PEER_INIT;
	*out = s;
	return 0;
}
