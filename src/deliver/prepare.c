/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/prepare.h"

#include <string.h>
#include <time.h>

#include "base/date.h"
#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "deliver/expand.h"
#include "mail/addr.h"
#include "mail/aliases.h"
#include "mail/compose.h"

static int
prepare_operands(
    const struct plan *plan, struct addr_list *list, struct error *err)
{
	const char *where = _("the command line");

	for (size_t i = 0; i < plan->operand_count; i++) {
		const char *operand = plan->operands[i];

		if (addr_parse_list(
			list, operand, strlen(operand), where, err) < 0)
			return -1;
	}
	return 0;
}

static int
prepare_add(struct envelope *e, const struct addr_list *list, const char *where,
    struct error *err)
{
	for (size_t i = 0; i < list->count; i++)
		if (envelope_add(e, list->items[i], where, err) < 0)
			return -1;
	return 0;
}

int
prepare_recipients(struct job *j, const struct plan *plan, struct error *err)
{
	AUTO(addr_list) struct addr_list named = ADDR_LIST_INIT;
	AUTO(addr_list) struct addr_list found = ADDR_LIST_INIT;

	if (prepare_operands(plan, &named, err) < 0)
		return -1;
	if (plan->read_recipients &&
	    message_recipients(&j->message, &found, err) < 0)
		return -1;
	if (prepare_add(&j->envelope, &named, _("the command line"), err) < 0 ||
	    prepare_add(&j->envelope, &found, _("the message header"), err) < 0)
		return -1;
	if (j->envelope.count)
		return 0;
	(void)err_set(err, ERR_USAGE, _("no recipients found"));
	if (plan->read_recipients)
		return err_hint(err,
		    _("Write a To, Cc or Bcc header, or name recipients on the "
		      "command line."));
	return err_hint(err,
	    _("Name recipients on the command line, or use -t to take them "
	      "from the message."));
}

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

/* What is to be filled in in the account's from and domain. */
static int
prepare_expand(struct account *a, const char *from_addr, struct error *err)
{
	const struct expand with = { from_addr, SYSCONFDIR "/mailname" };

	if (a->auto_from == TOGGLE_ON)
		xreplace(&a->from, a->maildomain
				       ? xasprintf("%%U@%s", a->maildomain)
				       : xstrdup("%U"));
	return prepare_expand_one(&a->from, &with, err) < 0 ||
		       prepare_expand_one(&a->domain, &with, err) < 0
		   ? -1
		   : 0;
}

bool
prepare_may_override(const struct account *a)
{
	return a->allow_from_override != TOGGLE_OFF &&
	       a->auto_from != TOGGLE_ON;
}

/* Where the reverse-path comes from; from_addr: of the From header, or NULL. */
static int
prepare_sender(struct job *j, const struct plan *plan, const char *from_addr,
    struct error *err)
{
	auto_free char *self = NULL;
	const char *addr = from_addr;
	const char *where = _("the From header");

	bool may_override = prepare_may_override(j->account);

	if (plan->has_sender && may_override) {
		addr = plan->sender;
		where = "-f";
	} else if (!(plan->read_envelope_from && may_override) &&
		   j->account->from) {
		addr = j->account->from;
		where = _("the account");
	} else if (!addr) {
		self = addr_of_caller();
		addr = self;
		where = _("the user and host name");
	}
	/* a customary name of the null sender, and never a mailbox of ours */
	if (text_caseeq(addr, "MAILER-DAEMON"))
		addr = "";
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

/* Puts those who are meant in the place of names; the file is read only where
 * there are any. */
static int
prepare_aliases(struct job *j, struct error *err)
{
	const struct account *a = j->account;
	struct envelope *e = &j->envelope;
	AUTO(aliases) struct aliases aliases = ALIASES_INIT;
	AUTO(addr_list) struct addr_list meant = ADDR_LIST_INIT;
	auto_free const char **addrs = NULL;

	if (!a->aliases || !prepare_has_local(e, a->local_domains))
		return 0;
	addrs = xcalloc(e->count, sizeof(*addrs));
	for (size_t i = 0; i < e->count; i++)
		addrs[i] = e->rcpts[i].addr;
	if (aliases_load(&aliases, a->aliases, err) < 0 ||
	    aliases_expand(
		&aliases, addrs, e->count, a->local_domains, &meant, err) < 0)
		return -1;
	envelope_release(e); /* nothing but names is in it so far */
	for (size_t i = 0; i < meant.count; i++)
		if (envelope_add(e, meant.items[i], a->aliases, err) < 0)
			return -1;
	return e->count
		   ? 0
		   : err_set(err, ERR_CONFIG,
			 _("%s: the aliases of the recipients name nobody"),
			 a->aliases);
}

int
prepare_envelope(struct job *j, const struct plan *plan, struct error *err)
{
	auto_free char *from_addr = NULL;

	if (message_from(&j->message, &from_addr, err) < 0 ||
	    prepare_expand(j->account, from_addr, err) < 0)
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
	const char *sender = plan->has_sender ? plan->sender : NULL;

	if (message_from(&j->message, &from_addr, err) < 0)
		return -1;
	if (plan->read_envelope_from) {
		if (!from_addr)
			return err_set(err, ERR_USAGE,
			    _("no envelope from address found"));
		sender = from_addr;
	}
	if (conf_choose(conf, plan, sender, from_addr, &j->account, err) < 0 ||
	    account_check(j->account, err) < 0 || prepare_aliases(j, err) < 0)
		return -1;
	return prepare_envelope(j, plan, err);
}

static void
prepare_from_header(struct job *j, const struct plan *plan)
{
	const struct account *a = j->account;
	auto_free char *self = NULL;
	auto_free char *value = NULL;
	const char *addr = j->envelope.from;

	if (a->set_from_header == TOGGLE_OFF)
		return;
	if (a->set_from_header == TOGGLE_ON)
		message_remove(&j->message, FIELD_FROM);
	else if (message_field(&j->message, FIELD_FROM))
		return;
	/* the null sender is no author */
	if (!*addr && a->from)
		addr = a->from;
	if (!*addr) {
		self = addr_of_caller();
		addr = self;
	}
	value = compose_from(
	    addr, plan->full_name ? plan->full_name : a->from_full_name);
	message_prepend(&j->message, "From", value);
}

/* One To in place of all that name recipients. */
static void
prepare_to_header(struct job *j)
{
	const struct envelope *e = &j->envelope;
	auto_free const char **addrs = NULL;
	auto_free char *value = NULL;

	if (j->account->set_to_header != TOGGLE_ON &&
	    j->account->set_to_header != TOGGLE_UNDISCLOSED)
		return;
	message_remove(&j->message, FIELD_TO);
	message_remove(&j->message, FIELD_CC);
	message_remove(&j->message, FIELD_BCC);
	if (j->account->set_to_header == TOGGLE_UNDISCLOSED) {
		message_prepend(&j->message, "To", "undisclosed-recipients:;");
		return;
	}
	addrs = xcalloc(e->count, sizeof(*addrs));
	for (size_t i = 0; i < e->count; i++)
		addrs[i] = e->rcpts[i].addr;
	value = compose_to(addrs, e->count);
	message_prepend(&j->message, "To", value);
}

static void
prepare_date_header(struct job *j)
{
	char date[DATE_SIZE];

	if (j->account->set_date_header == TOGGLE_OFF ||
	    message_field(&j->message, FIELD_DATE))
		return;
	if (!j->date) {
		date_rfc5322(date, time(NULL));
		j->date = xstrdup(date);
	}
	message_prepend(&j->message, "Date", j->date);
}

static void
prepare_msgid_header(struct job *j)
{
	auto_free char *self = NULL;
	const char *domain = j->account->domain;

	if (j->account->set_msgid_header == TOGGLE_OFF ||
	    message_field(&j->message, FIELD_MESSAGE_ID))
		return;
	if (!domain)
		domain = addr_domain(j->envelope.from);
	if (!domain) {
		self = addr_of_caller();
		domain = addr_domain(self);
	}
	if (!j->message_id)
		j->message_id = compose_message_id(domain);
	message_prepend(&j->message, "Message-ID", j->message_id);
}

void
prepare_header(struct job *j, const struct plan *plan)
{
	if (j->account->remove_bcc_headers != TOGGLE_OFF) {
		message_remove(&j->message, FIELD_BCC);
		message_remove(&j->message, FIELD_RESENT_BCC);
	}
	/* The last hop writes it (RFC 5321 4.4); ours would be a forgery. */
	message_remove(&j->message, FIELD_RETURN_PATH);
	prepare_from_header(j, plan);
	prepare_to_header(j);
	prepare_date_header(j);
	prepare_msgid_header(j);
}
