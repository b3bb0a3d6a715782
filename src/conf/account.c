/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "conf/account.h"

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
	account_init(a);
}

void
account_copy(struct account *to, const struct account *from)
{
	xreplace(&to->name, from->name ? xstrdup(from->name) : NULL);
	to->where = from->where;
	for (int id = 0; id < OPT_COUNT; id++)
		opt_copy(to, from, (enum opt_id)id);
}

void
account_inherit(struct account *to, const struct account *from)
{
	for (int id = 0; id < OPT_COUNT; id++)
		if (from->is_own[id])
			opt_copy(to, from, (enum opt_id)id);
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
