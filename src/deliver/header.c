/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "deliver/header.h"

#include <string.h>
#include <time.h>

#include "base/date.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "deliver/prepare.h"
#include "mail/compose.h"
#include "mail/rewrite.h"

/* Whether a field says something; those of its kind that say nothing go, for
 * they are no fields (RFC 5322 3.6). */
static bool
header_has(struct job *j, enum field_id id)
{
	struct message *m = &j->message;
	bool is_there = false;

	for (size_t i = 0; i < m->header.count; i++) {
		struct field *f = &m->header.fields[i];
		auto_free char *value = NULL;

		if (f->id != id || f->is_removed)
			continue;
		value = message_value(m, f);
		is_there |= *value != '\0';
		f->is_removed = !*value;
	}
	return is_there;
}

/* --- addresses that are there --------------------------------------------- */

/* Fields that hold addresses; those of recipients may name aliases. */
static const struct {
	enum field_id id;
	bool is_of_recipients;
} header_lists[] = {
	{ FIELD_FROM, false },
	{ FIELD_SENDER, false },
	{ FIELD_REPLY_TO, false },
	{ FIELD_TO, true },
	{ FIELD_CC, true },
	{ FIELD_BCC, true },
	{ FIELD_RESENT_FROM, false },
	{ FIELD_RESENT_SENDER, false },
	{ FIELD_RESENT_TO, true },
	{ FIELD_RESENT_CC, true },
	{ FIELD_RESENT_BCC, true },
};

/* The one address that an alias stands for; owned, or NULL. */
static char *
header_meaning(const struct job *j, const char *addr)
{
	const char *domains = j->account->local_domains;
	AUTO(addr_list) struct addr_list meant = ADDR_LIST_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	if (!aliases_is_local(addr, domains) ||
	    aliases_expand(&j->aliases, &addr, 1, domains, &meant, &err) < 0 ||
	    meant.count != 1 || strcmp(meant.items[0], addr) == 0)
		return NULL;
	return auto_take(meant.items[0]);
}

static char *
header_complete(void *ctx, const char *addr)
{
	const struct job *j = ctx;

	return job_complete(j, addr);
}

static char *
header_complete_recipient(void *ctx, const char *addr)
{
	const struct job *j = ctx;
	auto_free char *meant = header_meaning(j, addr);
	char *whole = job_complete(j, meant ? meant : addr);

	return whole ? whole : auto_take(meant);
}

static void
header_addresses(struct job *j)
{
	struct message *m = &j->message;
	bool has_aliases = j->account->aliases_in_headers == TOGGLE_ON;

	if (!j->local_domain && !has_aliases)
		return;
	for (size_t i = 0; i < m->header.count; i++)
		for (size_t k = 0;
		     k < sizeof(header_lists) / sizeof(header_lists[0]); k++)
			if (m->header.fields[i].id == header_lists[k].id)
				rewrite_field(m, i,
				    has_aliases &&
					    header_lists[k].is_of_recipients
					? header_complete_recipient
					: header_complete,
				    j);
}

/* --- From ----------------------------------------------------------------- */

/* What rewrite_list() is to put in place of an author. */
struct header_author {
	const struct account *account;
	size_t count;
	bool is_own;
};

static char *
header_force(void *ctx, const char *addr)
{
	struct header_author *a = ctx;

	a->count++;
	a->is_own = account_is_of(a->account, addr);
	return a->is_own ? NULL : xstrdup(a->account->from);
}

/* Index of the only field with that id, or count. */
static size_t
header_only(const struct message *m, enum field_id id)
{
	size_t found = m->header.count;

	for (size_t i = 0; i < m->header.count; i++) {
		if (m->header.fields[i].id != id ||
		    m->header.fields[i].is_removed)
			continue;
		if (found < m->header.count)
			return m->header.count;
		found = i;
	}
	return found;
}

/* What stands behind the field's colon, folds and all; owned. */
static char *
header_text(const struct message *m, const struct field *f)
{
	AUTO(buf) struct buf whole = BUF_INIT(2 * HEADER_SIZE_MAX);

	header_emit(&m->header, f, &whole);
	return xstrdup(text_trim(whole.data + f->value));
}

/*
 * One author with an address of the account's, and the name that is there;
 * whoever stood there before may get the answers.  A Sender, who would be
 * somebody else, goes with him.
 */
static void
header_force_from(struct job *j)
{
	struct message *m = &j->message;
	struct header_author author = { .account = j->account };
	size_t i = header_only(m, FIELD_FROM);
	auto_free char *before = NULL;

	message_remove(m, FIELD_SENDER);
	if (i < m->header.count) {
		before = header_text(m, &m->header.fields[i]);
		rewrite_field(m, i, header_force, &author);
	}
	if (author.count == 1 && author.is_own)
		return;
	if (author.count != 1 || !m->header.fields[i].edited)
		message_remove(m, FIELD_FROM);
	if (j->account->force_from == TOGGLE_REPLY_TO && author.count &&
	    !message_field(m, FIELD_REPLY_TO))
		message_prepend(m, "Reply-To", before);
}

/* NAME is what sendmail's callers know (and nothing an author would see to). */
static const char *
header_full_name(const struct account *a, const struct plan *plan)
{
	const char *name = getenv("NAME");

	if (plan->full_name)
		return plan->full_name;
	if (a->from_full_name || plan->personality != PERSONALITY_SENDMAIL)
		return a->from_full_name;
	return name && !text_has_control(name, strlen(name)) ? name : NULL;
}

/* An author that is made up; owned. */
static char *
header_compose_from(const struct job *j, const struct plan *plan)
{
	const struct account *a = j->account;
	auto_free char *self = NULL;
	const char *addr = j->envelope.from;

	/* the null sender is no author */
	if (!*addr && a->from)
		addr = a->from;
	if (!*addr) {
		self = addr_of_caller();
		addr = self;
	}
	return compose_from(addr, header_full_name(a, plan));
}

static void
header_from(struct job *j, const struct plan *plan)
{
	const struct account *a = j->account;
	auto_free char *value = NULL;

	if (prepare_forces_from(a))
		header_force_from(j);
	else if (a->set_from_header == TOGGLE_OFF)
		return;
	if (a->set_from_header == TOGGLE_ON)
		message_remove(&j->message, FIELD_FROM);
	else if (header_has(j, FIELD_FROM))
		return;
	value = header_compose_from(j, plan);
	message_prepend(&j->message, "From", value);
}

/* --- To ------------------------------------------------------------------- */

static bool
header_names_nobody(struct job *j)
{
	bool has_to = header_has(j, FIELD_TO);
	bool has_cc = header_has(j, FIELD_CC);

	return !has_to && !has_cc && !message_field(&j->message, FIELD_BCC);
}

/* What the one To is to be, if there is to be one. */
static enum no_recipient
header_wanted_to(struct job *j, const struct plan *plan)
{
	bool names_nobody = header_names_nobody(j);

	if (j->account->set_to_header == TOGGLE_UNDISCLOSED)
		return NO_RECIPIENT_UNDISCLOSED;
	if (j->account->set_to_header == TOGGLE_ON)
		return NO_RECIPIENT_TO;
	return names_nobody ? plan->no_recipient : NO_RECIPIENT_NONE;
}

/* One To in place of all that name recipients. */
static void
header_to(struct job *j, enum no_recipient wanted)
{
	const struct envelope *e = &j->envelope;
	auto_free const char **addrs = NULL;
	auto_free char *value = NULL;

	if (wanted == NO_RECIPIENT_NONE)
		return;
	message_remove(&j->message, FIELD_TO);
	message_remove(&j->message, FIELD_CC);
	message_remove(&j->message, FIELD_BCC);
	if (wanted == NO_RECIPIENT_UNDISCLOSED) {
		message_prepend(&j->message, "To", "undisclosed-recipients:;");
		return;
	}
	addrs = xcalloc(e->count, sizeof(*addrs));
	for (size_t i = 0; i < e->count; i++)
		addrs[i] = e->rcpts[i].addr;
	value = compose_to(addrs, e->count);
	message_prepend(&j->message, "To", value);
}

/* --- the rest ------------------------------------------------------------- */

static void
header_date(struct job *j)
{
	char date[DATE_SIZE];

	if (j->account->set_date_header == TOGGLE_OFF ||
	    header_has(j, FIELD_DATE))
		return;
	if (!j->date) {
		date_rfc5322(date, time(NULL));
		j->date = xstrdup(date);
	}
	message_prepend(&j->message, "Date", j->date);
}

/* owned */
static char *
header_compose_id(const struct job *j)
{
	auto_free char *self = NULL;
	const char *domain = j->account->domain;

	if (!domain)
		domain = addr_domain(j->envelope.from);
	if (!domain) {
		self = addr_of_caller();
		domain = addr_domain(self);
	}
	return compose_message_id(domain);
}

static void
header_message_id(struct job *j)
{
	if (j->account->set_msgid_header == TOGGLE_OFF ||
	    header_has(j, FIELD_MESSAGE_ID))
		return;
	if (!j->message_id)
		j->message_id = header_compose_id(j);
	message_prepend(&j->message, "Message-ID", j->message_id);
}

/* RFC 5322 3.6.6: a block of Resent- fields has an author, a date and an id of
 * its own.  sendmail's callers leave that to sendmail. */
static void
header_resent(struct job *j, const struct plan *plan)
{
	struct message *m = &j->message;
	bool has[FIELD_COUNT] = { false };
	auto_free char *from = NULL;
	auto_free char *id = NULL;
	char date[DATE_SIZE];
	size_t first, end;

	header_resent_block(&m->header, &first, &end);
	if (first == end || plan->personality != PERSONALITY_SENDMAIL)
		return;
	while (m->header.fields[first].is_removed && first + 1 < end)
		first++;
	for (size_t i = first; i < end; i++)
		has[m->header.fields[i].id] = true;
	from = header_compose_from(j, plan);
	id = header_compose_id(j);
	date_rfc5322(date, time(NULL));
	/* where there is no room for more, there is none */
	if (!has[FIELD_RESENT_MESSAGE_ID])
		(void)message_insert(m, first, "Resent-Message-ID", id);
	if (!has[FIELD_RESENT_DATE])
		(void)message_insert(m, first, "Resent-Date", date);
	if (!has[FIELD_RESENT_FROM])
		(void)message_insert(m, first, "Resent-From", from);
}

void
prepare_header(struct job *j, const struct plan *plan)
{
	enum no_recipient wanted_to = NO_RECIPIENT_NONE;

	if (!plan->no_fixups)
		wanted_to = header_wanted_to(j, plan);
	if (j->account->remove_bcc_headers != TOGGLE_OFF) {
		message_remove(&j->message, FIELD_BCC);
		message_remove(&j->message, FIELD_RESENT_BCC);
	}
	/* The last hop writes it (RFC 5321 4.4); ours would be a forgery. */
	message_remove(&j->message, FIELD_RETURN_PATH);
	/* of a mailbox, where it would be wrong after any change */
	message_remove(&j->message, FIELD_CONTENT_LENGTH);
	if (plan->no_fixups)
		return;
	header_addresses(j);
	header_from(j, plan);
	header_to(j, wanted_to);
	header_date(j);
	header_message_id(j);
	header_resent(j, plan);
}
