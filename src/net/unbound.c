/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "net/unbound.h"

#include <arpa/nameser.h>
#include <errno.h>
#include <string.h>

#include "base/i18n.h"

#ifdef HAVE_UNBOUND_H

#include <poll.h>
#include <unbound.h>

#include "base/deadline.h"
#include "base/library.h"
#include "base/xalloc.h"

#define UNBOUND_SONAME "libunbound.so.8"

#define UNBOUND_SYMBOLS(X)                                                     \
	X(ub_ctx_add_ta_file)                                                  \
	X(ub_ctx_async)                                                        \
	X(ub_ctx_create)                                                       \
	X(ub_ctx_delete)                                                       \
	X(ub_ctx_resolvconf)                                                   \
	X(ub_fd)                                                               \
	X(ub_process)                                                          \
	X(ub_resolve_async)                                                    \
	X(ub_resolve_free)                                                     \
	X(ub_strerror)

#define UNBOUND_STATIC(name) static LIBRARY_SLOT(name)
UNBOUND_SYMBOLS(UNBOUND_STATIC)

LIBRARY_NOTE(
    dnssec, "DANE with proofs of our own", "suggested", UNBOUND_SONAME);

static int
unbound_load(struct error *err)
{
	static const struct library_symbol symbols[] = { UNBOUND_SYMBOLS(
	    LIBRARY_SYMBOL) };
	static const struct library lib = { UNBOUND_SONAME, symbols,
		sizeof(symbols) / sizeof(symbols[0]) };

	return library_load(&lib, err);
}

struct unbound {
	struct ub_ctx *ctx;
	struct ub_result *result;
	bool is_answered;
	int rc;
};

static void
unbound_release(struct unbound *u)
{
	if (u->result)
		lib_ub_resolve_free(u->result);
	if (u->ctx)
		lib_ub_ctx_delete(u->ctx);
}
AUTO_DEFINE(unbound);

static int
unbound_failed(const char *name, int rc, struct error *err)
{
	(void)err_set(err, ERR_HOST_TEMP, _("cannot look up %s now"), name);
	return err_detail(err, "libunbound: %s", lib_ub_strerror(rc));
}

static int
unbound_bad_anchor(const char *anchor_file, struct error *err)
{
	(void)err_set(err, ERR_CONFIG,
	    _("the DNS trust anchors in %s cannot be used"), anchor_file);
	return err_hint(
	    err, _("It must hold DS or DNSKEY records; Debian has those of the "
		   "root in /usr/share/dns/root.key (package dns-root-data)."));
}

static int
unbound_open(struct unbound *u, const char *anchor_file, struct error *err)
{
	int rc;

	u->ctx = lib_ub_ctx_create();
	if (!u->ctx)
		return err_set(
		    err, ERR_SOFTWARE, _("the DNS library does not start"));
	/* in a thread, so that there is something to poll() for */
	(void)lib_ub_ctx_async(u->ctx, 1);
	rc = lib_ub_ctx_add_ta_file(u->ctx, anchor_file);
	if (rc)
		return unbound_bad_anchor(anchor_file, err);
	rc = lib_ub_ctx_resolvconf(u->ctx, NULL);
	return rc ? unbound_failed("/etc/resolv.conf", rc, err) : 0;
}

static void
unbound_done(void *ctx, int rc, struct ub_result *result)
{
	struct unbound *u = ctx;

	u->is_answered = true;
	u->rc = rc;
	u->result = result;
}

static int
unbound_wait(
    struct unbound *u, const char *name, int64_t deadline, struct error *err)
{
	while (!u->is_answered) {
		struct pollfd pfd = { lib_ub_fd(u->ctx), POLLIN, 0 };
		int rc = poll(&pfd, 1, deadline_poll_ms(deadline));

		if (rc == 0)
			return err_set(err, ERR_TIMEOUT,
			    _("cannot look up %s: the operation timed out"),
			    name);
		if (rc > 0 && (rc = lib_ub_process(u->ctx)) != 0)
			return unbound_failed(name, rc, err);
	}
	return u->rc ? unbound_failed(name, u->rc, err) : 0;
}

static int
unbound_judge(const struct ub_result *r, const char *name, struct error *err)
{
	if (r->bogus) {
		(void)err_set(err, ERR_HOST_TEMP,
		    _("the DNS's proof for %s is wrong"), name);
		return err_detail(err, "%s", r->why_bogus ? r->why_bogus : "");
	}
	if (r->rcode != ns_r_noerror && r->rcode != ns_r_nxdomain) {
		(void)err_set(
		    err, ERR_HOST_TEMP, _("cannot look up %s now"), name);
		return err_detail(err, "RCODE %d", r->rcode);
	}
	if (r->havedata)
		return 0;
	return err_set(err, ERR_HOST, _("there is no %s in the DNS"), name);
}

int
unbound_ask(const char *anchor_file, const char *name, int type,
    int64_t deadline, struct dnsq_answer *answer, struct error *err)
{
	AUTO(unbound) struct unbound u = { NULL, NULL, false, 0 };
	int id, rc;

	if (unbound_load(err) < 0 || unbound_open(&u, anchor_file, err) < 0)
		return -1;
	rc = lib_ub_resolve_async(
	    u.ctx, name, type, ns_c_in, &u, unbound_done, &id);
	/* it reads the file only now */
	if (rc == UB_INITFAIL)
		return unbound_bad_anchor(anchor_file, err);
	if (rc)
		return unbound_failed(name, rc, err);
	if (unbound_wait(&u, name, deadline, err) < 0 ||
	    unbound_judge(u.result, name, err) < 0)
		return -1;
	dnsq_answer_release(answer);
	answer->len = (size_t)u.result->answer_len;
	answer->message = xmalloc(answer->len + 1);
	memcpy(answer->message, u.result->answer_packet, answer->len);
	answer->is_secure = u.result->secure;
	return 0;
}

#else

int
unbound_ask(const char *anchor_file, const char *name, int type,
    int64_t deadline, struct dnsq_answer *answer, struct error *err)
{
	(void)anchor_file;
	(void)name;
	(void)type;
	(void)deadline;
	(void)answer;
	return err_set(err, ERR_SOFTWARE, _("built without libunbound"));
}

#endif
