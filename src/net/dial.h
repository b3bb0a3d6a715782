/* SPDX-License-Identifier: ISC */
/* Opening a connection to the server of an account, whatever the way. */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"
#include "io/stream.h"

/* What is known about the way; borrowed, and NULL or 0 for what is not set. */
struct way {
	const char *host;      /* see net/hosts.h; needed without a socket */
	uint16_t port;         /* of hosts that are no service */
	int family;            /* AF_INET, AF_INET6, or AF_UNSPEC for both */
	const char *source_ip; /* come from this address */
	/* Overrides all of the above but host, and the proxy. */
	const char *socket_path;
	const char *proxy_host; /* SOCKS 5 */
	uint16_t proxy_port;    /* 0: 1080 */
	const char *proxy_user;
	const struct secret *proxy_password;
};

/* Who answered. */
struct peer {
	char *address; /* numeric, "127.0.0.1", "::1"; NULL for a socket and
			* behind a proxy; owned */
	char *host;    /* the one of way.host that it is, as a certificate must
			* prove it; NULL without a host; owned */
	char *name;    /* the name that was looked up for it; NULL for a socket,
			* an address and behind a proxy; owned */
	char *service; /* the SRV records that led there, or NULL; owned */
	uint16_t port; /* 0 for a socket */
	bool is_submissions; /* a service of which TLS is the begin */
	/* Nobody else can listen: 127.0.0.0/8, ::1 (also v4-mapped), a
	 * socket; what is behind a proxy never is. */
	bool is_loopback;
};

#define PEER_INIT                                                              \
	{                                                                      \
		NULL, NULL, NULL, NULL, 0, false, false                        \
	}

void peer_release(struct peer *p);
AUTO_DEFINE(peer);

/*
 * Connections to the places where a way leads, one after another.
 *
 * The hosts come in their order; so do the servers of a service (RFC 2782).  Of
 * one host (an address and "localhost" are not looked up; an IDN is turned into
 * A-labels; one trailing dot is dropped) the addresses are interleaved by
 * family, the next one started 250 ms after the last or as soon as it failed,
 * at most 16 (RFC 8305); those that lost to one that answered come afterwards.
 * Through a proxy nothing but the proxy's name is looked up here, and a service
 * cannot be.
 */
struct dialer;

/* way and what it points to must outlive the dialer.  ERR_CONFIG for what
 * cannot be: a host name that is none, families that do not match, a path that
 * is too long; ERR_CONNECT when source_ip cannot be used. */
struct dialer *dialer_new(const struct way *way, struct error *err);
void dialer_free(struct dialer *d);

/*
 * The next connection before deadline; the places that are left share the time.
 * peer is released first.  The stream's descriptor is non-blocking,
 * close-on-exec, TCP_NODELAY; its deadline is the one given here.
 *
 * ERR_HOST when a name does not exist, ERR_HOST_TEMP when it could not be
 * looked up, ERR_TIMEOUT past the deadline, ERR_CONNECT when no address
 * answered (the detail has each address's reason) or the proxy fails;
 * ERR_CONFIG for what cannot be.  Where several places fail for different
 * reasons, it is ERR_CONNECT.
 *
 * A lookup that had to be given up goes on in a thread of the C library until
 * its own time limit; what it uses is never freed.
 */
int dialer_next(struct dialer *d, int64_t deadline, struct peer *peer,
    struct stream **out, struct error *err);
/* Whether there may be another place. */
bool dialer_has_more(const struct dialer *d);
/* When the place at hand should have come to something, so that the others
 * have their equal shares until deadline. */
int64_t dialer_share(const struct dialer *d, int64_t deadline);
/* The last connection came to nothing, for err: it counts like one that could
 * not be made. */
void dialer_failed(struct dialer *d, const struct error *err);
/* err, that of the last attempt, becomes that of all of them. */
void dialer_sum_up(const struct dialer *d, struct error *err);

/* The first connection there is. */
int net_dial(const struct way *way, int64_t deadline, struct peer *peer,
    struct stream **out, struct error *err);

#endif
