/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/tls_setup.h"

#include <string.h>

#include "base/i18n.h"
#include "conf/conf.h"

struct tls_params
tls_setup_params(const struct account *a, const char *host)
{
	struct tls_params p = {
		.host = host,
		.trust_file = a->tls_trust_file,
		.crl_file = a->tls_crl_file,
		.verify = TLS_VERIFY_REQUIRED,
		.pins = { a->tls_fingerprint, a->tls_pin, a->tls_pin_mode },
		.client = { .cert = a->tls_cert_file, .key = a->tls_key_file },
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

#define PARAM(name) offsetof(struct tls_params, name)

/* Which part of the parameters each setting is; the second one is what the
 * first cannot do without. */
static const struct tls_setup_row {
	enum opt_id id;
	size_t field, with;
} tls_setup_rows[] = {
	{ OPT_TLS_HOST_OVERRIDE, PARAM(host), PARAM(host) },
	{ OPT_TLS_PRIORITIES, PARAM(priority.list), PARAM(priority.list) },
	{ OPT_TLS_MIN_DH_PRIME_BITS, PARAM(priority.min_dh_bits),
	    PARAM(priority.min_dh_bits) },
	{ OPT_TLS_FINGERPRINT, PARAM(pins.fingerprint),
	    PARAM(pins.fingerprint) },
	{ OPT_TLS_PIN, PARAM(pins.keys), PARAM(pins.keys) },
	{ OPT_TLS_PIN_MODE, PARAM(pins.mode), PARAM(pins.keys) },
	{ OPT_TLS_TRUST_FILE, PARAM(trust_file), PARAM(trust_file) },
	{ OPT_TLS_CRL_FILE, PARAM(crl_file), PARAM(trust_file) },
	{ OPT_TLS_CERT_FILE, PARAM(client.cert), PARAM(client.key) },
	{ OPT_TLS_KEY_FILE, PARAM(client.key), PARAM(client.cert) },
};

static const char **
tls_setup_param(struct tls_params *p, size_t field)
{
	return (const char **)(void *)((char *)p + field);
}

/* The setting that is wrong in itself, so that the same is said when there is
 * nothing else; the account's own place where there is none such. */
static int
tls_setup_blame(
    const struct account *a, struct tls_params *params, struct error *err)
{
	for (size_t i = 0;
	     i < sizeof(tls_setup_rows) / sizeof(tls_setup_rows[0]); i++) {
		const struct tls_setup_row *row = &tls_setup_rows[i];
		const char *value = *tls_setup_param(params, row->field);
		const char *with = *tls_setup_param(params, row->with);
		AUTO(error) struct error alone = ERROR_INIT;
		struct tls_params only = { .host = "localhost",
			.verify = TLS_VERIFY_REPORT };

		if (!value)
			continue;
		*tls_setup_param(&only, row->with) = with;
		*tls_setup_param(&only, row->field) = value;
		if (tls_check(&only, &alone) < 0 &&
		    strcmp(alone.text, err->text) == 0)
			return account_blame(a, row->id, err);
	}
	return account_blame(a, OPT_TLS, err);
}

static int
tls_setup_check_name(const struct account *a, struct error *err)
{
	bool has_name =
	    a->host || (a->tls_host_override && *a->tls_host_override);

	if ((a->tls != TOGGLE_ON && !tls_setup_is_pinned(a)) || has_name)
		return 0;
	(void)err_set(err, ERR_CONFIG,
	    _("there is no name that the certificate must prove"));
	(void)err_hint(
	    err, _("Add a line 'host NAME' or 'tls_host_override NAME' to the "
		   "account."));
	return account_blame(a, OPT_TLS, err);
}

int
tls_setup_check(const struct account *a, struct error *err)
{
	struct tls_params params = tls_setup_params(a, "localhost");

	if (a->tls == TOGGLE_OFF && a->tls_dane != DANE_POLICY_REQUIRE)
		return 0;
	if (a->tls == TOGGLE_OFF) {
		(void)err_set(err, ERR_CONFIG,
		    _("tls off leaves nothing for tls_dane to do"));
		return account_blame(a, OPT_TLS_DANE, err);
	}
	if (tls_setup_check_name(a, err) < 0)
		return -1;
	if (a->tls_certcheck == TOGGLE_OFF &&
	    (a->tls_dane == DANE_POLICY_TRY ||
		a->tls_dane == DANE_POLICY_REQUIRE)) {
		(void)err_set(err, ERR_CONFIG,
		    _("tls_certcheck off leaves nothing for tls_dane to do"));
		return account_blame(a, OPT_TLS_DANE, err);
	}
	if (a->tls_certcheck == TOGGLE_OFF && a->tls_pin) {
		(void)err_set(err, ERR_CONFIG,
		    _("tls_certcheck off leaves nothing for tls_pin to do"));
		(void)err_hint(err,
		    _("Say tls_pin_mode only instead of tls_certcheck off, to "
		      "trust the pin alone."));
		return account_blame(a, OPT_TLS_PIN, err);
	}
	return tls_check(&params, err) < 0 ? tls_setup_blame(a, &params, err)
					   : 0;
}
