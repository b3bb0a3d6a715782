/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "tls/priority.h"

#include <stdint.h>

#include "base/i18n.h"
#include "base/num.h"
#include "base/text.h"

/*
 * Added to the library's (and the distribution's) default: TLS 1.2 at least,
 * forward secrecy and authenticated encryption alone, no 1024-bit keys and no
 * SHA-1 in certificates, secure renegotiation signalled (RFC 9325).
 */
#define PRIORITY_OURS                                                          \
	"-VERS-TLS1.1:-VERS-TLS1.0:-VERS-DTLS-ALL:-RSA:-DHE-RSA:"              \
	"-AES-128-CBC:-AES-256-CBC:-AES-128-CCM:-AES-256-CCM:"                 \
	"%PROFILE_MEDIUM:%SAFE_RENEGOTIATION"

#define PRIORITY_DH_BITS_MAX 65536

static bool
priority_has_old(gnutls_priority_t priority)
{
	const unsigned *versions = NULL;
	int count = gnutls_priority_protocol_list(priority, &versions);

	for (int i = 0; i < count; i++)
		if (versions[i] == GNUTLS_SSL3 ||
		    versions[i] == GNUTLS_TLS1_0 ||
		    versions[i] == GNUTLS_TLS1_1)
			return true;
	return false;
}

static int
priority_invalid(const char *option, const char *value, struct error *err)
{
	auto_free char *shown = text_escaped(value);

	return err_set(
	    err, ERR_CONFIG, _("invalid value \"%s\" for %s"), shown, option);
}

static int
priority_check_list(const char *list, bool *is_old, struct error *err)
{
	gnutls_priority_t priority = NULL;
	const char *at = NULL;
	int rc;

	if (gnutls_load(err) < 0)
		return -1;
	rc = gnutls_priority_init(&priority, list, &at);
	if (rc >= 0) {
		*is_old = priority_has_old(priority);
		gnutls_priority_deinit(priority);
		return 0;
	}
	(void)priority_invalid("tls_priorities", list, err);
	if (!at)
		at = list;
	(void)err_detail(err, "%s (character %td: \"%s\")", gnutls_strerror(rc),
	    at - list + 1, at);
	return err_hint(
	    err, _("Without it the system's choice holds, TLS 1.2 or newer; "
		   "\"gnutls-cli --list\" shows the words."));
}

int
priority_check(
    const struct priority_text *text, bool *is_old, struct error *err)
{
	uint64_t bits;

	*is_old = false;
	if (text->min_dh_bits && *text->min_dh_bits &&
	    num_parse(text->min_dh_bits, 1, PRIORITY_DH_BITS_MAX, &bits) < 0)
		return priority_invalid(
		    "tls_min_dh_prime_bits", text->min_dh_bits, err);
	if (!text->list || !*text->list)
		return 0;
	return priority_check_list(text->list, is_old, err);
}

int
priority_apply(const struct priority_text *text, gnutls_session_t session)
{
	bool is_theirs = text->list && *text->list;
	uint64_t bits;
	int rc = is_theirs
		     ? gnutls_priority_set_direct(session, text->list, NULL)
		     : gnutls_set_default_priority_append(
			   session, PRIORITY_OURS, NULL, 0);

	/* after the list, which has an opinion on that, too */
	if (rc >= 0 && text->min_dh_bits &&
	    num_parse(text->min_dh_bits, 1, PRIORITY_DH_BITS_MAX, &bits) == 0)
		gnutls_dh_set_prime_bits(session, (unsigned)bits);
	return rc;
}
