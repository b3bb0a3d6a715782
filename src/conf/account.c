/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "conf/account.h"

#include <string.h>

#include "base/xalloc.h"

void
account_init(struct account *a)
{
	*a = (struct account){ 0 };
}

void
account_release(struct account *a)
{
	if (!a)
		return;
	for (int id = 0; id < OPT_COUNT; id++)
		opt_clear(a, (enum opt_id)id);
	free(a->name);
	error_release(&a->problem);
	account_init(a);
}

static void
account_copy_problem(struct account *to, const struct account *from)
{
	if (!from->problem.kind)
		return;
	err_copy(&to->problem, &from->problem);
	to->problem_id = from->problem_id;
}

void
account_copy(struct account *to, const struct account *from)
{
	xreplace(&to->name, from->name ? xstrdup(from->name) : NULL);
	to->where = from->where;
	to->is_parent = from->is_parent;
	for (int id = 0; id < OPT_COUNT; id++)
		opt_copy(to, from, (enum opt_id)id);
	account_copy_problem(to, from);
}

void
account_inherit(struct account *to, const struct account *from, unsigned but)
{
	for (int id = 0; id < OPT_COUNT; id++)
		if (from->is_own[id] && !(opt_table[id].places & but))
			opt_copy(to, from, (enum opt_id)id);
	if (from->is_own[to->problem_id] &&
	    !(opt_table[to->problem_id].places & but))
		error_release(&to->problem); /* it has another value now */
	if (from->is_own[from->problem_id])
		account_copy_problem(to, from);
}

void
account_inherit_all(struct account *to, const struct account *from)
{
	for (int id = 0; id < OPT_COUNT; id++)
		if (from->is_own[id] ||
		    (from->origin[id].kind != ORIGIN_DEFAULT &&
			to->origin[id].kind == ORIGIN_DEFAULT))
			opt_copy(to, from, (enum opt_id)id);
	account_copy_problem(to, from);
}

void
account_inherit_secrets(const struct account *a)
{
	for (int id = 0; id < OPT_COUNT; id++) {
		const void *field = (const char *)a + opt_table[id].field;

		if (opt_table[id].type == OPT_TYPE_SECRET)
			secret_inherit(field);
	}
}

void
account_add_sender(
    struct account *a, const char *sender, const struct origin *where)
{
	struct sender s = { .text = xstrdup(sender) };

	if (where)
		s.where = *where;
	a->senders = xreallocarray(
	    a->senders, a->sender_count + 1, sizeof(struct sender));
	a->senders[a->sender_count++] = s;
	if (!sender[strcspn(sender, "?*[")])
		xreplace(&a->from, xstrdup(sender));
}

void
account_clear_senders(struct account *a)
{
	for (size_t i = 0; i < a->sender_count; i++)
		free(a->senders[i].text);
	free(a->senders);
	a->senders = NULL;
	a->sender_count = 0;
	xreplace(&a->from, NULL);
}

struct account *
account_new(void)
{
	return xcalloc(1, sizeof(struct account));
}

void
account_free(struct account *a)
{
	account_release(a);
	free(a);
}
