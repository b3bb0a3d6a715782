/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "tls/crl.h"

#include <time.h>

#include "base/date.h"
#include "base/i18n.h"
#include "io/file.h"

/* Seconds by which the issuer's clock may be ahead of ours. */
#define CRL_CLOCK_SKEW 300

struct crl_set {
	gnutls_x509_crl_t *lists;
	unsigned count;
};

static void
crl_set_release(struct crl_set *s)
{
	for (unsigned i = 0; i < s->count; i++)
		gnutls_x509_crl_deinit(s->lists[i]);
	if (s->lists) /* or there may be no library yet */
		gnutls_free(s->lists);
	*s = (struct crl_set){ NULL, 0 };
}
AUTO_DEFINE(crl_set);

static int
crl_import(const struct buf *pem, struct crl_set *out)
{
	gnutls_datum_t data = { (unsigned char *)pem->data,
		(unsigned)pem->len };

	*out = (struct crl_set){ NULL, 0 };
	return gnutls_x509_crl_list_import2(
	    &out->lists, &out->count, &data, GNUTLS_X509_FMT_PEM, 0);
}

int
crl_read(struct buf *pem, const char *path, struct error *err)
{
	AUTO(crl_set) struct crl_set set = { NULL, 0 };
	int rc;

	buf_reset(pem);
	if (file_read(path, pem, NULL, err) < 0) {
		err->kind = ERR_CONFIG;
		return -1;
	}
	if (gnutls_load(err) < 0)
		return -1;
	rc = crl_import(pem, &set);
	if (rc >= 0 && set.count)
		return 0;
	(void)err_set(err, ERR_CONFIG,
	    _("%s holds no list of revoked certificates in PEM form"), path);
	return rc < 0 ? err_detail(err, "%s", gnutls_strerror(rc)) : -1;
}

int
crl_add(const struct buf *pem, gnutls_x509_trust_list_t list)
{
	struct crl_set set = { NULL, 0 };
	int taken;

	if (!pem->len)
		return 0;
	if (crl_import(pem, &set) < 0)
		return -1;
	/* Not verified: the issuer of one may be a certificate that only the
	 * server sends, and the file is ours.  What is taken is the list's. */
	taken =
	    gnutls_x509_trust_list_add_crls(list, set.lists, set.count, 0, 0);
	if (taken < 0 || (unsigned)taken != set.count)
		return -1; /* it is not known which: they are lost */
	gnutls_free(set.lists);
	return 0;
}

static bool
crl_is_of(gnutls_x509_crl_t crl, const struct der *issuers, size_t count)
{
	gnutls_datum_t dn = { NULL, 0 };
	bool is_one = false;

	if (gnutls_x509_crl_get_raw_issuer_dn(crl, &dn) < 0)
		return true; /* it may be */
	for (size_t i = 0; i < count; i++) {
		struct der name = { dn.data, dn.size };

		is_one |= der_equal(&name, &issuers[i]);
	}
	gnutls_free(dn.data);
	return is_one;
}

static int
crl_refuse_date(gnutls_x509_crl_t crl, struct error *err)
{
	char from[DATE_SIZE], until[DATE_SIZE] = "?", clock[DATE_SIZE];
	time_t next = gnutls_x509_crl_get_next_update(crl);
	gnutls_datum_t dn = { NULL, 0 };

	date_rfc5322(from, gnutls_x509_crl_get_this_update(crl));
	date_rfc5322(clock, time(NULL));
	if (next != (time_t)-1)
		date_rfc5322(until, next);
	(void)gnutls_x509_crl_get_issuer_dn3(crl, &dn, 0);
	(void)err_set(err, ERR_TLS_CERT,
	    _("the list of revoked certificates is out of date"));
	(void)err_detail(err,
	    "issuer: %s; valid from %s until %s; local clock: %s",
	    dn.data ? (const char *)dn.data : "?", from, until, clock);
	gnutls_free(dn.data);
	return err_hint(err, _("Get its issuer's new list for tls_crl_file."));
}

static bool
crl_is_current(gnutls_x509_crl_t crl)
{
	time_t now = time(NULL);
	time_t since = gnutls_x509_crl_get_this_update(crl);
	time_t next = gnutls_x509_crl_get_next_update(crl);

	return since != (time_t)-1 && since <= now + CRL_CLOCK_SKEW &&
	       (next == (time_t)-1 || now <= next);
}

/* Whether one of the lists has it; what cannot be asked is taken for yes. */
static bool
crl_has(const struct crl_set *set, const gnutls_datum_t *leaf)
{
	gnutls_x509_crt_t crt;
	bool is_listed;

	if (gnutls_x509_crt_init(&crt) < 0)
		return true;
	is_listed =
	    gnutls_x509_crt_import(crt, leaf, GNUTLS_X509_FMT_DER) < 0 ||
	    gnutls_x509_crt_check_revocation(crt, set->lists, set->count) != 0;
	gnutls_x509_crt_deinit(crt);
	return is_listed;
}

int
crl_check(const struct buf *pem, const struct der *issuers, size_t count,
    const gnutls_datum_t *leaf, bool *is_listed, struct error *err)
{
	AUTO(crl_set) struct crl_set set = { NULL, 0 };

	*is_listed = false;
	if (!pem->len)
		return 0;
	*is_listed = crl_import(pem, &set) < 0 || crl_has(&set, leaf);
	if (*is_listed)
		return -1;
	for (unsigned i = 0; i < set.count; i++)
		if (crl_is_of(set.lists[i], issuers, count) &&
		    !crl_is_current(set.lists[i]))
			return crl_refuse_date(set.lists[i], err);
	return 0;
}
