/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/identity.h"

#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/host.h"
#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"

static bool
identity_is_literal(const char *s)
{
	size_t len = strlen(s);
	auto_free char *inner = NULL;

	if (len < 3 || s[0] != '[' || s[len - 1] != ']')
		return false;
	inner = xmemdupz(s + 1, len - 2);
	return host_is_numeric(
	    text_has_caseprefix(inner, "IPv6:") ? inner + 5 : inner);
}

/* "[192.0.2.1]" or "[IPv6:2001:db8::1]" of our end of fd. */
static char *
identity_literal(int fd)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof(ss);
	char text[NI_MAXHOST];
	char *scope;

	if (getsockname(fd, (struct sockaddr *)&ss, &len) < 0 ||
	    (ss.ss_family != AF_INET && ss.ss_family != AF_INET6) ||
	    getnameinfo((struct sockaddr *)&ss, len, text, sizeof(text), NULL,
		0, NI_NUMERICHOST) != 0)
		return xstrdup("[127.0.0.1]");
	scope = strchr(text, '%');
	if (scope)
		*scope = '\0';
	return xasprintf(ss.ss_family == AF_INET6 ? "[IPv6:%s]" : "[%s]", text);
}

int
identity_hello(const char *domain, int fd, char **out, struct error *err)
{
	char name[256];

	if (domain && *domain) {
		if (identity_is_literal(domain)) {
			*out = xstrdup(domain);
			return 0;
		}
		if (host_to_ascii(domain, out, err) == 0)
			return 0;
		return err_hint(err,
		    _("Give 'domain' the name of this machine, or leave it "
		      "out."));
	}
	if (gethostname(name, sizeof(name) - 1) == 0) {
		AUTO(error) struct error unfit = ERROR_INIT;

		name[sizeof(name) - 1] = '\0';
		if (strchr(name, '.') && host_to_ascii(name, out, &unfit) == 0)
			return 0;
	}
	*out = identity_literal(fd);
	return 0;
}
