/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "conf/conf.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"

int
account_blame(const struct account *a, enum opt_id id, struct error *err)
{
	const struct origin *o = &a->origin[id];

	if (o->kind != ORIGIN_FILE)
		o = &a->where;
	if (o->kind == ORIGIN_FILE)
		xreplace(&err->text, xasprintf(_("%s: line %u: %s"), o->file,
					 o->line, err->text));
	return -1;
}

static int
check_host(const struct account *a, struct error *err)
{
	if (a->host || a->socket)
		return 0;
	if (a->name)
		(void)err_set(
		    err, ERR_CONFIG, _("account %s: host is not set"), a->name);
	else
		(void)err_set(err, ERR_CONFIG, _("host is not set"));
	(void)err_hint(err, _("Write the name of the mail server: host NAME."));
	return account_blame(a, OPT_HOST, err);
}

static int
check_port(const struct account *a, struct error *err)
{
	if (a->protocol != PROTOCOL_LMTP || a->port || a->socket)
		return 0;
	(void)err_set(err, ERR_CONFIG, _("port is not set"));
	(void)err_hint(err, _("LMTP has no port of its own: port NUMBER."));
	return account_blame(a, OPT_PROTOCOL, err);
}

static bool
check_mechanism(const struct account *a, const char *name)
{
	return a->auth == TOGGLE_AUTO && a->auth_mechanism &&
	       strcmp(a->auth_mechanism, name) == 0;
}

static int
check_auth(const struct account *a, struct error *err)
{
	if (check_mechanism(a, "EXTERNAL") && !a->tls_cert_file) {
		(void)err_set(err, ERR_CONFIG,
		    _("authentication method %s needs a client certificate"),
		    a->auth_mechanism);
		(void)err_hint(err,
		    _("Set tls_cert_file and tls_key_file for the account."));
		return account_blame(a, OPT_AUTH, err);
	}
	/* a certificate or a ticket names the user, too */
	if ((a->auth != TOGGLE_ON && a->auth != TOGGLE_AUTO) || a->user ||
	    check_mechanism(a, "EXTERNAL") || check_mechanism(a, "GSSAPI"))
		return 0;
	(void)err_set(err, ERR_CONFIG, _("authentication needs a user name"));
	(void)err_hint(err, _("Write the name to log in with: user NAME."));
	return account_blame(a, OPT_AUTH, err);
}

static int
check_proxy(const struct account *a, struct error *err)
{
	if (!a->proxy_host || !a->proxy_user || a->proxy_password.len)
		return 0;
	(void)err_set(err, ERR_CONFIG, _("proxy_user needs proxy_password"));
	return account_blame(a, OPT_PROXY_USER, err);
}

/* A name that leads nowhere is found out now, and not on the day when it is
 * needed. */
static int
check_fallback(const struct conf *c, const struct account *a, struct error *err)
{
	const char *list = a->fallback;

	while (list && *list) {
		size_t len = strcspn(list, ",");
		auto_free char *word = xmemdupz(list, len);
		const char *name = text_trim(word);
		auto_free char *shown = text_escaped(name);

		if (*name && !conf_find(c, name)) {
			(void)err_set(err, ERR_CONFIG,
			    _("fallback names account %s, which there is not"),
			    shown);
			return account_blame(a, OPT_FALLBACK, err);
		}
		list += len + (list[len] == ',');
	}
	return 0;
}

static int
check_problem(const struct account *a, struct error *err)
{
	if (!a->problem.kind)
		return 0;
	err_copy(err, &a->problem);
	return -1;
}

static int (*const check_rows[])(const struct account *a, struct error *err) = {
	check_problem,
	check_host,
	check_port,
	check_auth,
	check_proxy,
};

void
account_check_all(const struct account *a, struct conf *c)
{
	for (size_t i = 0; i < sizeof(check_rows) / sizeof(check_rows[0]);
	     i++) {
		AUTO(error) struct error err = ERROR_INIT;

		/* what others take over from need not be whole */
		if (a->is_parent && check_rows[i] == check_host)
			continue;
		if (check_rows[i](a, &err) < 0)
			conf_add_problem(c, &err);
	}
}

int
account_check(const struct account *a, struct error *err)
{
	for (size_t i = 0; i < sizeof(check_rows) / sizeof(check_rows[0]); i++)
		if (check_rows[i](a, err) < 0)
			return -1;
	return 0;
}

int
conf_check(struct conf *c, struct error *err)
{
	for (size_t i = 0; i < c->count; i++) {
		if (check_fallback(c, c->accounts[i], err) == 0)
			continue;
		if (!c->keeps_going)
			return -1;
		conf_add_problem(c, err);
	}
	return 0;
}
