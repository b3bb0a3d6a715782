/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "tls/layer.h"

#include <errno.h>
#include <stdlib.h>

#include "base/deadline.h"
#include "base/i18n.h"
#include "base/xalloc.h"

/* A ChangeCipherSpec alone: nobody waits for it (RFC 8446 D.4), it goes out
 * with the Finished message. */
#define LAYER_CCS_RECORD 6
/* Records without data (alerts, key updates) in a row, before one has had
 * enough of them. */
#define LAYER_IDLE_MAX 32

const struct layer *
layer_find(const struct stream *s)
{
	while (s && s->ops != &layer_ops)
		s = s->below;
	return (const struct layer *)s;
}

struct layer *
layer_new(struct stream *below)
{
	struct layer *t = xcalloc(1, sizeof(*t));

	t->stream = (struct stream){
		.ops = &layer_ops, .below = below, .deadline = DEADLINE_NONE
	};
	t->trust = (struct trust)TRUST_INIT;
	buf_init(&t->flight, LAYER_RECORD);
	return t;
}

/* Whether the deadline at the bottom has passed.  The layers below look at it
 * only when they must wait; a peer that never lets them wait could keep the
 * library busy for ever. */
static bool
layer_is_late(const struct layer *t)
{
	const struct stream *s = &t->stream;

	while (s->below)
		s = s->below;
	return deadline_poll_ms(s->deadline) == 0;
}

static ssize_t
layer_fail_io(struct layer *t)
{
	t->has_failed = true;
	gnutls_transport_set_errno(t->session, EIO);
	return -1;
}

/* Sends what was gathered; -1 with t->err set. */
static int
layer_flush(struct layer *t)
{
	if (!t->flight.len)
		return 0;
	if (stream_write(
		t->stream.below, t->flight.data, t->flight.len, t->err) < 0)
		return -1;
	buf_reset(&t->flight);
	return 0;
}

ssize_t
layer_pull(gnutls_transport_ptr_t ctx, void *p, size_t len)
{
	struct layer *t = ctx;
	ssize_t n;

	if (t->flight.len > LAYER_CCS_RECORD && layer_flush(t) < 0)
		return layer_fail_io(t);
	if (layer_is_late(t)) {
		(void)err_set(t->err, ERR_TIMEOUT,
		    _("network read error: the operation timed out"));
		return layer_fail_io(t);
	}
	n = stream_read(t->stream.below, p, len, t->err);
	if (n < 0)
		return layer_fail_io(t);
	if (n == 0)
		t->has_ended = true;
	else if (!t->first)
		t->first = *(unsigned char *)p;
	return n;
}

ssize_t
layer_push(gnutls_transport_ptr_t ctx, const void *p, size_t len)
{
	struct layer *t = ctx;
	bool may_wait = t->is_shaking || t->stream.is_ending;
	/* our Finished goes out with what is said next */
	bool has_room =
	    (may_wait || t->flight.len) && buf_add(&t->flight, p, len) == 0;

	if (has_room && may_wait)
		return (ssize_t)len;
	if (layer_flush(t) < 0 ||
	    (!has_room && stream_write(t->stream.below, p, len, t->err) < 0))
		return layer_fail_io(t);
	return (ssize_t)len;
}

/* Whether the alert that came says what is wrong with our certificate: since
 * TLS 1.3 we hear of that after the handshake (RFC 8446 4.4.2.4, 6.2). */
static bool
layer_is_about_us(const struct layer *t)
{
	static const gnutls_alert_description_t alerts[] = {
		GNUTLS_A_BAD_CERTIFICATE,
		GNUTLS_A_UNSUPPORTED_CERTIFICATE,
		GNUTLS_A_CERTIFICATE_REVOKED,
		GNUTLS_A_CERTIFICATE_EXPIRED,
		GNUTLS_A_CERTIFICATE_UNKNOWN,
		GNUTLS_A_UNKNOWN_CA,
		GNUTLS_A_ACCESS_DENIED,
		GNUTLS_A_CERTIFICATE_REQUIRED,
	};

	for (size_t i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++)
		if (gnutls_alert_get(t->session) == alerts[i])
			return true;
	return false;
}

int
layer_refused(struct layer *t, struct error *err)
{
	gnutls_alert_description_t alert = gnutls_alert_get(t->session);

	(void)err_set(err, ERR_TLS, _("the server refused the TLS handshake"));
	(void)err_detail(err, "alert: %s", gnutls_alert_get_name(alert));
	if (alert != GNUTLS_A_CERTIFICATE_REQUIRED)
		return -1;
	return err_hint(err,
	    _("The server wants a certificate of ours: set tls_cert_file and "
	      "tls_key_file."));
}

/* After a failed call: 1 when it is to be repeated, else -1 with the error. */
static int
layer_data_failed(struct layer *t, int rc, unsigned *idle, struct error *err)
{
	if (t->has_failed)
		return -1; /* below has told */
	if (rc == GNUTLS_E_PREMATURE_TERMINATION)
		return err_set(err, ERR_LOST,
		    _("the server closed the connection without ending TLS"));
	if (rc == GNUTLS_E_REHANDSHAKE)
		return err_set(
		    err, ERR_TLS, _("the server wants to negotiate TLS again"));
	if (!gnutls_error_is_fatal(rc) && ++*idle <= LAYER_IDLE_MAX)
		return 1;
	t->has_failed = true;
	if (rc == GNUTLS_E_FATAL_ALERT_RECEIVED && layer_is_about_us(t))
		return layer_refused(t, err);
	(void)err_set(err, ERR_LOST, _("the TLS connection broke"));
	return err_detail(err, "%s", gnutls_strerror(rc));
}

static ssize_t
layer_read(struct stream *s, void *p, size_t len, struct error *err)
{
	struct layer *t = (struct layer *)s;
	unsigned idle = 0;
	ssize_t n;

	t->err = err;
	while ((n = gnutls_record_recv(t->session, p, len)) < 0)
		if (layer_data_failed(t, (int)n, &idle, err) < 0)
			return -1;
	return n;
}

/* One record after the other, each written below in one piece: what fits into
 * one record is one write to the network. */
static int
layer_write(struct stream *s, const void *p, size_t len, struct error *err)
{
	struct layer *t = (struct layer *)s;
	const char *from = p;
	unsigned idle = 0;

	t->err = err;
	while (len) {
		size_t piece = len < LAYER_RECORD ? len : LAYER_RECORD;
		ssize_t n = gnutls_record_send(t->session, from, piece);

		if (n >= 0) {
			from += n;
			len -= (size_t)n;
		} else if (layer_data_failed(t, (int)n, &idle, err) < 0) {
			return -1;
		}
	}
	return 0;
}

void
layer_release(struct layer *t)
{
	if (t->session)
		gnutls_deinit(t->session);
	if (t->cred)
		gnutls_certificate_free_credentials(t->cred);
	token_release(&t->token);
	trust_release(&t->trust);
	buf_release(&t->flight);
	error_release(&t->problem);
	free(t->host);
	free(t);
}

/* Says good-bye where that needs no waiting. */
static void
layer_free(struct stream *s)
{
	struct layer *t = (struct layer *)s;
	AUTO(error) struct error ignored = ERROR_INIT;

	t->err = &ignored;
	stream_set_deadline(s, deadline_now());
	if (!t->has_failed && !t->has_ended)
		(void)gnutls_bye(t->session, GNUTLS_SHUT_WR);
	if (!t->has_failed)
		(void)layer_flush(t); /* nobody to tell */
	layer_release(t);
}

const struct stream_ops layer_ops = {
	"tls",
	layer_read,
	layer_write,
	layer_free,
};
