/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "net/srv.h"

#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>

#include "base/auto.h"
#include "base/host.h"
#include "base/i18n.h"
#include "net/dnsm.h"
#include "net/dnsq.h"

/* RFC 2782: priority, weight, port, then the target. */
#define SRV_FIXED 6

static bool
srv_is_host(const char *name)
{
	AUTO(error) struct error err = ERROR_INIT;
	auto_free char *ascii = NULL;

	return !host_is_numeric(name) && host_to_ascii(name, &ascii, &err) == 0;
}

/* -1: no name can be read there. */
static int
srv_read(const struct dnsm_record *r, struct srv *out)
{
	const unsigned char *data = r->data;

	if (r->len <= SRV_FIXED)
		return -1;
	out->priority = (uint16_t)(data[0] << 8 | data[1]);
	out->weight = (uint16_t)(data[2] << 8 | data[3]);
	out->port = (uint16_t)(data[4] << 8 | data[5]);
	if (ns_name_uncompress(r->message, data + r->len, data + SRV_FIXED,
		out->target, sizeof(out->target)) < 0)
		return -1;
	if (strcmp(out->target, ".") == 0)
		out->target[0] = '\0';
	return 0;
}

static int
srv_add(void *ctx, const struct dnsm_record *r)
{
	struct srv_list *list = ctx;
	struct srv *srv = &list->items[list->count];

	if (list->count == SRV_MAX)
		return 0;
	if (srv_read(r, srv) < 0)
		return -1;
	list->count +=
	    !srv->target[0] || (srv->port && srv_is_host(srv->target));
	return 0;
}

int
srv_parse(const unsigned char *message, size_t len, struct srv_list *out,
    struct error *err)
{
	out->count = 0;
	return dnsm_answers(message, len, ns_t_srv, srv_add, out, err);
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
	AUTO(dnsq_answer) struct dnsq_answer answer = { 0 };

	if (dnsq(name, ns_t_srv, false, deadline, &answer, err) < 0 ||
	    srv_parse(answer.message, answer.len, out, err) < 0)
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
