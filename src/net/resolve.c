/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "net/resolve.h"

#include <stdio.h>
#include <string.h>

#include "base/deadline.h"
#include "base/host.h"
#include "base/i18n.h"
#include "base/xalloc.h"

/* The library's codes that say for sure: there is no such thing. */
static bool
resolve_is_final(int code)
{
	switch (code) {
	case EAI_NONAME:
#ifdef EAI_NODATA
	case EAI_NODATA:
#endif
#ifdef EAI_ADDRFAMILY
	case EAI_ADDRFAMILY:
#endif
		return true;
	default:
		return false;
	}
}

static int
resolve_failed(const char *host, int code, struct error *err)
{
	bool is_final = resolve_is_final(code);

	(void)err_set(err, is_final ? ERR_HOST : ERR_HOST_TEMP,
	    is_final ? _("cannot find the host %s")
		     : _("cannot look up the host %s now"),
	    host);
	(void)err_detail(err, "%s", gai_strerror(code));
	if (is_final)
		(void)err_hint(err, _("Check the spelling of the host name."));
	return -1;
}

/* What getaddrinfo is asked.  No AI_ADDRCONFIG: an address of a family that
 * this machine does not speak fails at once when it is tried, and loopback
 * works where nothing else is configured. */
static void
resolve_hints(struct addrinfo *hints, int family)
{
	*hints = (struct addrinfo){ 0 };
	hints->ai_family = family;
	hints->ai_socktype = SOCK_STREAM;
	hints->ai_flags = AI_NUMERICSERV;
}

#ifdef HAVE_GETADDRINFO_A

/* Everything the C library's thread looks at, in one piece, so that it can be
 * left to it when the deadline passes first. */
struct resolve_job {
	struct gaicb request;
	struct addrinfo hints;
	char service[8];
	char host[];
};

static struct resolve_job *
resolve_job_new(const char *host, const char *service, int family)
{
	size_t size = strlen(host) + 1;
	struct resolve_job *job = xcalloc(1, sizeof(*job) + size);

	memcpy(job->host, host, size);
	memcpy(job->service, service, strlen(service) + 1);
	resolve_hints(&job->hints, family);
	job->request.ar_name = job->host;
	job->request.ar_service = job->service;
	job->request.ar_request = &job->hints;
	return job;
}

/* Until the request is answered or the deadline has passed. */
static int
resolve_wait(const struct gaicb *request, int64_t deadline)
{
	int code;

	while ((code = gai_error((struct gaicb *)request)) == EAI_INPROGRESS) {
		int left = deadline_poll_ms(deadline);
		struct timespec ts = { left / 1000, left % 1000 * 1000000L };

		if (left == 0)
			break;
		(void)gai_suspend(&request, 1, left < 0 ? NULL : &ts);
	}
	return code;
}

/* EAI_INPROGRESS: the deadline passed. */
static int
resolve_ask(const char *host, const char *service, int family, int64_t deadline,
    struct addrinfo **out)
{
	struct resolve_job *job = resolve_job_new(host, service, family);
	struct gaicb *list[1] = { &job->request };
	int code = getaddrinfo_a(GAI_NOWAIT, list, 1, NULL);

	if (code == 0) {
		code = resolve_wait(&job->request, deadline);
		if (code == EAI_INPROGRESS &&
		    gai_cancel(&job->request) == EAI_NOTCANCELED)
			return code; /* the thread keeps job */
	}
	*out = code == 0 ? job->request.ar_result : NULL;
	free(job);
	return code;
}

#else

#define EAI_INPROGRESS (-1000) /* never returned here */

static int
resolve_ask(const char *host, const char *service, int family, int64_t deadline,
    struct addrinfo **out)
{
	struct addrinfo hints;

	(void)deadline; /* the resolver's own limits have to do */
	resolve_hints(&hints, family);
	return getaddrinfo(host, service, &hints, out);
}

#endif

static int
resolve_name(const char *host, uint16_t port, int family, int64_t deadline,
    struct address_list *out, struct error *err)
{
	struct addrinfo *found = NULL;
	char service[8];
	int code;

	(void)snprintf(service, sizeof(service), "%u", (unsigned)port);
	code = resolve_ask(host, service, family, deadline, &found);
	if (code == EAI_INPROGRESS)
		return err_set(err, ERR_TIMEOUT,
		    _("cannot look up the host %s: the operation timed out"),
		    host);
	if (code != 0)
		return resolve_failed(host, code, err);
	address_list_add(out, found);
	freeaddrinfo(found);
	return out->count ? 0 : resolve_failed(host, EAI_NONAME, err);
}

static int
resolve_number(const char *host, uint16_t port, int family,
    struct address_list *out, struct error *err)
{
	if (address_list_add_numeric(out, host, port) < 0)
		return err_set(err, ERR_CONFIG,
		    _("%s names no interface of this machine"), host);
	if (family == AF_UNSPEC || out->items[0].sa.any.sa_family == family)
		return 0;
	return err_set(err, ERR_CONFIG,
	    family == AF_INET ? _("%s is no IPv4 address")
			      : _("%s is no IPv6 address"),
	    host);
}

int
resolve(const char *host, uint16_t port, int family, int64_t deadline,
    struct address_list *out, struct error *err)
{
	*out = (struct address_list){ .count = 0 };
	if (host_is_numeric(host))
		return resolve_number(host, port, family, out, err);
	if (strcmp(host, "localhost") == 0) {
		if (family != AF_INET)
			(void)address_list_add_numeric(out, "::1", port);
		if (family != AF_INET6)
			(void)address_list_add_numeric(out, "127.0.0.1", port);
		return 0;
	}
	return resolve_name(host, port, family, deadline, out, err);
}
