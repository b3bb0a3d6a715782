/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/tls_setup.h"

#include <string.h>

#include "base/i18n.h"

struct tls_params
tls_setup_params(const struct account *a, const char *host)
{
	struct tls_params p = {
		.host = host,
		.trust_file = a->tls_trust_file,
		.crl_file = a->tls_crl_file,
		.verify = TLS_VERIFY_REQUIRED,
		.pins = { a->tls_fingerprint, a->tls_pin, a->tls_pin_mode },
		.client = { a->tls_cert_file, a->tls_key_file },
		.priority = { a->tls_priorities, a->tls_min_dh_prime_bits },
	};

	if (a->tls_host_override && *a->tls_host_override)
		p.host = a->tls_host_override;
	if (p.trust_file &&
	    (!*p.trust_file || strcmp(p.trust_file, "system") == 0))
		p.trust_file = NULL;
	if (a->tls_certcheck == TOGGLE_OFF)
		p.verify = TLS_VERIFY_OFF;
	return p;
}

bool
tls_setup_is_pinned(const struct account *a)
{
	return a->tls_certcheck != TOGGLE_OFF &&
	       (a->tls_fingerprint || a->tls_pin);
}

int
tls_setup_check(const struct account *a, struct error *err)
{
	struct tls_params params = tls_setup_params(a, "localhost");
	bool has_name =
	    a->host || (a->tls_host_override && *a->tls_host_override);

	if (a->tls == TOGGLE_OFF)
		return 0;
	if ((a->tls == TOGGLE_ON || tls_setup_is_pinned(a)) && !has_name) {
		(void)err_set(err, ERR_CONFIG,
		    _("there is no name that the certificate must prove"));
		return err_hint(err,
		    _("Add a line 'host NAME' or 'tls_host_override NAME' to "
		      "the account."));
	}
	if (a->tls_certcheck == TOGGLE_OFF && a->tls_pin) {
		(void)err_set(err, ERR_CONFIG,
		    _("tls_certcheck off leaves nothing for tls_pin to do"));
		return err_hint(err,
		    _("Say tls_pin_mode only instead of tls_certcheck off, to "
		      "trust the pin alone."));
	}
	return tls_check(&params, err);
}
