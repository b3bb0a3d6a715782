/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "tls/describe.h"

#include <arpa/inet.h>
#include <time.h>

#include "base/date.h"
#include "base/i18n.h"
#include "base/text.h"
#include "tls/der.h"
#include "tls/pin.h"

#define DESCRIBE_DETAIL_MAX 2048 /* octets */
#define DESCRIBE_NAME_MAX 255

struct describe {
	const char *host;
	const gnutls_datum_t *chain;
	unsigned count;
	unsigned status;
	struct buf *detail;
};

/* The certificate as the library sees it; NULL when it cannot. */
static gnutls_x509_crt_t
describe_import(const gnutls_datum_t *der)
{
	gnutls_x509_crt_t crt;

	if (gnutls_x509_crt_init(&crt) < 0)
		return NULL;
	if (gnutls_x509_crt_import(crt, der, GNUTLS_X509_FMT_DER) == 0)
		return crt;
	gnutls_x509_crt_deinit(crt);
	return NULL;
}

/* Foreign octets, as they are: whoever shows them makes them safe.  A NUL could
 * not be shown any more. */
static void
describe_add_text(struct buf *out, const uint8_t *p, size_t len)
{
	size_t shown = len < DESCRIBE_NAME_MAX ? len : DESCRIBE_NAME_MAX;

	for (size_t i = 0; i < shown; i++)
		if (p[i])
			(void)buf_add_char(out, (char)p[i]);
		else
			(void)buf_add_str(out, "<NUL>");
	if (shown < len)
		(void)buf_add_str(out, "...");
}

typedef int describe_dn(gnutls_x509_crt_t, gnutls_datum_t *, unsigned);

/* "issuer: CN=..." of the index-th certificate. */
static void
describe_add_dn(const struct describe *d, unsigned index, const char *label,
    describe_dn *get)
{
	gnutls_x509_crt_t crt = describe_import(&d->chain[index]);
	gnutls_datum_t dn = { NULL, 0 };

	if (crt && get(crt, &dn, 0) == 0) {
		(void)buf_printf(d->detail, "%s: ", label);
		describe_add_text(d->detail, dn.data, dn.size);
	}
	gnutls_free(dn.data);
	gnutls_x509_crt_deinit(crt);
}

static void
describe_issuer(const struct describe *d)
{
	describe_add_dn(
	    d, d->count - 1, "missing issuer", gnutls_x509_crt_get_issuer_dn3);
}

static void
describe_subject(const struct describe *d)
{
	describe_add_dn(d, 0, "certificate", gnutls_x509_crt_get_dn3);
}

/* The validity of the first certificate that is not valid now. */
static void
describe_dates(const struct describe *d)
{
	char from[DATE_SIZE], until[DATE_SIZE], clock[DATE_SIZE];
	time_t now = time(NULL);
	unsigned i;

	for (i = 0; i < d->count; i++) {
		gnutls_x509_crt_t crt = describe_import(&d->chain[i]);
		time_t begin =
		    crt ? gnutls_x509_crt_get_activation_time(crt) : 0;
		time_t end = crt ? gnutls_x509_crt_get_expiration_time(crt) : 0;

		gnutls_x509_crt_deinit(crt);
		if (now >= begin && now <= end)
			continue;
		date_rfc5322(from, begin);
		date_rfc5322(until, end);
		date_rfc5322(clock, now);
		(void)buf_printf(d->detail,
		    "certificate %u: valid from %s until %s; local clock: %s",
		    i + 1, from, until, clock);
		return;
	}
}

static void
describe_name(struct buf *out, unsigned kind, const struct der *name)
{
	char address[INET6_ADDRSTRLEN];

	if (kind == CERT_NAME_IP && (name->len == 4 || name->len == 16)) {
		/* fails only for lack of room */
		(void)inet_ntop(name->len == 4 ? AF_INET : AF_INET6, name->p,
		    address, sizeof(address));
		(void)buf_printf(out, "IP:%s", address);
		return;
	}
	if (kind != CERT_NAME_DNS && kind != CERT_NAME_URI) {
		(void)buf_add_str(out, "another kind of name");
		return;
	}
	(void)buf_add_str(out, kind == CERT_NAME_DNS ? "DNS:" : "URI:");
	describe_add_text(out, name->p, name->len);
}

unsigned
describe_names(struct buf *out, const struct cert *leaf)
{
	struct der names = cert_names(leaf), name;
	unsigned kind, found = 0;

	while (cert_name_next(&names, &kind, &name)) {
		(void)buf_add_str(out, found++ ? ", " : "");
		describe_name(out, kind, &name);
	}
	return found;
}

/* "expected mail.test; found DNS:a.test, DNS:b.test" */
static void
describe_other_names(const struct describe *d)
{
	struct cert leaf;

	(void)buf_printf(d->detail, "expected %s; found ", d->host);
	if (!cert_read(d->chain[0].data, d->chain[0].size, &leaf) ||
	    describe_names(d->detail, &leaf))
		return;
	(void)buf_add_str(d->detail, "no subject alternative name, only ");
	describe_subject(d);
}

struct describe_row {
	unsigned status; /* bits of gnutls_certificate_status_t */
	const char *text;
	void (*add)(const struct describe *d);
	const char *hint; /* or NULL */
};

/* The first row with a bit of the status is told. */
static const struct describe_row describe_table[] = {
	{ GNUTLS_CERT_REVOKED, N_("the certificate has been revoked"),
	    describe_subject, NULL },
	{ GNUTLS_CERT_UNEXPECTED_OWNER,
	    N_("the certificate is for another host"), describe_other_names,
	    N_("Set host (or tls_host_override) to a name that the "
	       "certificate has.") },
	{ GNUTLS_CERT_SIGNER_NOT_FOUND,
	    N_("nobody you trust has signed the certificate"), describe_issuer,
	    N_("Set tls_trust_file to a file with the issuer's certificate, if "
	       "you trust it; or the server lacks an intermediate "
	       "certificate.") },
	{ GNUTLS_CERT_EXPIRED, N_("the certificate has expired"),
	    describe_dates, NULL },
	{ GNUTLS_CERT_NOT_ACTIVATED, N_("the certificate is not valid yet"),
	    describe_dates, N_("Check this machine's clock.") },
	{ GNUTLS_CERT_SIGNER_NOT_CA,
	    N_("the certificate was signed by somebody who may not"),
	    describe_subject, NULL },
	{ GNUTLS_CERT_INSECURE_ALGORITHM,
	    N_("the certificate is too weak (key or signature)"),
	    describe_subject, NULL },
	{ GNUTLS_CERT_PURPOSE_MISMATCH,
	    N_("the certificate is not meant for a server"), describe_subject,
	    NULL },
	{ GNUTLS_CERT_MISSING_OCSP_STATUS,
	    N_("the certificate must come with a proof that it is not revoked, "
	       "and did not"),
	    describe_subject, NULL },
	{ GNUTLS_CERT_INVALID_OCSP_STATUS |
		GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED |
		GNUTLS_CERT_REVOCATION_DATA_ISSUED_IN_FUTURE,
	    N_("the proof that the certificate is not revoked is not valid"),
	    describe_subject, NULL },
	{ GNUTLS_CERT_SIGNATURE_FAILURE,
	    N_("the certificate has a wrong signature"), describe_subject,
	    NULL },
	{ ~0u, N_("the certificate is not valid"), describe_subject, NULL },
};

/* What to write to pin this certificate's key. */
static void
describe_pin(const struct describe *d)
{
	char pin[PIN_TEXT_SIZE];
	struct cert leaf;

	if (!cert_read(d->chain[0].data, d->chain[0].size, &leaf))
		return;
	pin_of_key(pin, &leaf.key);
	if (*pin)
		(void)buf_printf(d->detail, "; its pin: %s", pin);
}

int
describe_refusal(const char *host, const gnutls_datum_t *chain, unsigned count,
    unsigned status, struct error *err)
{
	AUTO(buf) struct buf detail = BUF_INIT(DESCRIBE_DETAIL_MAX);
	const struct describe d = { host, chain, count, status, &detail };
	const struct describe_row *row = describe_table;
	gnutls_datum_t words = { NULL, 0 };

	while (!(row->status & status))
		row++;
	row->add(&d);
	if (gnutls_certificate_verification_status_print(
		status, GNUTLS_CRT_X509, &words, 0) == 0)
		(void)buf_printf(&detail, "%s(%s)", detail.len ? " " : "",
		    text_trim((char *)words.data));
	describe_pin(&d);
	gnutls_free(words.data);
	(void)err_set(err, ERR_TLS_CERT, "%s: %s", host, _(row->text));
	(void)err_detail(err, "%s", buf_str(&detail));
	return row->hint ? err_hint(err, "%s", _(row->hint)) : -1;
}
