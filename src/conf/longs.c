/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "conf/longs.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/xalloc.h"

/* Octets; the names of all options are fewer. */
#define LONGS_LIST_MAX 8192

static void
longs_add(struct longs *l, const char *name, int has_arg, int val)
{
	l->rows[l->count++] = (struct option){ name, has_arg, NULL, val };
}

void
longs_init(struct longs *l)
{
	for (int id = 0; id < OPT_COUNT; id++) {
		const struct opt_row *row = &opt_table[id];

		/* password too, so that it does not abbreviate passwordeval */
		l->names[id] = opt_long_name((enum opt_id)id);
		longs_add(l, l->names[id],
		    row->arg == OPT_ARG_MAY ? optional_argument
					    : required_argument,
		    VAL_OPT + id);
	}
	for (size_t i = 0; opt_legacy(i); i++)
		if (opt_legacy(i)->option)
			longs_add(l, opt_legacy(i)->option,
			    opt_legacy(i)->id == OPT_TIMEOUT
				? required_argument
				: optional_argument,
			    VAL_LEGACY + (int)i);
	for (size_t i = 0; i < cmdline_row_count; i++)
		longs_add(l, cmdline_rows[i].name,
		    !cmdline_rows[i].has_value    ? no_argument
		    : cmdline_rows[i].is_optional ? optional_argument
						  : required_argument,
		    VAL_ROW + (int)i);
}

void
longs_release(struct longs *l)
{
	for (int id = 0; id < OPT_COUNT; id++)
		free(l->names[id]);
}

size_t
longs_candidates(
    const struct longs *l, const char *word, size_t len, struct buf *list)
{
	size_t count = 0;

	for (size_t i = 0; i < l->count; i++) {
		if (strncmp(l->rows[i].name, word, len) != 0)
			continue;
		if (list)
			(void)buf_printf(
			    list, "%s--%s", count ? "|" : "", l->rows[i].name);
		count++;
	}
	return count;
}

const char *
longs_name(const struct longs *l, int val)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->rows[i].val == val)
			return l->rows[i].name;
	return "";
}

int
longs_unknown(const struct longs *l, const char *word, struct error *err)
{
	size_t len;
	auto_free char *name = NULL;
	auto_free char *shown = NULL;
	const char *names[LONGS_MAX];
	const char *nearest;
	AUTO(buf) struct buf list = BUF_INIT(LONGS_LIST_MAX);

	word += strspn(word, "-");
	len = strcspn(word, "=");
	name = xmemdupz(word, len);
	shown = text_escaped(name);
	if (longs_candidates(l, word, len, &list) > 1) {
		(void)err_set(
		    err, ERR_USAGE, _("option --%s is ambiguous"), shown);
		return err_hint(err, _("Write one of %s."), buf_str(&list));
	}
	(void)err_set(err, ERR_USAGE, _("unknown option --%s"), shown);
	for (size_t i = 0; i < l->count; i++)
		names[i] = l->rows[i].name;
	nearest = text_nearest(name, names, l->count);
	if (nearest)
		return err_hint(err, _("Did you mean --%s?"), nearest);
	return err_hint(err, _("Say %s --help for the options."), PACKAGE);
}
