/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "base/host.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/i18n.h"
#include "base/idn2.h"
#include "base/text.h"
#include "base/xalloc.h"

#define HOST_LABEL_MAX 63 /* octets, RFC 1035 2.3.4 */
#define HOST_NAME_MAX 253

static bool
host_is_ipv6(const char *host)
{
	char bare[INET6_ADDRSTRLEN];
	size_t len = strcspn(host, "%");
	struct in6_addr in6;

	/* "%" and nothing behind it names no interface */
	if (len >= sizeof(bare) || (host[len] && !host[len + 1]))
		return false;
	memcpy(bare, host, len);
	bare[len] = '\0';
	return inet_pton(AF_INET6, bare, &in6) == 1;
}

bool
host_is_numeric(const char *host)
{
	struct in_addr in;

	return inet_pton(AF_INET, host, &in) == 1 || host_is_ipv6(host);
}

/* One label; its length, or 0 when it cannot be one. */
static size_t
host_label(const char *s)
{
	size_t len = 0;

	while (text_is_alnum(s[len]) || s[len] == '-' || s[len] == '_')
		len++;
	return len <= HOST_LABEL_MAX ? len : 0;
}

static bool
host_is_name(const char *host)
{
	const char *s = host;

	if (strlen(host) > HOST_NAME_MAX)
		return false;
	for (;;) {
		size_t len = host_label(s);

		if (!len || (s[len] && s[len] != '.'))
			return false;
		if (!s[len])
			return strspn(s, "0123456789") != len;
		s += len + 1;
	}
}

/* A copy of host; in A-labels where it is not ASCII. */
static int
host_convert(const char *host, char **out, struct error *err)
{
	char *ascii = NULL;
	int rc;

	if (text_is_ascii(host, strlen(host))) {
		*out = xstrdup(host);
		text_lower(*out);
		return 0;
	}
	if (idn2_load(err) < 0)
		return -1;
	rc = idn2_to_ascii_8z(host, &ascii, IDN2_NONTRANSITIONAL);
	if (rc != IDN2_OK) {
		(void)err_set(err, ERR_CONFIG,
		    _("%s is not an internationalized host name"), host);
		(void)err_detail(err, "%s", idn2_strerror(rc));
		return -1;
	}
	*out = xstrdup(ascii);
	idn2_free(ascii);
	return 0;
}

/* What people write who know hosts from elsewhere. */
static int
host_hint(const char *host, struct error *err)
{
	const char *colon = strrchr(host, ':');

	if (strstr(host, "://"))
		return err_hint(
		    err, _("Write the name alone, without the protocol."));
	if (colon && colon[1] && !colon[1 + strspn(colon + 1, "0123456789")])
		return err_hint(err,
		    _("Write the port in a line of its own: port %s."),
		    colon + 1);
	return -1;
}

int
host_to_ascii(const char *host, char **out, struct error *err)
{
	auto_free char *name = NULL;
	size_t len;

	if (host_is_numeric(host)) {
		*out = xstrdup(host);
		return 0;
	}
	if (host_convert(host, &name, err) < 0)
		return -1;
	len = strlen(name);
	if (len && name[len - 1] == '.')
		name[len - 1] = '\0';
	if (!host_is_name(name)) {
		(void)err_set(err, ERR_CONFIG,
		    _("%s is neither a host name nor an address"), host);
		return host_hint(host, err);
	}
	*out = auto_take(name);
	return 0;
}

int
host_can_convert(struct error *err)
{
	return idn2_load(err);
}

static bool
host_has_a_label(const char *host)
{
	for (const char *dot = host; dot; dot = strchr(dot, '.')) {
		dot += *dot == '.';
		if (text_has_caseprefix(dot, "xn--"))
			return true;
	}
	return false;
}

char *
host_to_unicode(const char *host)
{
	AUTO(error) struct error err = ERROR_INIT;
	char *wide = NULL;
	char *out;

	if (!host_has_a_label(host) || idn2_load(&err) < 0 ||
	    idn2_to_unicode_8z8z(host, &wide, IDN2_NONTRANSITIONAL) != IDN2_OK)
		return xstrdup(host);
	out = xstrdup(wide);
	idn2_free(wide);
	return out;
}
