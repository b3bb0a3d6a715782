/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/prepare.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "deliver/expand.h"
#include "deliver/local_domain.h"
#include "mail/addr.h"
#include "mail/aliases.h"
#include "mail/dots.h"

static int
prepare_expand_one(char **value, const struct expand *with, struct error *err)
{
	char *full = NULL;

	if (!*value || expand_text(*value, with, &full, err) < 0)
		return *value ? -1 : 0;
	if (!*full)
		xreplace(&full, NULL);
	xreplace(value, full);
	return 0;
}

/* What is to be filled in in the account. */
static int
prepare_expand(struct account *a, const char *from_addr, struct error *err)
{
	const struct expand with = { from_addr, EXPAND_MAILNAME };

	if (a->auto_from == TOGGLE_ON)
		xreplace(&a->from, a->maildomain
				       ? xasprintf("%%U@%s", a->maildomain)
				       : xstrdup("%U"));
	return prepare_expand_one(&a->from, &with, err) < 0 ||
		       prepare_expand_one(&a->domain, &with, err) < 0 ||
		       prepare_expand_one(&a->qualify_domain, &with, err) < 0
		   ? -1
		   : 0;
}

bool
prepare_may_override(const struct account *a)
{
	return a->allow_from_override != TOGGLE_OFF &&
	       a->auto_from != TOGGLE_ON;
}

bool
prepare_forces_from(const struct account *a)
{
	return a->force_from == TOGGLE_ON || a->force_from == TOGGLE_REPLY_TO;
}

/* The address of -f, where others read "Joe <joe@x>" as in a header; what is
 * none stays as it is, for envelope_set_from() to say why; owned, or NULL. */
static char *
prepare_given(const struct plan *plan)
{
	AUTO(addr_list) struct addr_list list = ADDR_LIST_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	size_t len;

	if (!plan->has_sender)
		return NULL;
	len = strlen(plan->sender);
	if (text_has_control(plan->sender, len) ||
	    addr_parse_list(&list, plan->sender, len, "-f", &err) < 0 ||
	    list.count != 1)
		return xstrdup(plan->sender);
	return auto_take(list.items[0]);
}

/* Where the reverse-path comes from; from_addr: of the From header, or NULL. */
static int
prepare_sender(struct job *j, const struct plan *plan, const char *from_addr,
    struct error *err)
{
	const struct account *a = j->account;
	auto_free char *self = NULL;
	auto_free char *whole = NULL;
	auto_free char *given = prepare_given(plan);
	const char *addr = from_addr;
	const char *where = N_("the From header");
	bool may_override = prepare_may_override(a);

	if (given && may_override) {
		addr = given;
		where = "-f";
	} else if (!(plan->read_envelope_from && may_override) && a->from) {
		addr = a->from;
		where = N_("the account");
	} else if (!addr) {
		self = addr_of_caller();
		addr = self;
		where = N_("the user and host name");
	}
	/* a customary name of the null sender, and never a mailbox of ours */
	if (text_caseeq(addr, "MAILER-DAEMON"))
		addr = "";
	whole = job_complete(j, addr);
	if (whole)
		addr = whole;
	/* but a report must not be answered with a report */
	if (*addr && prepare_forces_from(a) && !account_is_of(a, addr))
		addr = a->from;
	return envelope_set_from(&j->envelope, addr, where, err);
}

static void
prepare_copy(char **to, const char *from)
{
	xreplace(to, from ? xstrdup(from) : NULL);
}

static void
prepare_wishes(struct job *j, const struct plan *plan)
{
	struct wishes *w = &j->envelope.wishes;
	const struct account *a = j->account;

	prepare_copy(&w->notify, a->dsn_notify);
	prepare_copy(&w->ret, a->dsn_return);
	prepare_copy(&w->envid, plan->envid);
	prepare_copy(&w->deliver_by, a->deliver_by);
	prepare_copy(&w->release, a->future_release);
	prepare_copy(&w->priority, a->mt_priority);
	prepare_copy(&w->auth, a->mail_auth);
	w->needs_tls = a->requiretls == TOGGLE_ON;
}

static bool
prepare_has_local(const struct envelope *e, const char *domains)
{
	for (size_t i = 0; i < e->count; i++)
		if (aliases_is_local(e->rcpts[i].addr, domains))
			return true;
	return false;
}

/* The file of aliases, where one is to be read at all: -oA is for a caller's
 * own. */
static int
prepare_read_aliases(struct job *j, const struct plan *plan, struct error *err)
{
	const struct account *a = j->account;

	if (plan->no_aliases || (!plan->alias_file && !a->aliases) ||
	    (!prepare_has_local(&j->envelope, a->local_domains) &&
		a->aliases_in_headers != TOGGLE_ON))
		return 0;
	return plan->alias_file
		   ? aliases_load_own(&j->aliases, plan->alias_file, err)
		   : aliases_load(&j->aliases, a->aliases, err);
}

/* Puts those who are meant in the place of names, and completes them. */
static int
prepare_names(struct job *j, struct error *err)
{
	struct envelope *e = &j->envelope;
	AUTO(addr_list) struct addr_list meant = ADDR_LIST_INIT;
	auto_free const char **addrs = NULL;
	const char *domains = j->account->local_domains;

	if (!e->count || (!j->aliases.path && !j->local_domain))
		return 0;
	addrs = xcalloc(e->count, sizeof(*addrs));
	for (size_t i = 0; i < e->count; i++)
		addrs[i] = e->rcpts[i].addr;
	if (aliases_expand(&j->aliases, addrs, e->count, domains, &meant, err) <
	    0)
		return -1;
	envelope_release(e); /* nothing but names is in it so far */
	for (size_t i = 0; i < meant.count; i++) {
		auto_free char *whole = job_complete(j, meant.items[i]);
		const char *addr = whole ? whole : meant.items[i];

		if (envelope_add(e, addr,
			j->aliases.path ? j->aliases.path
					: N_("the command line"),
			err) < 0)
			return -1;
	}
	return e->count
		   ? 0
		   : err_set(err, ERR_CONFIG,
			 _("%s: the aliases of the recipients name nobody"),
			 j->aliases.path);
}

/* Fills in what the account leaves open. */
static int
prepare_values(struct job *j, const struct plan *plan, const char *from_addr,
    struct error *err)
{
	struct account *a = j->account;
	char *whole;

	if (prepare_expand(a, from_addr, err) < 0)
		return -1;
	if (!plan)
		return 0;
	if (local_domain_find(a, plan, &j->local_domain, err) < 0)
		return -1;
	whole = a->from ? job_complete(j, a->from) : NULL;
	if (whole)
		xreplace(&a->from, whole);
	if (a->from || !prepare_forces_from(a))
		return 0;
	(void)err_set(err, ERR_CONFIG, _("force_from needs an address"));
	return err_hint(err,
	    _("Write the address that all mail is to be from: from ADDRESS."));
}

int
prepare_envelope(struct job *j, const struct plan *plan, struct error *err)
{
	auto_free char *from_addr = NULL;

	if (message_from(&j->message, &from_addr, err) < 0 ||
	    prepare_values(j, plan, from_addr, err) < 0)
		return -1;
	if (!plan)
		return 0;
	prepare_wishes(j, plan);
	return prepare_sender(j, plan, from_addr, err);
}

int
prepare_account(struct job *j, const struct plan *plan, const struct conf *conf,
    struct error *err)
{
	auto_free char *from_addr = NULL;
	auto_free char *given = prepare_given(plan);
	const char *sender = given;

	if (message_from(&j->message, &from_addr, err) < 0)
		return -1;
	if (plan->read_envelope_from) {
		if (!from_addr)
			return err_set(err, ERR_USAGE,
			    _("no envelope from address found"));
		sender = from_addr;
	}
	if (conf_choose(conf, plan, sender, from_addr, &j->account, err) < 0 ||
	    account_check(j->account, err) < 0 ||
	    prepare_read_aliases(j, plan, err) < 0 ||
	    prepare_values(j, plan, from_addr, err) < 0 ||
	    prepare_names(j, err) < 0)
		return -1;
	prepare_wishes(j, plan);
	return prepare_sender(j, plan, from_addr, err);
}

int
prepare_without_mail(struct job *j, const struct plan *plan, struct conf *conf,
    struct error *err)
{
	job_init(j);
	if (conf_load(conf, plan, err) < 0)
		return -1;
	return prepare_account(j, plan, conf, err);
}

int
prepare_body(struct job *j, const struct plan *plan, struct error *err)
{
	enum toggle dots = j->account->dots;

	if (dots == TOGGLE_UNSET && plan->personality == PERSONALITY_SENDMAIL)
		dots = TOGGLE_AUTO;
	if (plan->dots == TOGGLE_ON)
		dots = TOGGLE_OFF;
	if (dots == TOGGLE_AUTO)
		return message_drop_last_dot(&j->message, err);
	if (dots == TOGGLE_SENDMAIL)
		return message_end_at_dot(&j->message, err);
	return 0;
}
