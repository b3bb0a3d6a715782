/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "net/targets.h"

#include <stdlib.h>

#include "base/host.h"
#include "base/i18n.h"
#include "base/xalloc.h"

void
target_release(struct target *t)
{
	if (!t)
		return;
	free(t->name);
	*t = (struct target)TARGET_INIT;
}

int
targets_init(struct targets *t, const char *text, uint16_t port,
    bool allow_services, struct error *err)
{
	*t = (struct targets){ .port = port, .allow_services = allow_services };
	/* a mistake in the last name is one before the first is tried */
	return hosts_parse(&t->hosts, text, err);
}

void
targets_release(struct targets *t)
{
	if (t)
		hosts_release(&t->hosts);
}

size_t
targets_left(const struct targets *t)
{
	return t->service.count - t->service_at + t->hosts.count - t->at;
}

/* The next server of the service at hand: 1, or -1. */
static int
targets_served(struct targets *t, struct target *out, struct error *err)
{
	const struct srv *srv = &t->service.items[t->service_at++];
	char *name = NULL;

	if (host_to_ascii(srv->target, &name, err) < 0)
		return -1;
	target_release(out);
	*out = (struct target){ &t->hosts.items[t->at - 1], name, srv->port };
	return 1;
}

int
targets_next(
    struct targets *t, int64_t deadline, struct target *out, struct error *err)
{
	const struct host *host;

	if (t->service_at < t->service.count)
		return targets_served(t, out, err);
	if (t->at == t->hosts.count)
		return 0;
	host = &t->hosts.items[t->at++];
	if (!host->is_service) {
		target_release(out);
		*out = (struct target){ host, xstrdup(host->name), t->port };
		return 1;
	}
	if (!t->allow_services)
		return err_set(err, ERR_CONFIG,
		    _("%s cannot be looked up through a proxy"), host->name);
	t->service.count = t->service_at = 0;
	if (srv_lookup(host->name, deadline, &t->service, err) < 0) {
		t->service.count = 0;
		return -1;
	}
	return targets_served(t, out, err);
}
