/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "tls/verify.h"

#include <arpa/inet.h>
#include <string.h>
#include <time.h>

#include "base/host.h"
#include "base/i18n.h"
#include "base/text.h"
#include "tls/describe.h"

/* Seconds by which the responder's clock may be ahead of ours. */
#define VERIFY_CLOCK_SKEW 300

/* The octets of an address without its scope; their number, 0 for a name. */
static size_t
verify_address(const char *host, uint8_t out[16])
{
	char bare[INET6_ADDRSTRLEN] = "";
	size_t len = strcspn(host, "%");

	if (len >= sizeof(bare))
		return 0;
	memcpy(bare, host, len);
	if (inet_pton(AF_INET, bare, out) == 1)
		return 4;
	return inet_pton(AF_INET6, bare, out) == 1 ? 16 : 0;
}

static bool
verify_text_is(const struct der *name, const char *text, size_t len)
{
	return name->len == len &&
	       text_caseeq_n((const char *)name->p, text, len);
}

/* RFC 9525 6.3: the whole name, or "*" for the whole first label.  A "*" needs
 * two labels behind it. */
static bool
verify_dns_matches(const struct der *name, const char *host)
{
	const char *parent = strchr(host, '.');
	struct der behind;

	if (verify_text_is(name, host, strlen(host)))
		return true;
	if (!parent || !strchr(parent + 1, '.') || name->len < 2 ||
	    name->p[0] != '*')
		return false;
	behind = (struct der){ name->p + 1, name->len - 1 };
	return verify_text_is(&behind, parent, strlen(parent));
}

bool
verify_names_host(const struct cert *leaf, const char *host)
{
	struct der names = cert_names(leaf), name;
	uint8_t address[16];
	size_t len = verify_address(host, address);
	const struct der wanted = { address, len };
	unsigned kind;

	while (cert_name_next(&names, &kind, &name)) {
		if (len && kind == CERT_NAME_IP && der_equal(&name, &wanted))
			return true;
		if (!len && kind == CERT_NAME_DNS &&
		    verify_dns_matches(&name, host))
			return true;
	}
	return false;
}

/* The library's judgement under the trust anchors of list, which is taken. */
static int
verify_judge(const struct verify *v, gnutls_session_t session,
    gnutls_x509_trust_list_t list, unsigned *status)
{
	uint8_t address[16];
	size_t len = verify_address(v->host, address);
	gnutls_typed_vdata_st wanted[2] = {
		{ GNUTLS_DT_DNS_HOSTNAME, (unsigned char *)v->host, 0 },
		{ GNUTLS_DT_KEY_PURPOSE_OID,
		    (unsigned char *)GNUTLS_KP_TLS_WWW_SERVER, 0 },
	};

	if (!list)
		return GNUTLS_E_MEMORY_ERROR;
	if (len) {
		wanted[0].type = GNUTLS_DT_IP_ADDRESS;
		wanted[0].data = address;
		wanted[0].size = (unsigned)len;
	}
	gnutls_certificate_set_trust_list(v->cred, list, 0);
	return gnutls_certificate_verify_peers(session, wanted, 2, status);
}

/* Issuers and subjects of the chain; false when one cannot be read. */
static bool
verify_chain_names(
    const gnutls_datum_t *chain, unsigned count, struct der *names)
{
	struct cert c;

	for (unsigned i = 0; i < count; i++) {
		if (!cert_read(chain[i].data, chain[i].size, &c))
			return false;
		names[2 * i] = c.issuer;
		names[2 * i + 1] = c.subject;
	}
	return true;
}

static int
verify_chain_size(
    const gnutls_datum_t *chain, unsigned count, struct error *err)
{
	size_t octets = 0;

	if (!chain || !count)
		return err_set(
		    err, ERR_TLS_CERT, _("the server sent no certificate"));
	for (unsigned i = 0; i < count; i++)
		octets += chain[i].size;
	if (count <= VERIFY_CHAIN_MAX && octets <= VERIFY_CHAIN_OCTETS)
		return 0;
	(void)err_set(
	    err, ERR_TLS_CERT, _("the server's certificate chain is too long"));
	return err_detail(err, "%u certificates, %zu octets", count, octets);
}

/* What the server stapled says "good" of the leaf in its first answer, or the
 * server stapled nothing (RFC 6066 8).  The library lets some that say neither
 * good nor revoked pass. */
static bool
verify_staple_is_good(gnutls_session_t session, const gnutls_datum_t *leaf)
{
	gnutls_datum_t staple;
	gnutls_ocsp_resp_t resp;
	gnutls_x509_crt_t crt = NULL;
	unsigned status = GNUTLS_OCSP_CERT_UNKNOWN;
	time_t since = 0;
	bool is_good;

	if (gnutls_ocsp_status_request_get(session, &staple) < 0)
		return true;
	if (gnutls_ocsp_resp_init(&resp) < 0)
		return false;
	is_good =
	    gnutls_x509_crt_init(&crt) == 0 &&
	    gnutls_x509_crt_import(crt, leaf, GNUTLS_X509_FMT_DER) == 0 &&
	    gnutls_ocsp_resp_import(resp, &staple) == 0 &&
	    gnutls_ocsp_resp_get_status(resp) == GNUTLS_OCSP_RESP_SUCCESSFUL &&
	    gnutls_ocsp_resp_check_crt(resp, 0, crt) == 0 &&
	    gnutls_ocsp_resp_get_single(resp, 0, NULL, NULL, NULL, NULL,
		&status, &since, NULL, NULL, NULL) == 0 &&
	    status == GNUTLS_OCSP_CERT_GOOD &&
	    since <= time(NULL) + VERIFY_CLOCK_SKEW;
	gnutls_x509_crt_deinit(crt);
	gnutls_ocsp_resp_deinit(resp);
	return is_good;
}

/* By the trust anchors, for the host. */
static int
verify_chain(const struct verify *v, gnutls_session_t session,
    const gnutls_datum_t *chain, unsigned count, struct error *err)
{
	struct der names[2 * VERIFY_CHAIN_MAX];
	bool is_listed = false;
	unsigned status = 0;
	struct cert leaf;
	int rc;

	if (!verify_chain_names(chain, count, names) ||
	    !cert_read(chain[0].data, chain[0].size, &leaf))
		return err_set(err, ERR_TLS_CERT,
		    _("the server's certificate cannot be read"));
	rc = verify_judge(v, session,
	    trust_select(v->trust, names, (size_t)count * 2), &status);
	if (rc < 0 || status)
		rc = verify_judge(
		    v, session, trust_select(v->trust, NULL, 0), &status);
	if (rc < 0) {
		(void)err_set(err, ERR_TLS_CERT,
		    _("the server's certificate cannot be checked"));
		return err_detail(err, "%s", gnutls_strerror(rc));
	}
	if (status == 0 && !verify_names_host(&leaf, v->host))
		status = GNUTLS_CERT_INVALID | GNUTLS_CERT_UNEXPECTED_OWNER;
	if (status == 0 && !verify_staple_is_good(session, &chain[0]))
		status = GNUTLS_CERT_INVALID | GNUTLS_CERT_INVALID_OCSP_STATUS;
	if (status == 0 && crl_check(&v->trust->crl, names, (size_t)count * 2,
			       &chain[0], &is_listed, err) < 0) {
		if (!is_listed)
			return -1;
		status = GNUTLS_CERT_INVALID | GNUTLS_CERT_REVOKED;
	}
	return status ? describe_refusal(v->host, chain, count, status, err)
		      : 0;
}

static int
verify_dane_failed(
    const struct verify *v, const struct der *leaf_key, struct error *err)
{
	char pin[PIN_TEXT_SIZE];

	pin_of_key(pin, leaf_key);
	(void)err_set(err, ERR_TLS_CERT,
	    _("the certificate of %s is not one that the DNS vouches for"),
	    v->host);
	(void)err_detail(err,
	    "%zu TLSA records of %s, none for this certificate (key %s)",
	    v->dane->count, v->dane->base, pin);
	return err_hint(err,
	    _("Somebody else may be answering, or the server's operator has "
	      "forgotten the DNS when the certificate changed."));
}

/* By what the DNS says with proof. */
static int
verify_dane(const struct verify *v, gnutls_session_t session,
    const gnutls_datum_t *chain, unsigned count, struct error *err)
{
	const char *names[] = { v->host, v->dane->base };
	unsigned status = 0;
	struct cert leaf;

	if (!cert_read(chain[0].data, chain[0].size, &leaf))
		return err_set(err, ERR_TLS_CERT,
		    _("the server's certificate cannot be read"));
	if (dane_matches_leaf(v->dane, &chain[0]))
		return 0;
	for (size_t i = 0; i < 2; i++) {
		gnutls_x509_trust_list_t list =
		    dane_authorities(v->dane, chain, count);
		struct verify named = *v;

		if (!list)
			return verify_dane_failed(v, &leaf.key, err);
		named.host = names[i];
		if (verify_judge(&named, session, list, &status) < 0)
			status = GNUTLS_CERT_INVALID;
		if (status == 0 && !verify_names_host(&leaf, names[i]))
			status =
			    GNUTLS_CERT_INVALID | GNUTLS_CERT_UNEXPECTED_OWNER;
		if (status == 0)
			return 0;
	}
	return describe_refusal(v->host, chain, count, status, err);
}

int
verify_peer(const struct verify *v, gnutls_session_t session, struct error *err)
{
	unsigned count = 0;
	const gnutls_datum_t *chain =
	    gnutls_certificate_get_peers(session, &count);
	struct der whole;
	struct cert leaf;

	if (verify_chain_size(chain, count, err) < 0)
		return -1;
	whole = (struct der){ chain[0].data, chain[0].size };
	if (gnutls_certificate_type_get(session) != GNUTLS_CRT_X509 ||
	    !cert_read(whole.p, whole.len, &leaf))
		return err_set(err, ERR_TLS_CERT,
		    _("the server's certificate cannot be read"));
	if (v->dane) {
		if (verify_dane(v, session, chain, count, err) < 0)
			return -1;
	} else if (!pins_replace_chain(v->pins) &&
		   verify_chain(v, session, chain, count, err) < 0) {
		return -1;
	}
	return pins_match(v->pins, v->host, &whole, &leaf, err);
}
