/* SPDX-License-Identifier: ISC */
/* What is allowed, and what somebody who asks wants to know. */
#include "config.h"

#include "deliver/check.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"

/* Where servers expect TLS from the first octet on, and where they do not. */
#define NOTES_PORT_SUBMISSIONS 465
#define NOTES_PORT_SUBMISSION 587
#define NOTES_PORT_SMTP 25

/* With the place where, else that of the account; takes text. */
static void
notes_add(const struct account *a, const struct origin *where, struct conf *c,
    char *text)
{
	if (where->kind != ORIGIN_FILE)
		where = &a->where;
	if (where->kind == ORIGIN_FILE)
		xreplace(&text, xasprintf(_("%s: line %u: %s"), where->file,
				    where->line, text));
	conf_warn(c, text);
}

static void
notes_from(const struct account *a, struct conf *c)
{
	if (a->sender_count || a->from || a->auto_from == TOGGLE_ON)
		return;
	notes_add(a, &a->origin[OPT_FROM], c,
	    xasprintf(_("account %s has no from: the sender is that of -f, or "
			"the one in the From header"),
		a->name));
}

static bool
notes_is_here(const struct account *a)
{
	return a->socket || !a->host || text_caseeq(a->host, "localhost") ||
	       text_has_caseprefix(a->host, "127.") ||
	       strcmp(a->host, "::1") == 0;
}

/* With `auth on` no bare password leaves without TLS, so that such a server
 * may be of no use; who names the method gets what he asked for. */
static void
notes_clear_password(const struct account *a, struct conf *c)
{
	if (a->tls != TOGGLE_OFF || notes_is_here(a))
		return;
	if (a->auth == TOGGLE_AUTO)
		notes_add(a, &a->origin[OPT_TLS], c,
		    xasprintf(_("account %s has tls off: its password can be "
				"read on the way"),
			a->name));
	else if (a->auth == TOGGLE_ON)
		notes_add(a, &a->origin[OPT_TLS], c,
		    xasprintf(_("account %s has tls off: only methods that do "
				"not show the password are used"),
			a->name));
}

static void
notes_certcheck(const struct account *a, struct conf *c)
{
	if (a->tls_certcheck != TOGGLE_OFF || a->tls == TOGGLE_OFF)
		return;
	notes_add(a, &a->origin[OPT_TLS_CERTCHECK], c,
	    xasprintf(_("account %s has tls_certcheck off: anybody on the way "
			"can be its server"),
		a->name));
}

/* The two ways to begin with TLS are the mistake that is made most. */
static void
notes_port(const struct account *a, struct conf *c)
{
	bool is_late =
	    a->tls_starttls == TOGGLE_ON && a->port == NOTES_PORT_SUBMISSIONS;
	bool is_early =
	    a->tls_starttls == TOGGLE_OFF &&
	    (a->port == NOTES_PORT_SUBMISSION || a->port == NOTES_PORT_SMTP);

	if (a->tls == TOGGLE_OFF || a->socket)
		return;
	if (is_late)
		notes_add(a, &a->origin[OPT_TLS_STARTTLS], c,
		    xasprintf(_("account %s: on port %u servers begin with "
				"TLS, which is tls_starttls off"),
			a->name, (unsigned)a->port));
	else if (is_early)
		notes_add(a, &a->origin[OPT_TLS_STARTTLS], c,
		    xasprintf(_("account %s: on port %u servers start TLS "
				"inside the session, which is tls_starttls on"),
			a->name, (unsigned)a->port));
}

static void
notes_password(const struct account *a, struct conf *c)
{
	if (!a->password.len || !a->passwordeval)
		return;
	notes_add(a, &a->origin[OPT_PASSWORDEVAL], c,
	    xasprintf(_("account %s has a password, so its passwordeval is not "
			"used"),
		a->name));
}

static bool
notes_is_same_line(const struct sender *x, const struct sender *y)
{
	return x->where.line == y->where.line && x->where.file &&
	       y->where.file && strcmp(x->where.file, y->where.file) == 0;
}

/* A `from` that is also another account's, which is looked at before. */
static void
notes_taken(const struct account *a, struct conf *c)
{
	for (size_t i = 0; i < a->sender_count; i++) {
		const struct sender *own = &a->senders[i];
		const struct sender *before = NULL;
		size_t j;

		for (j = 0; c->accounts[j] != a && !before; j++)
			before = account_sender_for(c->accounts[j], own->text);
		if (before && !notes_is_same_line(own, before))
			notes_add(a, &own->where, c,
			    xasprintf(_("account %s is not chosen by from %s: "
					"account %s, before it, has that, too"),
				a->name, own->text, c->accounts[j - 1]->name));
	}
}

void
check_notes(const struct account *a, struct conf *c)
{
	static void (*const rows[])(const struct account *a, struct conf *c) = {
		notes_from,
		notes_clear_password,
		notes_certcheck,
		notes_port,
		notes_password,
		notes_taken,
	};

	/* it is there to be taken over from */
	if (a->is_parent)
		return;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		rows[i](a, c);
}
