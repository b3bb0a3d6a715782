/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "net/address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

static bool
address_is_usable(const struct addrinfo *ai)
{
	return (ai->ai_family == AF_INET || ai->ai_family == AF_INET6) &&
	       ai->ai_addrlen <= sizeof(struct sockaddr_in6);
}

/* From ai on, the next usable one that is (or is not) of that family. */
static const struct addrinfo *
address_next(const struct addrinfo *ai, int family, bool is_same)
{
	while (ai &&
	       (!address_is_usable(ai) || (ai->ai_family == family) != is_same))
		ai = ai->ai_next;
	return ai;
}

void
address_list_add(struct address_list *list, const struct addrinfo *ai)
{
	const struct addrinfo *next[2];
	int family;
	unsigned turn = 0;

	while (ai && !address_is_usable(ai))
		ai = ai->ai_next;
	family = ai ? ai->ai_family : AF_UNSPEC;
	next[0] = ai;
	next[1] = address_next(ai, family, false);
	while ((next[0] || next[1]) && list->count < ADDRESS_MAX) {
		const struct addrinfo *from;
		struct address *to;

		if (!next[turn])
			turn = !turn;
		from = next[turn];
		to = &list->items[list->count++];
		memcpy(&to->sa, from->ai_addr, from->ai_addrlen);
		to->len = from->ai_addrlen;
		next[turn] = address_next(from->ai_next, family, turn == 0);
		turn = !turn;
	}
}

static int
address_scope(const char *scope, uint32_t *out)
{
	uint64_t id = if_nametoindex(scope);

	if (!id && num_parse(scope, 1, UINT32_MAX, &id) < 0)
		return -1;
	*out = (uint32_t)id;
	return 0;
}

int
address_list_add_numeric(
    struct address_list *list, const char *host, in_port_t port)
{
	struct address a = { .len = sizeof(a.sa.in) };
	char bare[INET6_ADDRSTRLEN] = "";
	size_t len = strcspn(host, "%");

	if (list->count == ADDRESS_MAX || len >= sizeof(bare))
		return -1;
	if (inet_pton(AF_INET, host, &a.sa.in.sin_addr) == 1) {
		a.sa.in.sin_family = AF_INET;
		a.sa.in.sin_port = htons(port);
		list->items[list->count++] = a;
		return 0;
	}
	memcpy(bare, host, len);
	a = (struct address){ .len = sizeof(a.sa.in6) };
	a.sa.in6.sin6_family = AF_INET6;
	a.sa.in6.sin6_port = htons(port);
	if (inet_pton(AF_INET6, bare, &a.sa.in6.sin6_addr) != 1)
		return -1;
	if (host[len] &&
	    address_scope(host + len + 1, &a.sa.in6.sin6_scope_id) < 0)
		return -1;
	list->items[list->count++] = a;
	return 0;
}

void
address_text(const struct address *a, struct buf *out)
{
	char text[NI_MAXHOST];

	/* a number needs no lookup, so this fails on nonsense alone */
	if (getnameinfo(&a->sa.any, a->len, text, sizeof(text), NULL, 0,
		NI_NUMERICHOST) != 0)
		(void)snprintf(text, sizeof(text), "?");
	(void)buf_add_str(out, text);
}

in_port_t
address_port(const struct address *a)
{
	return ntohs(a->sa.any.sa_family == AF_INET ? a->sa.in.sin_port
						    : a->sa.in6.sin6_port);
}

bool
address_lacks_scope(const struct address *a)
{
	return a->sa.any.sa_family == AF_INET6 && !a->sa.in6.sin6_scope_id &&
	       IN6_IS_ADDR_LINKLOCAL(&a->sa.in6.sin6_addr);
}

bool
address_is_loopback(const struct address *a)
{
	const struct in6_addr *in6 = &a->sa.in6.sin6_addr;

	if (a->sa.any.sa_family == AF_INET)
		return ntohl(a->sa.in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	return IN6_IS_ADDR_LOOPBACK(in6) ||
	       (IN6_IS_ADDR_V4MAPPED(in6) &&
		   in6->s6_addr[12] == IN_LOOPBACKNET);
}
