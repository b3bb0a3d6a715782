/* SPDX-License-Identifier: ISC */
/* Socket addresses of one server, in the order in which they are tried. */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define ADDRESS_MAX 16 /* how many are tried at all */

struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} sa;
	socklen_t len; /* octets of sa that count */
};

struct address_list {
	struct address items[ADDRESS_MAX];
	size_t count;
};

/* Appends those of ai that are IPv4 or IPv6, families alternating beginning
 * with the first one's, otherwise in order (RFC 8305 4), while there is
 * room. */
void address_list_add(struct address_list *list, const struct addrinfo *ai);
/* host must be numeric (base/host.h); -1 when its scope is no interface. */
int address_list_add_numeric(
    struct address_list *list, const char *host, in_port_t port);

/* Appends "192.0.2.1", "fe80::1%eth0". */
void address_text(const struct address *a, struct buf *out);
in_port_t address_port(const struct address *a);
/* Whether it is an address of a link, and nothing says of which one (RFC 4007).
 */
bool address_lacks_scope(const struct address *a);
/* 127.0.0.0/8, ::1, and the former v4-mapped. */
bool address_is_loopback(const struct address *a);

#endif
