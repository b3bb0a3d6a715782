/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "net/srv.h"

#include <arpa/nameser.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>

#include "base/auto.h"
#include "base/host.h"
#include "base/i18n.h"
#include "net/dnsq.h"

/* RFC 2782: priority, weight, port, then the target. */
#define SRV_FIXED 6

/* The C library's parsers of DNS messages. */
struct srv_parsers {
	int (*message)(const unsigned char *p, int len, ns_msg *out);
	int (*record)(ns_msg *m, ns_sect section, int i, ns_rr *out);
};

#ifdef HAVE_NS_INITPARSE

static int
srv_parsers_find(struct srv_parsers *p)
{
	*p = (struct srv_parsers){ ns_initparse, ns_parserr };
	return 0;
}

#else

/* In a library that no other mail needs; once open it stays so. */
static int
srv_parsers_find(struct srv_parsers *p)
{
	void *lib = dlopen("libresolv.so.2", RTLD_NOW | RTLD_LOCAL);

	if (!lib)
		return -1;
	*(void **)&p->message = dlsym(lib, "ns_initparse");
	*(void **)&p->record = dlsym(lib, "ns_parserr");
	return p->message && p->record ? 0 : -1;
}

#endif

static bool
srv_is_host(const char *name)
{
	AUTO(error) struct error err = ERROR_INIT;
	auto_free char *ascii = NULL;

	return !host_is_numeric(name) && host_to_ascii(name, &ascii, &err) == 0;
}

/* -1: no name can be read there. */
static int
srv_read(const ns_msg *m, const ns_rr *rr, struct srv *out)
{
	const unsigned char *data = ns_rr_rdata(*rr);

	if (ns_rr_rdlen(*rr) <= SRV_FIXED)
		return -1;
	out->priority = (uint16_t)(data[0] << 8 | data[1]);
	out->weight = (uint16_t)(data[2] << 8 | data[3]);
	out->port = (uint16_t)(data[4] << 8 | data[5]);
	if (ns_name_uncompress(ns_msg_base(*m), data + ns_rr_rdlen(*rr),
		data + SRV_FIXED, out->target, sizeof(out->target)) < 0)
		return -1;
	if (strcmp(out->target, ".") == 0)
		out->target[0] = '\0';
	return 0;
}

static int
srv_broken(struct error *err)
{
	return err_set(
	    err, ERR_HOST_TEMP, _("the answer of the DNS is broken"));
}

int
srv_parse(const unsigned char *message, size_t len, struct srv_list *out,
    struct error *err)
{
	struct srv_parsers parse;
	ns_msg m;

	out->count = 0;
	if (srv_parsers_find(&parse) < 0)
		return err_set(err, ERR_SOFTWARE,
		    _("the C library's DNS functions cannot be loaded"));
	if (len > NS_MAXMSG || parse.message(message, (int)len, &m) < 0)
		return srv_broken(err);
	for (int i = 0; i < ns_msg_count(m, ns_s_an); i++) {
		struct srv *srv = &out->items[out->count];
		ns_rr rr;

		if (parse.record(&m, ns_s_an, i, &rr) < 0)
			return srv_broken(err);
		if (ns_rr_type(rr) != ns_t_srv || ns_rr_class(rr) != ns_c_in)
			continue;
		if (srv_read(&m, &rr, srv) < 0)
			return srv_broken(err);
		if (srv->target[0] && (!srv->port || !srv_is_host(srv->target)))
			continue;
		if (++out->count == SRV_MAX)
			break;
	}
	return 0;
}

static void
srv_move(struct srv_list *list, size_t from, size_t to)
{
	struct srv moved = list->items[from];

	memmove(&list->items[to + 1], &list->items[to],
	    (from - to) * sizeof(moved));
	list->items[to] = moved;
}

/* Of those from `at` on that have the lowest priority, how many there are;
 * they are brought to the front, weight 0 before the others. */
static size_t
srv_gather(struct srv_list *list, size_t at)
{
	uint16_t lowest = UINT16_MAX;
	size_t end = at;

	for (size_t i = at; i < list->count; i++)
		if (list->items[i].priority < lowest)
			lowest = list->items[i].priority;
	for (size_t i = at; i < list->count; i++)
		if (list->items[i].priority == lowest) {
			srv_move(list, i, list->items[i].weight ? end : at);
			end++;
		}
	return end - at;
}

void
srv_order(struct srv_list *list, srv_random *pick, void *ctx)
{
	size_t same = 0;

	for (size_t at = 0; at < list->count; at++, same--) {
		uint32_t sum = 0, chosen;
		size_t i = at;

		if (!same)
			same = srv_gather(list, at);
		for (size_t j = at; j < at + same; j++)
			sum += list->items[j].weight;
		chosen = pick(ctx, sum);
		sum = list->items[i].weight;
		while (sum < chosen)
			sum += list->items[++i].weight;
		srv_move(list, i, at);
	}
}

static uint32_t
srv_chance(void *ctx, uint32_t max)
{
	uint32_t bits = 0;

	(void)ctx;
	/* without randomness the load is spread badly, no more than that */
	if (getrandom(&bits, sizeof(bits), GRND_NONBLOCK) != sizeof(bits))
		return 0;
	return (uint32_t)((uint64_t)bits * ((uint64_t)max + 1) >> 32);
}

int
srv_lookup(
    const char *name, int64_t deadline, struct srv_list *out, struct error *err)
{
	auto_free unsigned char *answer = NULL;
	size_t len = 0;

	if (dnsq(name, ns_t_srv, deadline, &answer, &len, err) < 0 ||
	    srv_parse(answer, len, out, err) < 0)
		return -1;
	if (!out->count)
		return err_set(
		    err, ERR_HOST, _("%s names no server in the DNS"), name);
	if (out->count == 1 && !out->items[0].target[0])
		return err_set(
		    err, ERR_HOST, _("%s: the service is not offered"), name);
	srv_order(out, srv_chance, NULL);
	return 0;
}
