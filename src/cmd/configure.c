/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "cmd/configure.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/deadline.h"
#include "base/host.h"
#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "cmd/serverinfo.h"
#include "cmd/trace.h"
#include "cmd/words.h"
#include "mail/addr.h"
#include "net/srv.h"

/* Seconds for a question to the DNS, and for each step of looking at a server
 * where the command line says nothing else. */
#define CONFIGURE_DNS_S 30
#define CONFIGURE_STEP_S 20
/* Servers that are looked at. */
#define CONFIGURE_TRIED_MAX 8
#define CONFIGURE_OUT_MAX (256 * 1024)

/* In the order of preference (RFC 8314 5.1). */
static const struct configure_service {
	const char *name;
	const char *starttls;
} configure_services[] = {
	{ "_submissions._tcp", "off" },
	{ "_submission._tcp", "on" },
};

struct candidate {
	const struct configure_service *service;
	char host[SRV_TARGET_MAX];
	unsigned port;
};

struct configure {
	const struct plan *plan;
	const char *address, *domain; /* as given */
	char *ascii;                  /* the domain, in A-labels; owned */
	struct candidate tried[CONFIGURE_TRIED_MAX];
	size_t count;
	struct buf found; /* comments */
};

static void
configure_release(struct configure *c)
{
	free(c->ascii);
	buf_release(&c->found);
}
AUTO_DEFINE(configure);

/* --- the address ---------------------------------------------------------- */

static int
configure_read_address(struct configure *c, struct error *err)
{
	c->address = c->plan->argument;
	if (addr_validate(
		c->address, strlen(c->address), false, "--configure", err) < 0)
		return -1;
	c->domain = addr_domain(c->address);
	/* nor one that the file would want quoted twice */
	if (c->domain && *c->domain != '[' && !strchr(c->address, '"') &&
	    host_to_ascii(c->domain, &c->ascii, err) == 0)
		return 0;
	if (err->kind == ERR_OS)
		return -1; /* a library is missing */
	(void)err_set(err, ERR_ADDRESS, _("%s is no mail address"), c->address);
	return err_hint(err, _("Write it with its domain: NAME@DOMAIN."));
}

/* --- the DNS -------------------------------------------------------------- */

static void
configure_add(struct configure *c, const struct configure_service *service,
    const struct srv_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct candidate *one = &c->tried[c->count];

		if (c->count == CONFIGURE_TRIED_MAX)
			return;
		if (!list->items[i].target[0])
			continue;
		one->service = service;
		one->port = list->items[i].port;
		memcpy(one->host, list->items[i].target, sizeof(one->host));
		c->count++;
	}
}

static int
configure_none(const struct configure *c, struct error *err)
{
	(void)err_set(err, ERR_HOST,
	    _("automatic configuration based on SRV records failed: no SRV "
	      "records for %s.%s or %s.%s"),
	    configure_services[0].name, c->ascii, configure_services[1].name,
	    c->ascii);
	return err_hint(err,
	    _("Ask who runs your mail for the name of the submission server; "
	      "%s --serverinfo --host=NAME --port=465 --tls looks at it, and "
	      "an account needs host, port, tls, auth, user and from."),
	    PACKAGE);
}

/* A service that is not offered is no error as long as the other is. */
static int
configure_look_up(struct configure *c, struct error *err)
{
	int64_t deadline = deadline_in(CONFIGURE_DNS_S);
	AUTO(error) struct error unknown = ERROR_INIT;

	for (size_t i = 0;
	     i < sizeof(configure_services) / sizeof(configure_services[0]);
	     i++) {
		auto_free char *name =
		    xasprintf("%s.%s", configure_services[i].name, c->ascii);
		struct srv_list list;

		if (srv_lookup(name, deadline, &list, err) == 0)
			configure_add(c, &configure_services[i], &list);
		else if (err->kind != ERR_HOST)
			err_move(&unknown, err);
	}
	error_release(err);
	if (c->count)
		return 0;
	if (!unknown.kind)
		return configure_none(c, err);
	err_move(err, &unknown);
	return -1;
}

/* --- a server ------------------------------------------------------------- */

/* What the DNS says goes before the command line, user and auth behind it. */
static int
configure_account(const struct configure *c, const struct candidate *one,
    struct account *a, struct error *err)
{
	auto_free char *port = xasprintf("%u", one->port);
	const char *name = strpbrk(c->address, ":,#") ? c->domain : c->address;
	const struct {
		enum opt_id id;
		const char *value;
	} own[] = {
		{ OPT_HOST, one->host },
		{ OPT_PORT, port },
		{ OPT_TLS, "on" },
		{ OPT_TLS_STARTTLS, one->service->starttls },
		{ OPT_AUTH, "on" },
		{ OPT_USER, c->address },
		{ OPT_FROM, c->address },
	};

	account_inherit(a, &c->plan->overrides, 0);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		bool is_said = c->plan->overrides.is_own[own[i].id] &&
			       (own[i].id == OPT_USER || own[i].id == OPT_AUTH);

		if (!is_said && opt_set(a, own[i].id, own[i].value, err) < 0)
			return -1;
	}
	a->name = xstrdup(name);
	if (!a->timeout_s)
		a->timeout_s = CONFIGURE_STEP_S;
	return 0;
}

/* Comments on one server.  0 when mail could be sent there. */
static int
configure_probe(struct configure *c, const struct account *a, struct error *err)
{
	AUTO(connection) struct connection conn = { 0 };
	struct buf *out = &c->found;

	(void)buf_printf(out, _("# %s, port %u: "), a->host, (unsigned)a->port);
	if (connection_probe(&conn, a, trace_of(c->plan), err) < 0) {
		text_escape(out, err->text, strlen(err->text), 500);
		(void)buf_add_char(out, '\n');
		return -1;
	}
	(void)buf_printf(out, "%s\n", conn.tls.description);
	if (conn.needs_proof && !conn.tls.is_verified) {
		err_move(err, &conn.tls.problem);
		(void)buf_add_str(out, "#   ");
		text_escape(out, err->text, strlen(err->text), 500);
		(void)buf_add_char(out, '\n');
		return -1;
	}
	(void)buf_printf(out, "#   %s\n",
	    conn.tls.is_verified ? _("the certificate is verified")
				 : _("the certificate was not checked"));
	serverinfo_methods(out, &conn, "#   ");
	return 0;
}

/* --- the account ---------------------------------------------------------- */

/* Whether host is the domain or below it. */
static bool
configure_is_within(const char *host, const char *domain)
{
	size_t len = strlen(host), tail = strlen(domain);

	return len >= tail && text_caseeq(host + len - tail, domain) &&
	       (len == tail || host[len - tail - 1] == '.');
}

static void
configure_notes(
    struct buf *out, const struct configure *c, const struct account *a)
{
	(void)buf_printf(out, "# - %s\n",
	    _("copy this to your configuration file ~/.msmtprc"));
	if (!configure_is_within(a->host, c->ascii)) {
		(void)buf_printf(out, "# - %s\n",
		    _("warning: the host does not match the mail domain; "
		      "please check"));
		(void)buf_printf(out,
		    _("#   the DNS says so, which can be forged: ask who runs "
		      "%s whether %s is theirs\n"),
		    c->ascii, a->host);
	}
	(void)buf_printf(out, "# - %s\n",
	    _("keep the password in the keyring, or add a line passwordeval "
	      "COMMAND:"));
	(void)buf_printf(out, "#   %s --store-password=%s\n", PACKAGE, a->name);
	(void)buf_printf(out,
	    _("# - if the server refuses this user, try the name before the "
	      "@ alone\n"));
}

static void
configure_line(struct buf *out, const char *name, const char *value)
{
	const char *quote = strpbrk(value, " \t#") ? "\"" : "";

	(void)buf_printf(out, "%s %s%s%s\n", name, quote, value, quote);
}

/* What the command line said besides, as far as it is written as it is read. */
static void
configure_extras(struct buf *out, const struct configure *c)
{
	const struct account *said = &c->plan->overrides;

	for (int i = 0; i < OPT_COUNT; i++) {
		enum opt_id id = (enum opt_id)i;
		enum opt_type type = opt_table[id].type;
		auto_free char *value =
		    said->is_own[id] ? opt_text(said, id) : NULL;

		if (!value || id == OPT_HOST || id == OPT_TLS ||
		    id == OPT_TLS_STARTTLS || id == OPT_USER ||
		    (type != OPT_TYPE_STRING && type != OPT_TYPE_NAME &&
			type != OPT_TYPE_PATH && type != OPT_TYPE_ADDRESS &&
			type != OPT_TYPE_FAMILY && type != OPT_TYPE_TOGGLE))
			continue;
		configure_line(out, opt_table[id].name, value);
	}
}

static void
configure_block(
    struct buf *out, const struct configure *c, const struct account *a)
{
	auto_free char *port = xasprintf("%u", (unsigned)a->port);
	auto_free char *auth =
	    xstrdup(a->auth == TOGGLE_AUTO ? a->auth_mechanism : "on");

	text_lower(auth);
	configure_line(out, "account", a->name);
	configure_line(out, "host", a->host);
	configure_line(out, "port", port);
	configure_line(out, "tls", "on");
	configure_line(
	    out, "tls_starttls", a->tls_starttls == TOGGLE_ON ? "on" : "off");
	configure_line(out, "auth", auth);
	configure_line(out, "user", a->user);
	configure_line(out, "from", c->address);
	configure_line(out, "queue", "on-failure");
	configure_extras(out, c);
}

/* --- the mode ------------------------------------------------------------- */

/* Into *a the first server that is good, else the first of all; -1 with the
 * latter's error. */
static int
configure_choose(struct configure *c, struct account **a, struct error *err)
{
	for (size_t i = 0; i < c->count; i++) {
		AUTO(error) struct error why = ERROR_INIT;
		struct account *one = account_new();
		int rc = configure_account(c, &c->tried[i], one, &why);

		(void)buf_printf(&c->found, "# %s.%s: %s, port %u\n",
		    c->tried[i].service->name, c->ascii, c->tried[i].host,
		    c->tried[i].port);
		if (rc == 0)
			rc = configure_probe(c, one, &why);
		if (rc == 0 || !*a) {
			account_free(*a);
			*a = one;
		} else {
			account_free(one);
		}
		if (rc == 0) {
			error_release(err);
			return 0;
		}
		if (!err->kind)
			err_move(err, &why);
	}
	return -1;
}

static int
configure_print(struct configure *c, const struct account *a, struct error *err)
{
	struct buf *out = &c->found;

	configure_notes(out, c, a);
	configure_block(out, c, a);
	return words_print(out, err);
}

static int
configure_run(struct configure *c, struct error *err)
{
	struct account *a = NULL;
	AUTO(error) struct error unwritten = ERROR_INIT;
	int rc;

	if (configure_read_address(c, err) < 0 || configure_look_up(c, err) < 0)
		return -1;
	rc = configure_choose(c, &a, err);
	assert(a); /* of several the first, if no other is good */
	if (configure_print(c, a, &unwritten) < 0) {
		err_move(err, &unwritten);
		rc = -1;
	}
	account_free(a);
	return rc;
}

int
cmd_configure(const struct plan *plan)
{
	AUTO(configure)
	struct configure c = { .plan = plan,
		.found = BUF_INIT(CONFIGURE_OUT_MAX) };
	AUTO(error) struct error err = ERROR_INIT;

	if (configure_run(&c, &err) == 0)
		return 0;
	return words_exit(plan->program, &err);
}
