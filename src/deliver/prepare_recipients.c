/* SPDX-License-Identifier: ISC */
/* Who is to get the mail, as the call and the message say it. */
#include "config.h"

#include "deliver/prepare.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"

/* Servers that a mail may have passed. */
#define PREPARE_HOPS_MAX 100

static int
prepare_operands(
    const struct plan *plan, struct addr_list *list, struct error *err)
{
	const char *where = N_("the command line");

	for (size_t i = 0; i < plan->operand_count; i++) {
		const char *operand = plan->operands[i];

		if (addr_parse_list(
			list, operand, strlen(operand), where, err) < 0)
			return -1;
	}
	return 0;
}

/* The envelope keeps the addresses of list. */
static int
prepare_add(struct envelope *e, struct addr_list *list, const char *where,
    struct error *err)
{
	for (size_t i = 0; i < list->count; i++)
		if (envelope_take(e, auto_take(list->items[i]), where, err) < 0)
			return -1;
	return 0;
}

/* Takes those out of l that are in those, too. */
static void
prepare_subtract(struct addr_list *l, const struct addr_list *those)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->count; i++) {
		size_t k = 0;

		while (k < those->count &&
		       !text_caseeq(l->items[i], those->items[k]))
			k++;
		if (k < those->count)
			xreplace(&l->items[i], NULL);
		else
			l->items[kept++] = l->items[i];
	}
	l->count = kept;
}

/* RFC 5321 6.3 */
static int
prepare_check_hops(
    const struct job *j, const struct plan *plan, struct error *err)
{
	const struct header *h = &j->message.header;
	size_t hops = 0;

	for (size_t i = 0; i < h->count; i++)
		hops += h->fields[i].id == FIELD_RECEIVED;
	if (hops < plan->hops)
		hops = plan->hops;
	if (hops <= PREPARE_HOPS_MAX)
		return 0;
	(void)err_set(err, ERR_LOOP,
	    _("the mail has passed %zu servers: it goes round in a circle"),
	    hops);
	return err_hint(err,
	    _("Look for a forwarding or an alias that leads back to where it "
	      "came from."));
}

static int
prepare_nobody(const struct plan *plan, struct error *err)
{
	(void)err_set(err, plan->read_recipients ? ERR_DATA : ERR_USAGE,
	    _("no recipients found"));
	return err_hint(err, "%s",
	    plan->read_recipients
		? _("Write a To, Cc or Bcc header, or name recipients on the "
		    "command line.")
		: _("Name recipients on the command line, or use -t to take "
		    "them from the message."));
}

int
prepare_call(const struct plan *plan, struct error *err)
{
	bool may_be = plan->operand_count || plan->read_recipients;

	return may_be ? 0 : prepare_nobody(plan, err);
}

int
prepare_recipients(struct job *j, const struct plan *plan, struct error *err)
{
	AUTO(addr_list) struct addr_list named = ADDR_LIST_INIT;
	AUTO(addr_list) struct addr_list found = ADDR_LIST_INIT;
	struct envelope *e = &j->envelope;

	j->message.wants_7bit = plan->eightbit == TOGGLE_OFF;
	if (prepare_check_hops(j, plan, err) < 0 ||
	    prepare_operands(plan, &named, err) < 0)
		return -1;
	if (plan->read_recipients &&
	    message_recipients(&j->message, &found, err) < 0)
		return -1;
	if (plan->subtracts && plan->read_recipients) {
		prepare_subtract(&found, &named);
		addr_list_truncate(&named, 0);
	}
	if (prepare_add(e, &named, N_("the command line"), err) < 0 ||
	    prepare_add(e, &found, N_("the message header"), err) < 0)
		return -1;
	if (e->count)
		return 0;
	return prepare_nobody(plan, err);
}
