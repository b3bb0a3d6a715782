/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "tls/tls.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/host.h"
#include "base/i18n.h"
#include "base/xalloc.h"
#include "tls/layer.h"
#include "tls/priority.h"
#include "tls/verify.h"

void
tls_info_release(struct tls_info *i)
{
	if (!i)
		return;
	error_release(&i->problem);
	free(i->description);
	free(i->warning);
	*i = (struct tls_info)TLS_INFO_INIT;
}

/* The library offers the session's keys to whoever sets SSLKEYLOGFILE.  Not
 * these. */
static int
tls_keep_keys(
    gnutls_session_t session, const char *label, const gnutls_datum_t *secret)
{
	(void)session;
	(void)label;
	(void)secret;
	return 0;
}

/* Called by the library when it has the server's certificate. */
static int
tls_verify(gnutls_session_t session)
{
	struct layer *t = gnutls_session_get_ptr(session);
	const struct verify v = { t->host, &t->trust, &t->pins, t->dane,
		t->cred };

	t->is_verified = verify_peer(&v, session, &t->problem) == 0;
	return t->is_verified || t->mode == TLS_VERIFY_REPORT ? 0 : -1;
}

/* Called by the library when the server wants a certificate of ours; the
 * parameters are its choice. */
static int
/* NOLINTNEXTLINE(readability-function-size) */
tls_retrieve(gnutls_session_t session, const struct gnutls_cert_retr_st *wanted,
    gnutls_pcert_st **certs, unsigned *count, gnutls_ocsp_data_st **ocsp,
    unsigned *ocsp_count, gnutls_privkey_t *key, unsigned *flags)
{
	struct layer *t = gnutls_session_get_ptr(session);

	(void)wanted;
	*ocsp = NULL;
	*ocsp_count = 0;
	*flags = 0;
	return token_retrieve(&t->token, certs, count, key);
}

static int
tls_set_up_credentials(struct layer *t)
{
	if (t->mode != TLS_VERIFY_OFF)
		gnutls_certificate_set_verify_function(t->cred, tls_verify);
	if (t->token.files)
		gnutls_certificate_set_retrieve_function3(
		    t->cred, tls_retrieve);
	gnutls_certificate_set_verify_flags(
	    t->cred, GNUTLS_VERIFY_DO_NOT_ALLOW_IP_MATCHES);
	return gnutls_credentials_set(
	    t->session, GNUTLS_CRD_CERTIFICATE, t->cred);
}

/* Of TLS 1.3 key shares one is enough where the first group is one that every
 * server must have (RFC 8446 9.1); making a second takes as long as the rest of
 * the hello.  Newer versions of the library may have a post-quantum group
 * first, which few servers speak. */
static unsigned
tls_session_flags(void)
{
	/* our certificate is shown even to a server that names other
	 * authorities: it was configured for this one */
	unsigned flags = GNUTLS_CLIENT | GNUTLS_NO_TICKETS | GNUTLS_NO_SIGNAL |
			 GNUTLS_FORCE_CLIENT_CERT;

	return gnutls_check_version("3.8.8") ? flags
					     : flags | GNUTLS_KEY_SHARE_TOP;
}

static int
tls_set_up_session(struct layer *t, const struct tls_params *p)
{
	int rc = gnutls_init(&t->session, tls_session_flags());

	if (rc < 0)
		return rc;
	rc = priority_apply(&p->priority, t->session);
	if (rc < 0)
		return rc;
	/* RFC 6066 3: never an address */
	if (!host_is_numeric(t->host))
		rc = gnutls_server_name_set(
		    t->session, GNUTLS_NAME_DNS, t->host, strlen(t->host));
	if (rc < 0)
		return rc;
	gnutls_session_set_ptr(t->session, t);
	gnutls_session_set_keylog_function(t->session, tls_keep_keys);
	gnutls_handshake_set_max_packet_length(t->session, VERIFY_CHAIN_OCTETS);
	gnutls_transport_set_ptr(t->session, t);
	gnutls_transport_set_pull_function(t->session, layer_pull);
	gnutls_transport_set_push_function(t->session, layer_push);
	return tls_set_up_credentials(t);
}

static bool
tls_is_other_protocol(const struct layer *t)
{
	enum { ALERT = 21, HANDSHAKE = 22 }; /* RFC 8446 B.1 */

	return t->first && t->first != ALERT && t->first != HANDSHAKE;
}

/* Tells the server, then why the handshake ended with rc. */
static int
tls_refuse(struct layer *t, int rc, struct error *err)
{
	AUTO(error) struct error ignored = ERROR_INIT;

	if (t->has_failed)
		return -1; /* below has told */
	if (t->has_ended)
		return err_set(err, ERR_LOST,
		    _("the server closed the connection during the TLS "
		      "handshake"));
	if (tls_is_other_protocol(t)) {
		(void)err_set(err, ERR_TLS,
		    _("the server does not speak TLS at this point"));
		return err_hint(err, _("A server that speaks SMTP first needs "
				       "tls_starttls on."));
	}
	t->err = &ignored;
	if (rc == GNUTLS_E_FATAL_ALERT_RECEIVED)
		return layer_refused(t, err);
	(void)gnutls_alert_send_appropriate(t->session, rc);
	if (t->mode == TLS_VERIFY_REQUIRED && t->problem.kind != ERR_NONE) {
		err_move(err, &t->problem);
		return -1;
	}
	if (t->token.err.kind != ERR_NONE) {
		err_move(err, &t->token.err);
		return -1;
	}
	(void)err_set(err, ERR_TLS, _("the TLS handshake failed"));
	return err_detail(err, "%s", gnutls_strerror(rc));
}

static int
tls_handshake(struct layer *t, struct error *err)
{
	int rc;

	t->err = err;
	t->is_shaking = true;
	do {
		rc = gnutls_handshake(t->session);
	} while (rc < 0 && !gnutls_error_is_fatal(rc));
	t->is_shaking = false;
	if (rc < 0)
		return tls_refuse(t, rc, err);
	/* Whatever kind of session came about: without the question having
	 * been asked and answered there is none. */
	if (t->mode == TLS_VERIFY_REQUIRED && !t->is_verified)
		return tls_refuse(t, GNUTLS_E_NO_CERTIFICATE_FOUND, err);
	return 0;
}

static void
tls_warn(struct tls_info *info, const char *text)
{
	xreplace(&info->warning, info->warning
				     ? xasprintf("%s; %s", info->warning, text)
				     : xstrdup(text));
}

/* The certificate that the server showed. */
static bool
tls_is_out_of_date(gnutls_session_t session)
{
	time_t now = time(NULL);

	return now < gnutls_certificate_activation_time_peers(session) ||
	       now > gnutls_certificate_expiration_time_peers(session);
}

static void
tls_tell(struct layer *t, struct tls_info *info)
{
	char *words = gnutls_session_get_desc(t->session);

	tls_info_release(info);
	info->is_verified = t->is_verified;
	info->description = xstrdup(words ? words : "");
	gnutls_free(words);
	if (!t->is_verified && t->problem.kind == ERR_NONE)
		(void)err_set(&t->problem, ERR_TLS_CERT,
		    _("the server's certificate was not checked"));
	err_move(&info->problem, &t->problem);
	if (t->is_old_allowed)
		tls_warn(info, _("tls_priorities allows TLS 1.1 or older"));
	if (t->is_verified && pins_replace_chain(&t->pins) &&
	    tls_is_out_of_date(t->session))
		tls_warn(info, _("the pinned certificate is out of date"));
}

/* A machine without trusted certificates can still encrypt: where the check is
 * for the record only, the record says that nobody signed. */
static int
tls_read_trust(struct trust *t, struct pins *pins, const struct tls_params *p,
    struct error *err)
{
	if (pins_read(pins, &p->pins, err) < 0)
		return -1;
	if (p->verify == TLS_VERIFY_OFF)
		return 0;
	if (p->crl_file && crl_read(&t->crl, p->crl_file, err) < 0)
		return -1;
	if (pins_replace_chain(pins) || p->dane)
		return 0;
	if (trust_read(t, p->trust_file, err) == 0)
		return 0;
	if (p->verify == TLS_VERIFY_REQUIRED || p->trust_file)
		return -1;
	buf_reset(&t->pem);
	error_release(err);
	return 0;
}

static int
tls_failed(int rc, struct error *err)
{
	(void)err_set(err, ERR_SOFTWARE, _("cannot set up TLS"));
	return err_detail(err, "%s", gnutls_strerror(rc));
}

/* The credentials, with the certificate that we show. */
static int
tls_load_client(gnutls_certificate_credentials_t *cred,
    const struct tls_params *p, struct error *err)
{
	int rc = gnutls_certificate_allocate_credentials(cred);

	return rc < 0 ? tls_failed(rc, err)
		      : client_load(&p->client, *cred, err);
}

static int
tls_open(struct layer *t, const struct tls_params *p, struct error *err)
{
	int rc;

	t->mode = p->verify;
	t->dane = p->dane;
	if (token_is_named(&p->client))
		t->token.files = &p->client;
	if (host_to_ascii(p->host, &t->host, err) < 0)
		return -1;
	if (tls_read_trust(&t->trust, &t->pins, p, err) < 0 ||
	    tls_load_client(&t->cred, p, err) < 0 ||
	    priority_check(&p->priority, &t->is_old_allowed, err) < 0)
		return -1;
	rc = tls_set_up_session(t, p);
	return rc < 0 ? tls_failed(rc, err) : tls_handshake(t, err);
}

int
tls_wrap(struct stream *below, const struct tls_params *p,
    struct tls_info *info, struct stream **out, struct error *err)
{
	struct layer *t;

	if (gnutls_load(err) < 0)
		return -1;
	t = layer_new(below);
	if (tls_open(t, p, err) < 0) {
		layer_release(t);
		return -1;
	}
	tls_tell(t, info);
	trust_release(&t->trust);
	t->dane = NULL; /* what is p's is not ours any more */
	t->token.files = NULL;
	*out = &t->stream;
	return 0;
}

/* Only where there is one: the library costs more than the rest. */
static int
tls_check_client(const struct tls_params *p, struct error *err)
{
	gnutls_certificate_credentials_t cred = NULL;
	int rc;

	if (!p->client.cert && !p->client.key)
		return 0;
	rc = gnutls_load(err);
	if (rc == 0)
		rc = tls_load_client(&cred, p, err);
	if (cred)
		gnutls_certificate_free_credentials(cred);
	return rc;
}

int
tls_check(const struct tls_params *p, struct error *err)
{
	AUTO(trust) struct trust trust = TRUST_INIT;
	struct pins pins = { 0 };
	auto_free char *host = NULL;
	bool is_old;

	if (host_to_ascii(p->host, &host, err) < 0 ||
	    priority_check(&p->priority, &is_old, err) < 0 ||
	    tls_read_trust(&trust, &pins, p, err) < 0)
		return -1;
	return tls_check_client(p, err);
}

int
tls_channel_binding(
    const struct stream *s, enum tls_binding kind, struct buf *out)
{
	const struct layer *layer = layer_find(s);
	gnutls_session_t session;
	gnutls_datum_t cb = { NULL, 0 };
	bool is_13, has_ems;
	int rc;

	if (!layer)
		return -1;
	session = layer->session;
	is_13 = gnutls_protocol_get_version(session) == GNUTLS_TLS1_3;
	has_ems =
	    gnutls_session_get_flags(session) & GNUTLS_SFLAGS_EXT_MASTER_SECRET;
	/* RFC 9266 3: before TLS 1.3 the servers that know the exporter at all
	 * still expect tls-unique, and that is one only with RFC 7627 */
	if (is_13 != (kind == TLS_BINDING_EXPORTER) || (!is_13 && !has_ems))
		return -1;
	rc = gnutls_session_channel_binding(session,
	    kind == TLS_BINDING_UNIQUE ? GNUTLS_CB_TLS_UNIQUE
				       : GNUTLS_CB_TLS_EXPORTER,
	    &cb);
	if (rc == 0)
		rc = buf_add(out, cb.data, cb.size);
	gnutls_free(cb.data);
	return rc == 0 ? 0 : -1;
}
