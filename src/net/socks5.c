/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "net/socks5.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/i18n.h"

/* Octets of a field with a one-octet length. */
#define SOCKS5_FIELD_MAX 255

enum {
	SOCKS5_VERSION = 5,
	SOCKS5_AUTH_VERSION = 1, /* of RFC 1929 */

	SOCKS5_METHOD_NONE = 0,
	SOCKS5_METHOD_PASSWORD = 2,
	SOCKS5_METHOD_REFUSED = 0xff,

	SOCKS5_CONNECT = 1,

	SOCKS5_IPV4 = 1,
	SOCKS5_DOMAIN = 3,
	SOCKS5_IPV6 = 4,
};

/* RFC 1928 6, from REP 1 on. */
static const char *const socks5_reasons[] = {
	N_("general failure of the proxy"),
	N_("not allowed by the proxy's rules"),
	N_("network unreachable"),
	N_("host unreachable"),
	N_("connection refused"),
	N_("time to live expired"),
	N_("the proxy does not know the command"),
	N_("the proxy does not know this kind of address"),
};

struct request {
	unsigned char data[3 + 2 * (1 + SOCKS5_FIELD_MAX) + 4];
	size_t len;
};

static void
request_add(struct request *r, const void *p, size_t len)
{
	memcpy(r->data + r->len, p, len);
	r->len += len;
}

static void
request_add_octet(struct request *r, unsigned octet)
{
	r->data[r->len++] = (unsigned char)octet;
}

/* Exactly len octets: one more would be the server's. */
static int
socks5_read(struct stream *s, unsigned char *to, size_t len, struct error *err)
{
	while (len) {
		ssize_t n = stream_read(s, to, len, err);

		if (n == 0)
			return err_set(err, ERR_CONNECT,
			    _("the proxy closed the connection"));
		if (n < 0) {
			if (err->kind == ERR_LOST)
				err->kind = ERR_CONNECT;
			return -1;
		}
		to += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
socks5_write(struct stream *s, const struct request *r, struct error *err)
{
	if (stream_write(s, r->data, r->len, err) == 0)
		return 0;
	if (err->kind == ERR_LOST)
		err->kind = ERR_CONNECT;
	return -1;
}

static int
socks5_nonsense(const char *field, unsigned value, struct error *err)
{
	(void)err_set(
	    err, ERR_CONNECT, _("the proxy does not speak SOCKS version 5"));
	return err_detail(err, "%s is %u", field, value);
}

/* RFC 1928 3 */
static int
socks5_greet(struct stream *s, const struct socks5 *ask, struct error *err)
{
	unsigned method =
	    ask->user ? SOCKS5_METHOD_PASSWORD : SOCKS5_METHOD_NONE;
	struct request r = { .len = 0 };
	unsigned char answer[2];

	request_add_octet(&r, SOCKS5_VERSION);
	request_add_octet(&r, 1);
	request_add_octet(&r, method);
	if (socks5_write(s, &r, err) < 0 ||
	    socks5_read(s, answer, sizeof(answer), err) < 0)
		return -1;
	if (answer[0] != SOCKS5_VERSION)
		return socks5_nonsense("VER", answer[0], err);
	if (answer[1] == SOCKS5_METHOD_REFUSED) {
		if (ask->user)
			return err_set(err, ERR_CONNECT,
			    _("the proxy takes no user name and password"));
		(void)err_set(err, ERR_CONNECT,
		    _("the proxy wants a user name and a password"));
		return err_hint(err, _("Set proxy_user and proxy_password."));
	}
	/* what was not offered cannot be chosen */
	return answer[1] == method ? 0
				   : socks5_nonsense("METHOD", answer[1], err);
}

/* RFC 1929 2 */
static int
socks5_authenticate(
    struct stream *s, const struct socks5 *ask, struct error *err)
{
	struct request r = { .len = 0 };
	unsigned char answer[2];
	int rc;

	request_add_octet(&r, SOCKS5_AUTH_VERSION);
	request_add_octet(&r, (unsigned)strlen(ask->user));
	request_add(&r, ask->user, strlen(ask->user));
	request_add_octet(&r, (unsigned)ask->password->len);
	request_add(&r, ask->password->data, ask->password->len);
	rc = socks5_write(s, &r, err);
	secret_wipe(r.data, r.len);
	if (rc < 0 || socks5_read(s, answer, sizeof(answer), err) < 0)
		return -1;
	if (answer[0] != SOCKS5_AUTH_VERSION)
		return socks5_nonsense("VER", answer[0], err);
	if (answer[1] != 0)
		return err_set(err, ERR_CONNECT,
		    _("the proxy does not accept user name and password"));
	return 0;
}

/* An address is told as one: not every proxy reads numbers as names. */
static void
socks5_add_host(struct request *r, const char *host)
{
	struct in_addr in;
	struct in6_addr in6;

	if (inet_pton(AF_INET, host, &in) == 1) {
		request_add_octet(r, SOCKS5_IPV4);
		request_add(r, &in, sizeof(in));
	} else if (inet_pton(AF_INET6, host, &in6) == 1) {
		request_add_octet(r, SOCKS5_IPV6);
		request_add(r, &in6, sizeof(in6));
	} else {
		request_add_octet(r, SOCKS5_DOMAIN);
		request_add_octet(r, (unsigned)strlen(host));
		request_add(r, host, strlen(host));
	}
}

static int
socks5_refused(unsigned rep, struct error *err)
{
	size_t count = sizeof(socks5_reasons) / sizeof(socks5_reasons[0]);

	if (rep > count)
		return err_set(err, ERR_CONNECT,
		    _("the proxy cannot connect: code %u"), rep);
	return err_set(err, ERR_CONNECT, _("the proxy cannot connect: %s"),
	    _(socks5_reasons[rep - 1]));
}

/* BND.ADDR and BND.PORT tell nothing that we need, but must be read to their
 * end, and no further. */
static int
socks5_skip_address(struct stream *s, unsigned atyp, struct error *err)
{
	unsigned char skipped[SOCKS5_FIELD_MAX + 2];
	unsigned char len;

	switch (atyp) {
	case SOCKS5_IPV4:
		len = 4;
		break;
	case SOCKS5_IPV6:
		len = 16;
		break;
	case SOCKS5_DOMAIN:
		if (socks5_read(s, &len, 1, err) < 0)
			return -1;
		break;
	default:
		return socks5_nonsense("ATYP", atyp, err);
	}
	return socks5_read(s, skipped, (size_t)len + 2, err);
}

/* RFC 1928 4, 6 */
static int
socks5_ask(struct stream *s, const struct socks5 *ask, struct error *err)
{
	struct request r = { .len = 0 };
	unsigned char answer[2];

	request_add_octet(&r, SOCKS5_VERSION);
	request_add_octet(&r, SOCKS5_CONNECT);
	request_add_octet(&r, 0);
	socks5_add_host(&r, ask->host);
	request_add_octet(&r, ask->port >> 8);
	request_add_octet(&r, ask->port & 0xff);
	if (socks5_write(s, &r, err) < 0 ||
	    socks5_read(s, answer, sizeof(answer), err) < 0)
		return -1;
	if (answer[0] != SOCKS5_VERSION)
		return socks5_nonsense("VER", answer[0], err);
	/* some say no more than this when they refuse */
	if (answer[1] != 0)
		return socks5_refused(answer[1], err);
	if (socks5_read(s, answer, sizeof(answer), err) < 0)
		return -1;
	if (answer[0] != 0)
		return socks5_nonsense("RSV", answer[0], err);
	return socks5_skip_address(s, answer[1], err);
}

static bool
socks5_fits(size_t len)
{
	return len >= 1 && len <= SOCKS5_FIELD_MAX;
}

/* CVE-2023-38545: what does not fit is no reason to do something else. */
static int
socks5_check(const struct socks5 *ask, struct error *err)
{
	if (!socks5_fits(strlen(ask->host)))
		return err_set(err, ERR_CONFIG,
		    _("the host name is too long for the proxy"));
	if (strchr(ask->host, '%'))
		return err_set(err, ERR_CONFIG,
		    _("%s is of this machine's network and cannot be reached "
		      "through a proxy"),
		    ask->host);
	if (!ask->user)
		return 0;
	if (!socks5_fits(strlen(ask->user)))
		return err_set(err, ERR_CONFIG,
		    _("proxy_user must have 1 to %d octets"), SOCKS5_FIELD_MAX);
	if (!ask->password || !socks5_fits(ask->password->len))
		return err_set(err, ERR_CONFIG,
		    _("proxy_password must have 1 to %d octets"),
		    SOCKS5_FIELD_MAX);
	return 0;
}

int
socks5_connect(struct stream *s, const struct socks5 *ask, struct error *err)
{
	if (socks5_check(ask, err) < 0 || socks5_greet(s, ask, err) < 0)
		return -1;
	if (ask->user && socks5_authenticate(s, ask, err) < 0)
		return -1;
	return socks5_ask(s, ask, err);
}
