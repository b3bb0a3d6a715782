/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/connection.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "deliver/identity.h"
#include "deliver/login.h"
#include "deliver/tls_setup.h"
#include "tls/gnutls.h"

/* Seconds for look-up and connect together, and for the TLS handshake, where
 * the account names no shorter limit. */
#define CONNECTION_DIAL_S 120
#define CONNECTION_TLS_S 60

#define CONNECTION_PORT_SMTP 25
#define CONNECTION_PORT_SUBMISSIONS 465

/* How TLS comes about. */
enum tls_way {
	TLS_WAY_NONE,
	TLS_WAY_IMPLICIT,
	TLS_WAY_STARTTLS,   /* or no session */
	TLS_WAY_IF_OFFERED, /* nothing secret goes over this connection */
};

/* At that port; is_submissions where the DNS gave it for such a service. */
static bool
connection_is_implicit(
    const struct account *a, uint16_t port, bool is_submissions)
{
	if (a->tls == TOGGLE_OFF)
		return false;
	if (a->tls_starttls == TOGGLE_UNSET || a->tls == TOGGLE_UNSET)
		return is_submissions || port == CONNECTION_PORT_SUBMISSIONS;
	return a->tls_starttls == TOGGLE_OFF;
}

/*
 * An account that says nothing about TLS gets it wherever a password is to be
 * sent to another machine, and uses it elsewhere where it is offered.
 */
static enum tls_way
connection_tls_way(const struct connection *c)
{
	const struct account *a = c->account;

	if (connection_is_implicit(a, c->peer.port, c->peer.is_submissions))
		return TLS_WAY_IMPLICIT;
	if (a->tls == TOGGLE_OFF)
		return TLS_WAY_NONE;
	if (a->tls == TOGGLE_ON || tls_setup_is_pinned(a) || c->dane.is_used ||
	    (login_is_wanted(a) && !c->peer.is_loopback))
		return TLS_WAY_STARTTLS;
	/* on a socket there may be no name that could be proven */
	return c->peer.host ? TLS_WAY_IF_OFFERED : TLS_WAY_NONE;
}

static int64_t
connection_deadline(const struct connection *c, int64_t limit_s)
{
	int64_t timeout_s = c->account->timeout_s;

	return deadline_min(c->stop_at,
	    deadline_in(
		timeout_s > 0 && timeout_s < limit_s ? timeout_s : limit_s));
}

void
connection_note(const struct connection *c, const char *text)
{
	if (c->trace && c->trace->note)
		c->trace->note(c->trace->ctx, text);
}

uint16_t
connection_port(const struct account *a)
{
	if (a->port)
		return a->port;
	return connection_is_implicit(a, 0, false) ? CONNECTION_PORT_SUBMISSIONS
						   : CONNECTION_PORT_SMTP;
}

static struct way
connection_way(const struct account *a)
{
	static const int families[] = {
		[FAMILY_ANY] = AF_UNSPEC,
		[FAMILY_IPV4] = AF_INET,
		[FAMILY_IPV6] = AF_INET6,
	};
	struct way way = {
		.host = a->host,
		.port = a->port,
		.family = families[a->family],
		.source_ip = a->source_ip,
		.socket_path = a->socket,
		.proxy_host = a->proxy_host,
		.proxy_port = a->proxy_port,
		.proxy_user = a->proxy_user,
		.proxy_password = &a->proxy_password,
	};

	if (!way.port)
		way.port = connection_port(a);
	return way;
}

/* The transcript, without what a server may say back of the password. */
static void
connection_show(void *ctx, bool is_ours, const char *line, size_t len)
{
	const struct connection *c = ctx;
	auto_free char *shown = xmemdupz(line, len);

	if (c->smtp)
		redact_apply(smtp_redact(c->smtp), shown, len);
	c->trace->line(c->trace->ctx, is_ours, shown, len);
}

/* The next place; what is to come of it gets its share of the time. */
static int
connection_dial(struct connection *c, struct dialer *dialer, struct error *err)
{
	struct stream *io;

	if (dialer_next(dialer, connection_deadline(c, CONNECTION_DIAL_S),
		&c->peer, &io, err) < 0)
		return -1;
	stream_set_limit(io, dialer_share(dialer, c->stop_at));
	c->io = io;
	c->tls_slot = &c->io;
	if (c->trace && c->trace->line) {
		c->io = stream_tap_new(io, connection_show, c);
		c->tls_slot = &c->io->below;
	}
	return 0;
}

static int
connection_tls(struct connection *c, enum tls_way way, struct error *err)
{
	struct tls_params params = tls_setup_params(c->account, c->peer.host);
	struct stream *layer;

	if (login_has_pin(c->account)) {
		params.client.pin = login_pin;
		params.client.pin_ctx = c;
	}
	if (c->dane.is_used)
		params.dane = &c->dane.dane;
	if (way == TLS_WAY_IF_OFFERED && params.verify == TLS_VERIFY_REQUIRED)
		params.verify = TLS_VERIFY_REPORT;
	c->needs_proof = params.verify == TLS_VERIFY_REQUIRED;
	if (c->needs_proof && c->is_probe)
		params.verify = TLS_VERIFY_REPORT;
	stream_set_deadline(c->io, connection_deadline(c, CONNECTION_TLS_S));
	if (tls_wrap(*c->tls_slot, &params, &c->tls, &layer, err) < 0)
		return -1;
	*c->tls_slot = layer;
	c->is_tls = true;
	c->is_starttls = way != TLS_WAY_IMPLICIT;
	if (c->tls.description)
		connection_note(c, c->tls.description);
	return 0;
}

static int
connection_hello(struct connection *c, enum tls_way way, struct error *err)
{
	auto_free char *domain = NULL;
	bool need_ehlo = way == TLS_WAY_STARTTLS ||
			 (login_is_wanted(c->account) && !c->is_probe);

	if (identity_hello(c->account->domain, stream_fd(c->io), &domain, err) <
	    0)
		return -1;
	return smtp_hello(c->smtp, domain, need_ehlo, err);
}

/* While the greeting is on its way there is time to open the library that the
 * session cannot do without.  Who needs it asks again, and tells what is wrong
 * with it. */
static void
connection_use_the_wait(enum tls_way way)
{
	AUTO(error) struct error ignored = ERROR_INIT;

	if (way == TLS_WAY_STARTTLS)
		(void)gnutls_load(&ignored);
}

static int
connection_greet(struct connection *c, enum tls_way way, struct error *err)
{
	connection_use_the_wait(way);
	if (smtp_greet(c->smtp, err) < 0 || connection_hello(c, way, err) < 0)
		return -1;
	if (way == TLS_WAY_NONE || way == TLS_WAY_IMPLICIT)
		return 0;
	if (way == TLS_WAY_IF_OFFERED &&
	    !(smtp_extensions(c->smtp) & SMTP_EXT_STARTTLS))
		return 0;
	if (smtp_starttls(c->smtp, err) < 0 || connection_tls(c, way, err) < 0)
		return -1;
	return connection_hello(c, way, err);
}

void
connection_settings(struct smtp *s, const struct account *a)
{
	if (a->protocol == PROTOCOL_LMTP)
		smtp_set_lmtp(s);
	if (a->chunking == TOGGLE_ON)
		smtp_set_chunking(s, SMTP_CHUNKING_ON);
	else if (a->chunking == TOGGLE_OFF)
		smtp_set_chunking(s, SMTP_CHUNKING_OFF);
}

/* From the first octet to where a password would be needed. */
static int
connection_begin(struct connection *c, struct error *err)
{
	enum tls_way way;

	dane_setup_release(&c->dane);
	if (dane_setup_find(&c->dane, c->account, &c->peer,
		connection_deadline(c, CONNECTION_DIAL_S), err) < 0)
		return -1;
	if (c->dane.is_used)
		connection_note(c, "DANE");
	way = connection_tls_way(c);
	if (way == TLS_WAY_IMPLICIT && connection_tls(c, way, err) < 0)
		return -1;
	c->smtp = smtp_new(&c->io, c->account->timeout_s);
	connection_settings(c->smtp, c->account);
	return connection_greet(c, way, err);
}

static void
connection_close(struct connection *c)
{
	if (c->smtp)
		smtp_quit(c->smtp);
	/* the transcript's last words come before the secrets are forgotten */
	stream_free(c->io);
	c->io = NULL;
	smtp_free(c->smtp);
	c->smtp = NULL;
	tls_info_release(&c->tls);
	c->tls = (struct tls_info){ 0 };
	c->is_tls = c->is_starttls = c->needs_proof = false;
}

/* Whether it is this server that is of no use: another one, of whom just as
 * much is demanded, may be. */
static bool
connection_may_go_on(const struct error *err)
{
	switch (err->kind) {
	case ERR_TIMEOUT:
	case ERR_LOST:
	case ERR_PROTOCOL:
	case ERR_TLS:
	case ERR_TLS_CERT:
	case ERR_UNSUPPORTED:
	case ERR_DEFERRED:
		return true;
	default:
		return false;
	}
}

static void
connection_set_back(struct connection *c, const struct error *err)
{
	auto_free char *text = xasprintf(_("%s, port %u, is of no use: %s"),
	    c->peer.host ? c->peer.host : "?", (unsigned)c->peer.port,
	    err->text);

	connection_note(c, text);
	xreplace(&c->setback, auto_take(text));
}

/* RFC 5321 5.1: one server after another, until one takes us. */
static int
connection_find(struct connection *c, struct dialer *dialer, struct error *err)
{
	for (;;) {
		if (connection_dial(c, dialer, err) < 0)
			return -1;
		if (connection_begin(c, err) == 0)
			break;
		if (!connection_may_go_on(err))
			return -1;
		dialer_failed(dialer, err);
		if (!dialer_has_more(dialer) || !deadline_poll_ms(c->stop_at)) {
			dialer_sum_up(dialer, err);
			return -1;
		}
		connection_set_back(c, err);
		connection_close(c);
	}
	stream_set_limit(c->io, c->stop_at);
	return 0;
}

static int
connection_reach(struct connection *c, const struct account *account,
    int64_t stop_at, const struct trace *trace, struct error *err)
{
	struct way way = connection_way(account);
	struct dialer *dialer;
	int rc;

	c->account = account;
	c->trace = trace;
	c->stop_at = stop_at;
	if (tls_setup_check(account, err) < 0)
		return -1;
	dialer = dialer_new(&way, err);
	rc = dialer ? connection_find(c, dialer, err) : -1;
	dialer_free(dialer);
	return rc;
}

int
connection_open(struct connection *c, const struct account *account,
    int64_t stop_at, const struct trace *trace, struct error *err)
{
	*c = (struct connection){ .is_probe = false };
	if (connection_reach(c, account, stop_at, trace, err) < 0)
		return -1;
	return login_run(c, err);
}

int
connection_probe(struct connection *c, const struct account *account,
    const struct trace *trace, struct error *err)
{
	*c = (struct connection){ .is_probe = true };
	return connection_reach(
	    c, account, deadline_in(account->total_timeout_s), trace, err);
}

/* A server that has not proven who it is cannot promise anything. */
int
connection_check_wishes(
    const struct connection *c, const struct envelope *e, struct error *err)
{
	if (!e->wishes.needs_tls || (c->is_tls && c->tls.is_verified))
		return 0;
	return err_set(err, ERR_TLS_CERT,
	    _("requiretls needs TLS with a certificate that was verified"));
}

void
connection_release(struct connection *c)
{
	if (!c)
		return;
	connection_close(c);
	peer_release(&c->peer);
	dane_setup_release(&c->dane);
	free(c->setback);
	*c = (struct connection){ 0 };
}
