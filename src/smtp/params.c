/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "smtp/params.h"

#include <inttypes.h>
#include <string.h>

#include "base/host.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "mail/addr.h"

bool
params_is_wide(const char *addr)
{
	const char *domain = addr_domain(addr);

	return !text_is_ascii(
	    addr, domain ? (size_t)(domain - addr) : strlen(addr));
}

int
params_address(const char *addr, bool is_utf8, char **out, struct error *err)
{
	const char *domain = addr_domain(addr);
	auto_free char *form = NULL;

	if (domain && is_utf8) {
		form = host_to_unicode(domain);
	} else if (domain && !text_is_ascii(domain, strlen(domain)) &&
		   host_to_ascii(domain, &form, err) < 0) {
		err->kind = ERR_ADDRESS;
		return -1;
	}
	*out = form ? xasprintf("%.*s%s", (int)(domain - addr), addr, form)
		    : xstrdup(addr);
	return 0;
}

void
params_mail(struct buf *out, const struct transact *t)
{
	if (transact_has(t, SMTP_EXT_SIZE))
		(void)buf_printf(out, " SIZE=%" PRIu64, t->size);
	if (t->is_8bit && transact_has(t, SMTP_EXT_8BITMIME))
		(void)buf_add_str(out, " BODY=8BITMIME");
	if (t->is_utf8)
		(void)buf_add_str(out, " SMTPUTF8");
}
