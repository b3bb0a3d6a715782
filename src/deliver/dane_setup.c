/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/dane_setup.h"

#include "base/i18n.h"

void
dane_setup_release(struct dane_setup *d)
{
	if (!d)
		return;
	tlsa_list_release(&d->records);
	*d = (struct dane_setup)DANE_SETUP_INIT;
}

/* Nothing to go by, for this reason. */
static int
dane_setup_none(const struct account *a, const char *why, const char *hint,
    struct error *err)
{
	if (a->tls_dane != DANE_POLICY_REQUIRE)
		return 0;
	(void)err_set(err, ERR_TLS_CERT,
	    _("the DNS does not prove the server's certificate, which tls_dane "
	      "requires: %s"),
	    why);
	return hint ? err_hint(err, "%s", hint) : -1;
}

static void
dane_setup_fill(struct dane_setup *d)
{
	for (size_t i = 0; i < d->records.count; i++)
		(void)dane_add(&d->dane, d->records.items[i].rdata,
		    d->records.items[i].len);
	d->dane.base = d->records.base;
	d->is_used = d->dane.count > 0;
}

int
dane_setup_find(struct dane_setup *d, const struct account *a,
    const struct peer *peer, int64_t deadline, struct error *err)
{
	struct tlsa_host host = { peer->name, peer->port, peer->service,
		a->tls_dane_anchor };
	enum tlsa_state state;

	if ((a->tls_dane != DANE_POLICY_TRY &&
		a->tls_dane != DANE_POLICY_REQUIRE) ||
	    a->tls == TOGGLE_OFF)
		return 0;
	if (!host.name)
		return dane_setup_none(a,
		    _("an address, a socket or what is behind a proxy is not "
		      "looked up"),
		    NULL, err);
	if (tlsa_find(&host, deadline, &d->records, &state, err) < 0)
		return -1;
	if (state == TLSA_INSECURE)
		return dane_setup_none(a, _("its answers are not proven"),
		    a->tls_dane_anchor
			? NULL
			: _("The system's resolver must check DNSSEC and "
			    "/etc/resolv.conf must say 'options trust-ad'; or "
			    "set tls_dane_anchor."),
		    err);
	if (state == TLSA_NONE)
		return dane_setup_none(
		    a, _("it has no TLSA record for the server"), NULL, err);
	dane_setup_fill(d);
	if (d->is_used)
		return 0;
	return dane_setup_none(
	    a, _("none of its TLSA records can be used"), NULL, err);
}
