/* SPDX-License-Identifier: ISC */
/* Opening a connection to a named server (RFC 8305, happy eyeballs). */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "io/stream.h"

/* Who answered. */
struct peer {
	char *address;    /* numeric, "127.0.0.1", "::1"; owned */
	bool is_loopback; /* 127.0.0.0/8, ::1 (also v4-mapped) */
};

#define PEER_INIT                                                              \
	{                                                                      \
		NULL, false                                                    \
	}

void peer_release(struct peer *p);
AUTO_DEFINE(peer);

/*
 * Looks host up (an address and "localhost" are not looked up; an IDN is turned
 * into A-labels; one trailing dot is dropped) and connects to port, all before
 * deadline: addresses interleaved by family, the next one started 250 ms after
 * the last or as soon as it failed, at most 16.  The stream's descriptor is
 * non-blocking, close-on-exec, TCP_NODELAY; its deadline is the one given here.
 *
 * ERR_HOST when the name does not exist, ERR_HOST_TEMP when it could not be
 * looked up, ERR_TIMEOUT past the deadline, ERR_CONNECT when no address
 * answered (the detail has each address's reason), ERR_CONFIG for a host name
 * that cannot be one.
 *
 * A lookup that had to be given up goes on in a thread of the C library until
 * its own time limit; what it uses is never freed.
 */
int net_dial(const char *host, uint16_t port, int64_t deadline,
    struct peer *peer, struct stream **out, struct error *err);

#endif
