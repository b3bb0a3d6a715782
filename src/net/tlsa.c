/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "net/tlsa.h"

#include <arpa/nameser.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "net/dnsm.h"
#include "net/dnsq.h"
#include "net/unbound.h"

#define TLSA_TYPE 52

void
tlsa_list_release(struct tlsa_list *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->count; i++)
		free(l->items[i].rdata);
	free(l->base);
	*l = (struct tlsa_list)TLSA_LIST_INIT;
}

/* 1: answered; 0: there is no such name or record; -1: nobody can tell. */
static int
tlsa_ask(const struct tlsa_host *host, const char *name, int type,
    int64_t deadline, struct dnsq_answer *answer, struct error *err)
{
	int rc = host->anchor_file
		     ? unbound_ask(
			   host->anchor_file, name, type, deadline, answer, err)
		     : dnsq(name, type, true, deadline, answer, err);

	if (rc == 0)
		return 1;
	if (err->kind != ERR_HOST)
		return -1;
	error_release(err);
	return 0;
}

static int
tlsa_owner(void *ctx, const struct dnsm_record *r)
{
	char **owner = ctx;

	xreplace(owner, xstrdup(r->owner));
	return 0;
}

/* Whether the addresses are proven; *canonical is whose they are then. */
static int
tlsa_addresses(const struct tlsa_host *host, int64_t deadline, char **canonical,
    bool *is_secure, struct error *err)
{
	static const int types[] = { ns_t_a, ns_t_aaaa };

	*is_secure = false;
	for (size_t i = 0; i < 2 && !*is_secure; i++) {
		AUTO(dnsq_answer) struct dnsq_answer answer = { 0 };
		int rc = tlsa_ask(
		    host, host->name, types[i], deadline, &answer, err);

		if (rc < 0)
			return -1;
		if (rc == 0)
			continue;
		if (!answer.is_secure)
			return 0;
		if (dnsm_answers(answer.message, answer.len, types[i],
			tlsa_owner, canonical, err) < 0)
			return -1;
		*is_secure = *canonical;
	}
	return 0;
}

static int
tlsa_add(void *ctx, const struct dnsm_record *r)
{
	struct tlsa_list *list = ctx;
	struct tlsa *item = &list->items[list->count];

	if (list->count == TLSA_MAX || r->len > TLSA_DATA_MAX)
		return 0;
	item->rdata = xmalloc(r->len + 1);
	memcpy(item->rdata, r->data, r->len);
	item->len = r->len;
	list->count++;
	return 0;
}

/* The records of one name. */
static int
tlsa_records(const struct tlsa_host *host, const char *base, int64_t deadline,
    struct tlsa_list *out, struct error *err)
{
	AUTO(dnsq_answer) struct dnsq_answer answer = { 0 };
	auto_free char *name =
	    xasprintf("_%u._tcp.%s", (unsigned)host->port, base);
	int rc = tlsa_ask(host, name, TLSA_TYPE, deadline, &answer, err);

	if (rc <= 0 || !answer.is_secure)
		return rc < 0 ? -1 : 0;
	xreplace(&out->base, xstrdup(base));
	return dnsm_answers(
	    answer.message, answer.len, TLSA_TYPE, tlsa_add, out, err);
}

/* RFC 7673 3.1: the way to the host must be proven, too. */
static int
tlsa_service(const struct tlsa_host *host, int64_t deadline, bool *is_secure,
    struct error *err)
{
	AUTO(dnsq_answer) struct dnsq_answer answer = { 0 };
	int rc;

	*is_secure = true;
	if (!host->service)
		return 0;
	rc = tlsa_ask(host, host->service, ns_t_srv, deadline, &answer, err);
	*is_secure = rc > 0 && answer.is_secure;
	return rc < 0 ? -1 : 0;
}

int
tlsa_find(const struct tlsa_host *host, int64_t deadline, struct tlsa_list *out,
    enum tlsa_state *state, struct error *err)
{
	auto_free char *canonical = NULL;
	bool is_secure;

	tlsa_list_release(out);
	*state = TLSA_INSECURE;
	if (tlsa_service(host, deadline, &is_secure, err) < 0)
		return -1;
	if (!is_secure)
		return 0;
	if (tlsa_addresses(host, deadline, &canonical, &is_secure, err) < 0)
		return -1;
	if (!is_secure)
		return 0;
	/* RFC 7671 7: of an alias first the name that it stands for */
	if (tlsa_records(host, canonical, deadline, out, err) < 0)
		return -1;
	if (!out->count && !text_caseeq(canonical, host->name) &&
	    tlsa_records(host, host->name, deadline, out, err) < 0)
		return -1;
	*state = out->count ? TLSA_FOUND : TLSA_NONE;
	return 0;
}
