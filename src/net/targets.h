/* SPDX-License-Identifier: ISC */
/* The machines behind the value of `host`, one after another. */
#ifndef NET_TARGETS_H
#define NET_TARGETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "net/hosts.h"
#include "net/srv.h"

struct targets {
	struct hosts hosts;
	size_t at; /* in hosts: the next one */
	uint16_t port;
	bool allow_services;
	struct srv_list service; /* of hosts.items[at - 1] */
	size_t service_at;
};

/* One of them; host is borrowed from the list. */
struct target {
	const struct host *host;
	char *name; /* in A-labels, or an address; owned */
	uint16_t port;
};

#define TARGET_INIT                                                            \
	{                                                                      \
		NULL, NULL, 0                                                  \
	}

void target_release(struct target *t);
AUTO_DEFINE(target);

/* text: see hosts_parse(); port: of those that are no service. */
int targets_init(struct targets *t, const char *text, uint16_t port,
    bool allow_services, struct error *err);
void targets_release(struct targets *t);
AUTO_DEFINE(targets);

/* How many are known to be left; one for a service that was not looked up. */
size_t targets_left(const struct targets *t);

/* The next one: 1, or 0 when there is none.  -1 with err when one is there but
 * nobody knows where (errors of srv_lookup(), ERR_CONFIG where services are not
 * allowed): the next call goes on behind it. */
int targets_next(
    struct targets *t, int64_t deadline, struct target *out, struct error *err);

#endif
