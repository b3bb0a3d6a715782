/* SPDX-License-Identifier: ISC */
/* The value of `host`: one name, several, or that of a service. */
#ifndef NET_HOSTS_H
#define NET_HOSTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/error.h"

#define HOSTS_MAX 16

struct host {
	char *name;          /* in A-labels, or an address; what is looked up */
	char *identity;      /* what a certificate must prove: name, or for a
			      * service its domain (RFC 6186 6), for the DNS that
			      * names its servers can be forged */
	bool is_service;     /* name is that of SRV records (RFC 2782) */
	bool is_submissions; /* TLS is the service's begin (RFC 8314 3.3) */
};

struct hosts {
	struct host items[HOSTS_MAX];
	size_t count;
};

#define HOSTS_INIT                                                             \
	{                                                                      \
		.count = 0                                                     \
	}

/*
 * Parses "a.example, b.example".  A name whose second label is "_tcp" names a
 * service: _submissions._tcp.example.org.  ERR_CONFIG for what cannot be a
 * name or an address, and for more than HOSTS_MAX.
 */
int hosts_parse(struct hosts *h, const char *text, struct error *err);
void hosts_release(struct hosts *h);
AUTO_DEFINE(hosts);

#endif
