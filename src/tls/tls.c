/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "tls/tls.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"
#include "base/host.h"
#include "base/i18n.h"
#include "base/xalloc.h"
#include "tls/trust.h"
#include "tls/verify.h"

/*
 * Added to the library's (and the distribution's) default: TLS 1.2 at least,
 * forward secrecy and authenticated encryption alone, no 1024-bit keys and no
 * SHA-1 in certificates, secure renegotiation signalled (RFC 9325).
 */
#define TLS_PRIORITY                                                           \
	"-VERS-TLS1.1:-VERS-TLS1.0:-VERS-DTLS-ALL:-RSA:-DHE-RSA:"              \
	"-AES-128-CBC:-AES-256-CBC:-AES-128-CCM:-AES-256-CCM:"                 \
	"%PROFILE_MEDIUM:%SAFE_RENEGOTIATION"

#define TLS_RECORD (16 * 1024) /* octets */
/* A ChangeCipherSpec alone: nobody waits for it (RFC 8446 D.4), it goes out
 * with the Finished message. */
#define TLS_CCS_RECORD 6
/* Records without data (alerts, key updates) in a row, before one has had
 * enough of them. */
#define TLS_IDLE_MAX 32

/* The library is not set up before main(): a run without TLS does not pay. */
GNUTLS_SKIP_GLOBAL_INIT

struct tls {
	struct stream stream;
	gnutls_session_t session;
	gnutls_certificate_credentials_t cred;
	char *host; /* A-labels or an address */
	struct trust trust;
	enum tls_verify mode;
	bool is_verified;
	struct error problem; /* why it is not */
	struct buf flight;    /* of the handshake, not yet sent */
	bool is_shaking;      /* the handshake is under way */
	struct error *err;    /* where the call under way wants its error */
	bool has_failed;      /* and has it: below broke */
	bool has_ended;       /* below came to its end */
	unsigned char first;  /* octet the server sent; 0: none yet */
};

void
tls_info_release(struct tls_info *i)
{
	if (!i)
		return;
	error_release(&i->problem);
	free(i->description);
	*i = (struct tls_info)TLS_INFO_INIT;
}

/* --- what the library sends and receives -------------------------------- */

/* Whether the deadline at the bottom has passed.  The layers below look at it
 * only when they must wait; a peer that never lets them wait could keep the
 * library busy for ever. */
static bool
tls_is_late(const struct tls *t)
{
	const struct stream *s = &t->stream;

	while (s->below)
		s = s->below;
	return deadline_poll_ms(s->deadline) == 0;
}

static ssize_t
tls_fail_io(struct tls *t)
{
	t->has_failed = true;
	gnutls_transport_set_errno(t->session, EIO);
	return -1;
}

/* Sends what the handshake has to say before it listens or ends: the library
 * writes its last two messages one by one. */
static int
tls_flush(struct tls *t)
{
	if (!t->flight.len)
		return 0;
	if (stream_write(
		t->stream.below, t->flight.data, t->flight.len, t->err) < 0)
		return -1;
	buf_reset(&t->flight);
	return 0;
}

static ssize_t
tls_pull(gnutls_transport_ptr_t ctx, void *p, size_t len)
{
	struct tls *t = ctx;
	ssize_t n;

	if (t->flight.len > TLS_CCS_RECORD && tls_flush(t) < 0)
		return tls_fail_io(t);
	if (tls_is_late(t)) {
		(void)err_set(t->err, ERR_TIMEOUT,
		    _("network read error: the operation timed out"));
		return tls_fail_io(t);
	}
	n = stream_read(t->stream.below, p, len, t->err);
	if (n < 0)
		return tls_fail_io(t);
	if (n == 0)
		t->has_ended = true;
	else if (!t->first)
		t->first = *(unsigned char *)p;
	return n;
}

static ssize_t
tls_push(gnutls_transport_ptr_t ctx, const void *p, size_t len)
{
	struct tls *t = ctx;

	if (t->is_shaking && buf_add(&t->flight, p, len) == 0)
		return (ssize_t)len;
	if (tls_flush(t) < 0 ||
	    stream_write(t->stream.below, p, len, t->err) < 0)
		return tls_fail_io(t);
	return (ssize_t)len;
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

/* --- data ---------------------------------------------------------------- */

/* After a failed call: 1 when it is to be repeated, else -1 with the error. */
static int
tls_data_failed(struct tls *t, int rc, unsigned *idle, struct error *err)
{
	if (t->has_failed)
		return -1; /* below has told */
	if (rc == GNUTLS_E_PREMATURE_TERMINATION)
		return err_set(err, ERR_LOST,
		    _("the server closed the connection without ending TLS"));
	if (rc == GNUTLS_E_REHANDSHAKE)
		return err_set(
		    err, ERR_TLS, _("the server wants to negotiate TLS again"));
	if (!gnutls_error_is_fatal(rc) && ++*idle <= TLS_IDLE_MAX)
		return 1;
	t->has_failed = true;
	(void)err_set(err, ERR_LOST, _("the TLS connection broke"));
	return err_detail(err, "%s", gnutls_strerror(rc));
}

static ssize_t
tls_read(struct stream *s, void *p, size_t len, struct error *err)
{
	struct tls *t = (struct tls *)s;
	unsigned idle = 0;
	ssize_t n;

	t->err = err;
	while ((n = gnutls_record_recv(t->session, p, len)) < 0)
		if (tls_data_failed(t, (int)n, &idle, err) < 0)
			return -1;
	return n;
}

/* One record after the other, each written below in one piece: what fits into
 * one record is one write to the network. */
static int
tls_write(struct stream *s, const void *p, size_t len, struct error *err)
{
	struct tls *t = (struct tls *)s;
	const char *from = p;
	unsigned idle = 0;

	t->err = err;
	while (len) {
		size_t piece = len < TLS_RECORD ? len : TLS_RECORD;
		ssize_t n = gnutls_record_send(t->session, from, piece);

		if (n >= 0) {
			from += n;
			len -= (size_t)n;
		} else if (tls_data_failed(t, (int)n, &idle, err) < 0) {
			return -1;
		}
	}
	return 0;
}

static void
tls_release(struct tls *t)
{
	if (t->session)
		gnutls_deinit(t->session);
	if (t->cred)
		gnutls_certificate_free_credentials(t->cred);
	trust_release(&t->trust);
	buf_release(&t->flight);
	error_release(&t->problem);
	free(t->host);
	free(t);
}

/* Says good-bye where that needs no waiting. */
static void
tls_free(struct stream *s)
{
	struct tls *t = (struct tls *)s;
	AUTO(error) struct error ignored = ERROR_INIT;

	t->err = &ignored;
	stream_set_deadline(s, deadline_now());
	if (!t->has_failed && !t->has_ended)
		(void)gnutls_bye(t->session, GNUTLS_SHUT_WR);
	tls_release(t);
}

static const struct stream_ops tls_ops = {
	"tls",
	tls_read,
	tls_write,
	tls_free,
};

/* --- the handshake ------------------------------------------------------- */

/* Called by the library when it has the server's certificate. */
static int
tls_verify(gnutls_session_t session)
{
	struct tls *t = gnutls_session_get_ptr(session);
	const struct verify v = { t->host, &t->trust, t->cred };

	t->is_verified = verify_peer(&v, session, &t->problem) == 0;
	return t->is_verified || t->mode == TLS_VERIFY_REPORT ? 0 : -1;
}

static int
tls_set_up_credentials(struct tls *t)
{
	int rc = gnutls_certificate_allocate_credentials(&t->cred);

	if (rc < 0)
		return rc;
	if (t->mode != TLS_VERIFY_OFF)
		gnutls_certificate_set_verify_function(t->cred, tls_verify);
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
	unsigned flags = GNUTLS_CLIENT | GNUTLS_NO_TICKETS | GNUTLS_NO_SIGNAL;

	return gnutls_check_version("3.8.8") ? flags
					     : flags | GNUTLS_KEY_SHARE_TOP;
}

static int
tls_set_up_session(struct tls *t)
{
	int rc = gnutls_init(&t->session, tls_session_flags());

	if (rc < 0)
		return rc;
	rc = gnutls_set_default_priority_append(
	    t->session, TLS_PRIORITY, NULL, 0);
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
	gnutls_transport_set_pull_function(t->session, tls_pull);
	gnutls_transport_set_push_function(t->session, tls_push);
	return tls_set_up_credentials(t);
}

static bool
tls_is_other_protocol(const struct tls *t)
{
	enum { ALERT = 21, HANDSHAKE = 22 }; /* RFC 8446 B.1 */

	return t->first && t->first != ALERT && t->first != HANDSHAKE;
}

/* Tells the server, then why the handshake ended with rc. */
static int
tls_refuse(struct tls *t, int rc, struct error *err)
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
	if (rc == GNUTLS_E_FATAL_ALERT_RECEIVED) {
		(void)err_set(
		    err, ERR_TLS, _("the server refused the TLS handshake"));
		return err_detail(err, "alert: %s",
		    gnutls_alert_get_name(gnutls_alert_get(t->session)));
	}
	(void)gnutls_alert_send_appropriate(t->session, rc);
	if (t->problem.kind != ERR_NONE) {
		err_move(err, &t->problem);
		return -1;
	}
	(void)err_set(err, ERR_TLS, _("the TLS handshake failed"));
	return err_detail(err, "%s", gnutls_strerror(rc));
}

static int
tls_handshake(struct tls *t, struct error *err)
{
	int rc;

	t->err = err;
	t->is_shaking = true;
	do {
		rc = gnutls_handshake(t->session);
	} while (rc < 0 && !gnutls_error_is_fatal(rc));
	t->is_shaking = false;
	if (rc >= 0 && tls_flush(t) < 0)
		return -1;
	if (rc < 0)
		return tls_refuse(t, rc, err);
	/* Whatever kind of session came about: without the question having
	 * been asked and answered there is none. */
	if (t->mode == TLS_VERIFY_REQUIRED && !t->is_verified)
		return tls_refuse(t, GNUTLS_E_NO_CERTIFICATE_FOUND, err);
	return 0;
}

static void
tls_tell(struct tls *t, struct tls_info *info)
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
}

static int
tls_open(struct tls *t, const struct tls_params *p, struct error *err)
{
	int rc;

	t->mode = p->verify;
	if (host_to_ascii(p->host, &t->host, err) < 0)
		return -1;
	if (t->mode != TLS_VERIFY_OFF &&
	    trust_read(&t->trust, p->trust_file, err) < 0)
		return -1;
	rc = tls_set_up_session(t);
	if (rc < 0) {
		(void)err_set(err, ERR_SOFTWARE, _("cannot set up TLS"));
		return err_detail(err, "%s", gnutls_strerror(rc));
	}
	return tls_handshake(t, err);
}

static int
tls_start_library(struct error *err)
{
	int rc = gnutls_global_init();

	if (rc >= 0)
		return 0;
	(void)err_set(err, ERR_SOFTWARE, _("cannot set up TLS"));
	return err_detail(err, "%s", gnutls_strerror(rc));
}

int
tls_wrap(struct stream *below, const struct tls_params *p,
    struct tls_info *info, struct stream **out, struct error *err)
{
	struct tls *t;

	if (tls_start_library(err) < 0)
		return -1;
	t = xcalloc(1, sizeof(*t));
	t->stream = (struct stream){ &tls_ops, below, DEADLINE_NONE };
	t->trust = (struct trust)TRUST_INIT;
	buf_init(&t->flight, TLS_RECORD);
	if (tls_open(t, p, err) < 0) {
		tls_release(t);
		return -1;
	}
	tls_tell(t, info);
	trust_release(&t->trust);
	buf_release(&t->flight);
	*out = &t->stream;
	return 0;
}

int
tls_check(const struct tls_params *p, struct error *err)
{
	AUTO(trust) struct trust trust = TRUST_INIT;
	auto_free char *host = NULL;

	if (host_to_ascii(p->host, &host, err) < 0)
		return -1;
	if (p->verify == TLS_VERIFY_OFF)
		return 0;
	return trust_read(&trust, p->trust_file, err);
}

int
tls_channel_binding(
    const struct stream *s, enum tls_binding kind, struct buf *out)
{
	gnutls_session_t session;
	gnutls_datum_t cb = { NULL, 0 };
	bool is_13, has_ems;
	int rc;

	while (s && s->ops != &tls_ops)
		s = s->below;
	if (!s)
		return -1;
	session = ((const struct tls *)s)->session;
	is_13 = gnutls_protocol_get_version(session) == GNUTLS_TLS1_3;
	has_ems =
	    gnutls_session_get_flags(session) & GNUTLS_SFLAGS_EXT_MASTER_SECRET;
	if (kind == TLS_BINDING_UNIQUE ? is_13 || !has_ems : !is_13 && !has_ems)
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
