/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "net/dnsm.h"

#include <arpa/nameser.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <resolv.h>

#include "base/i18n.h"

/* The C library's parsers of DNS messages. */
struct dnsm_parsers {
	int (*message)(const unsigned char *p, int len, ns_msg *out);
	int (*record)(ns_msg *m, ns_sect section, int i, ns_rr *out);
};

#ifdef HAVE_NS_INITPARSE

static int
dnsm_parsers_find(struct dnsm_parsers *p)
{
	*p = (struct dnsm_parsers){ ns_initparse, ns_parserr };
	return 0;
}

#else

/* In a library that no other mail needs; once open it stays so. */
static int
dnsm_parsers_find(struct dnsm_parsers *p)
{
	void *lib = dlopen("libresolv.so.2", RTLD_NOW | RTLD_LOCAL);

	if (!lib)
		return -1;
	*(void **)&p->message = dlsym(lib, "ns_initparse");
	*(void **)&p->record = dlsym(lib, "ns_parserr");
	return p->message && p->record ? 0 : -1;
}

#endif

static int
dnsm_broken(struct error *err)
{
	return err_set(
	    err, ERR_HOST_TEMP, _("the answer of the DNS is broken"));
}

int
dnsm_answers(const unsigned char *message, size_t len, int type,
    dnsm_each *each, void *ctx, struct error *err)
{
	struct dnsm_parsers parse;
	ns_msg m;

	if (dnsm_parsers_find(&parse) < 0)
		return err_set(err, ERR_SOFTWARE,
		    _("the C library's DNS functions cannot be loaded"));
	if (len > NS_MAXMSG || parse.message(message, (int)len, &m) < 0)
		return dnsm_broken(err);
	for (int i = 0; i < ns_msg_count(m, ns_s_an); i++) {
		struct dnsm_record r = { .message = message };
		ns_rr rr;

		if (parse.record(&m, ns_s_an, i, &rr) < 0)
			return dnsm_broken(err);
		if ((int)ns_rr_type(rr) != type || ns_rr_class(rr) != ns_c_in)
			continue;
		r.owner = ns_rr_name(rr);
		r.data = ns_rr_rdata(rr);
		r.len = ns_rr_rdlen(rr);
		if (each(ctx, &r) < 0)
			return dnsm_broken(err);
	}
	return 0;
}
