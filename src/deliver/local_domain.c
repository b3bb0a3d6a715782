/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/local_domain.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "deliver/expand.h"
#include "mail/addr.h"

static bool
local_domain_is_valid(const char *domain)
{
	auto_free char *addr = xasprintf("x@%s", domain);
	size_t at;

	return *domain && addr_fault(addr, strlen(addr), &at) == NULL;
}

static bool
local_domain_is_full(const char *domain)
{
	return domain && strchr(domain, '.') && *domain != '[' &&
	       local_domain_is_valid(domain);
}

static char *
local_domain_guess(const struct account *a)
{
	const struct expand with = { NULL, EXPAND_MAILNAME };
	AUTO(error) struct error err = ERROR_INIT;
	auto_free char *found = NULL;

	if (a->maildomain && local_domain_is_valid(a->maildomain))
		return xstrdup(a->maildomain);
	if (expand_text("%M", &with, &found, &err) == 0 &&
	    local_domain_is_valid(found))
		return auto_take(found);
	if (local_domain_is_full(a->domain))
		return xstrdup(a->domain);
	xreplace(&found, addr_host_name());
	return local_domain_is_full(found) ? auto_take(found) : NULL;
}

static bool
local_domain_is_word(const char *wanted)
{
	return strcmp(wanted, "off") == 0 || strcmp(wanted, "auto") == 0;
}

int
local_domain_check(const char *wanted, struct error *err)
{
	auto_free char *shown = NULL;

	if (local_domain_is_word(wanted) || local_domain_is_valid(wanted))
		return 0;
	shown = text_escaped(wanted);
	(void)err_set(
	    err, ERR_CONFIG, _("qualify_domain: %s is not a domain"), shown);
	return err_hint(err, _("Write auto, off or a domain."));
}

int
local_domain_find(const struct account *a, const struct plan *plan, char **out,
    struct error *err)
{
	const char *wanted = a->qualify_domain;

	if (!wanted)
		wanted =
		    plan->personality == PERSONALITY_SENDMAIL ? "auto" : "off";
	if (local_domain_check(wanted, err) < 0)
		return -1;
	if (strcmp(wanted, "off") == 0)
		xreplace(out, NULL);
	else if (strcmp(wanted, "auto") == 0)
		xreplace(out, local_domain_guess(a));
	else
		xreplace(out, xstrdup(wanted));
	return 0;
}
