/* SPDX-License-Identifier: ISC */
/* SOCKS 5 (RFC 1928) with user name and password (RFC 1929). */
#ifndef NET_SOCKS5_H
#define NET_SOCKS5_H

#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"
#include "io/stream.h"

#define SOCKS5_PORT 1080

/* What is asked of a proxy; borrowed. */
struct socks5 {
	const char *host; /* A-labels or an address without a scope */
	uint16_t port;
	const char *user;              /* 1..255 octets, or NULL */
	const struct secret *password; /* 1..255 octets; with user */
};

/*
 * Asks the proxy at the other end of s to connect; on 0 the next octets of s
 * are the server's, also those that came in one piece with the proxy's answer.
 * The name goes to the proxy as it is: nothing is looked up here.  All of it is
 * under s's deadline.
 *
 * ERR_CONFIG for a request that cannot be written down, before anything is
 * sent; ERR_TIMEOUT; all else is ERR_CONNECT: a proxy that refuses, breaks off,
 * or answers in a way that SOCKS 5 does not know says nothing about the mail.
 */
int socks5_connect(
    struct stream *s, const struct socks5 *ask, struct error *err);

#endif
