/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "net/hosts.h"

#include <string.h>

#include "base/host.h"
#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"

void
hosts_release(struct hosts *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < h->count; i++) {
		free(h->items[i].name);
		free(h->items[i].identity);
	}
	h->count = 0;
}

/* The domain behind "_service._tcp.", or NULL. */
static const char *
hosts_domain(const char *name)
{
	static const char transport[] = "._tcp.";
	const char *dot = strchr(name, '.');

	if (name[0] != '_' || !dot || dot == name + 1 ||
	    !text_has_caseprefix(dot, transport))
		return NULL;
	dot += sizeof(transport) - 1;
	return *dot ? dot : NULL;
}

static int
hosts_add(struct hosts *h, const char *word, struct error *err)
{
	struct host *host = &h->items[h->count];
	auto_free char *name = NULL;
	const char *domain;

	if (h->count == HOSTS_MAX)
		return err_set(err, ERR_CONFIG,
		    _("more than %d hosts in one account"), HOSTS_MAX);
	if (host_to_ascii(word, &name, err) < 0)
		return -1;
	domain = hosts_domain(name);
	host->is_service = domain != NULL;
	host->is_submissions =
	    domain && text_has_caseprefix(name, "_submissions.");
	host->identity = xstrdup(domain ? domain : name);
	host->name = auto_take(name);
	h->count++;
	return 0;
}

int
hosts_parse(struct hosts *h, const char *text, struct error *err)
{
	AUTO(hosts) struct hosts fresh = HOSTS_INIT;
	auto_free char *copy = xstrdup(text);
	char *rest = copy;

	while (rest) {
		char *word = strsep(&rest, ",");

		if (hosts_add(&fresh, text_trim(word), err) < 0)
			return -1;
	}
	*h = fresh;
	fresh.count = 0;
	return 0;
}
