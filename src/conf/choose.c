/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "conf/conf.h"

#include <fnmatch.h>
#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"

/* Accounts that an error names. */
#define CHOOSE_NAMES_MAX 20

static bool
choose_is_pattern(const char *from)
{
	return from[strcspn(from, "?*[")] != '\0';
}

static bool
choose_equals(const char *from, const char *address)
{
	if (choose_is_pattern(from))
		return fnmatch(from, address, 0) == 0;
	return text_caseeq(from, address);
}

/* Whether an account whose `from` this is takes mail of address; me+lists@x
 * also is mail of me@x.  A plus sign behind the at sign is part of a domain,
 * not the begin of a subaddress. */
static bool
choose_matches(const char *from, const char *address)
{
	const char *at = strrchr(address, '@');
	const char *plus = strchr(address, '+');
	auto_free char *base = NULL;

	if (choose_equals(from, address))
		return true;
	if (!at || !plus || plus > at || strchr(from, '+'))
		return false;
	base = xasprintf("%.*s%s", (int)(plus - address), address, at);
	return choose_equals(from, base);
}

const struct sender *
account_sender_for(const struct account *a, const char *address)
{
	for (size_t i = 0; i < a->sender_count; i++)
		if (choose_matches(a->senders[i].text, address))
			return &a->senders[i];
	return NULL;
}

bool
account_is_of(const struct account *a, const char *address)
{
	return account_sender_for(a, address) ||
	       (a->from && choose_equals(a->from, address));
}

static const struct account *
choose_by_from(const struct conf *c, const char *address)
{
	if (!address || !*address)
		return NULL;
	for (size_t i = 0; i < c->count; i++)
		if (account_sender_for(c->accounts[i], address))
			return c->accounts[i];
	return NULL;
}

const struct account *
conf_find(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->accounts[i]->name, name) == 0)
			return c->accounts[i];
	return NULL;
}

/* The accounts that there are, up to CHOOSE_NAMES_MAX. */
static int
choose_hint_names(const char *const *names, size_t count, struct error *err)
{
	AUTO(buf) struct buf list = BUF_INIT(CHOOSE_NAMES_MAX * 600);

	for (size_t i = 0; i < count && i < CHOOSE_NAMES_MAX; i++) {
		(void)buf_add_str(&list, i ? ", " : "");
		text_escape(&list, names[i], strlen(names[i]), 512);
	}
	(void)buf_add_str(&list, count > CHOOSE_NAMES_MAX ? ", ..." : "");
	return err_hint(err, _("The accounts are: %s."), buf_str(&list));
}

/* "account x not found in A and B", or what else to say. */
static int
choose_not_found(const struct conf *c, const char *name, struct error *err)
{
	auto_free char *shown = text_escaped(name);
	const char *first = c->user_file ? c->user_file : c->system_file;
	auto_free const char **names = NULL;
	const char *nearest;

	if (!first) {
		(void)err_set(err, ERR_CONFIG,
		    _("account %s not found: no configuration file available"),
		    shown);
		return err_hint(err,
		    _("Write the account into ~/.msmtprc or %s; msmtprc(5) "
		      "has examples."),
		    SYSCONFDIR "/msmtprc");
	}
	if (c->user_file && c->system_file)
		(void)err_set(err, ERR_CONFIG,
		    _("account %s not found in %s and %s"), shown, first,
		    c->system_file);
	else
		(void)err_set(err, ERR_CONFIG, _("account %s not found in %s"),
		    shown, first);
	if (c->passed_over)
		(void)err_detail(err, "%s", c->passed_over);
	names = xcalloc(c->count + 1, sizeof(*names));
	for (size_t i = 0; i < c->count; i++)
		names[i] = c->accounts[i]->name;
	nearest = text_nearest(name, names, c->count);
	if (nearest)
		return err_hint(err, _("Did you mean %s?"), nearest);
	if (c->count && strcmp(name, "default") != 0)
		return choose_hint_names(names, c->count, err);
	return err_hint(err,
	    _("Choose an account with -a or -f, or add a line like \"account "
	      "default : NAME\" at the end of %s."),
	    first);
}

/* EMAIL and SMTPSERVER, when there is nothing else. */
static struct account *
choose_by_environment(void)
{
	const char *server = getenv("SMTPSERVER");
	const char *email = getenv("EMAIL");
	struct account *a;

	if (!server || !*server)
		return NULL;
	a = account_new();
	a->where.kind = ORIGIN_ENVIRONMENT;
	a->host = xstrdup(server);
	a->origin[OPT_HOST].kind = ORIGIN_ENVIRONMENT;
	if (email && *email) {
		a->from = xstrdup(email);
		a->origin[OPT_FROM].kind = ORIGIN_ENVIRONMENT;
	}
	return a;
}

static struct account *
choose_copy(const struct account *from)
{
	struct account *a = account_new();

	account_copy(a, from);
	return a;
}

/* The account that the files have for this mail, or NULL; *choice says why. */
static const struct account *
choose_find(const struct conf *c, const struct plan *p, const char *sender,
    const char *from_addr, enum choice *choice)
{
	const struct account *found, *by_header;

	*choice = CHOICE_NAME;
	if (p->account_name)
		return conf_find(c, p->account_name);
	*choice = CHOICE_SENDER;
	found = choose_by_from(c, sender);
	if (found)
		return found;
	found = conf_find(c, "default");
	by_header = choose_by_from(c, from_addr);
	*choice = CHOICE_FROM_HEADER;
	if (by_header &&
	    (!found || (!sender && found->from_header_chooses == TOGGLE_ON)))
		return by_header;
	*choice = CHOICE_DEFAULT;
	return found;
}

int
conf_choose(const struct conf *c, const struct plan *p, const char *sender,
    const char *from_addr, struct account **out, struct error *err)
{
	const struct account *found = NULL;
	enum choice choice = CHOICE_HOST;
	struct account *a = NULL;

	if (p->overrides.is_own[OPT_HOST]) {
		a = account_new();
		a->where.kind = ORIGIN_COMMAND_LINE;
	} else {
		found = choose_find(c, p, sender, from_addr, &choice);
		if (found) {
			a = choose_copy(found);
		} else if (choice != CHOICE_NAME) {
			choice = CHOICE_ENVIRONMENT;
			a = choose_by_environment();
		}
	}
	if (!a)
		return choose_not_found(
		    c, p->account_name ? p->account_name : "default", err);
	account_inherit(a, &p->overrides, 0);
	a->choice = choice;
	*out = a;
	return 0;
}

int
conf_fallback(const struct conf *c, const struct plan *p, const char *name,
    struct account **out, struct error *err)
{
	const struct account *found = conf_find(c, name);
	struct account *a;

	if (!found)
		return choose_not_found(c, name, err);
	a = choose_copy(found);
	if (p)
		account_inherit(a, &p->overrides, OPT_OF_SERVER);
	a->choice = CHOICE_FALLBACK;
	*out = a;
	return 0;
}
