/* SPDX-License-Identifier: ISC */
/* Options that are no rows of the option table: they ask for something rather
 * than set a value. */
#ifndef CONF_CMDLINE_H
#define CONF_CMDLINE_H

#include "conf/personality.h"

struct cmdline_row {
	const char *name; /* long option */
	char letter;      /* or 0 */
	bool has_value;
	bool is_optional; /* the value */
	enum letter_act act;
	const char *word; /* of the value in help, or NULL */
	const char *help; /* not yet translated; NULL: not shown */
};

extern const struct cmdline_row cmdline_rows[];
extern const size_t cmdline_row_count;

/* What one option does to the plan; value is NULL where there is none.  Both
 * fail with ERR_USAGE, for a value that is wrong or an option that p's
 * personality does not have. */
int plan_set(
    struct plan *p, enum opt_id id, const char *value, struct error *err);
int plan_act(
    struct plan *p, enum letter_act act, const char *value, struct error *err);

#endif
