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
	const char *word; /* in help, of the value, or of what may follow; or
			   * NULL */
	const char *help; /* not yet translated; NULL: not shown */
};

#define CMDLINE_ROWS_MAX 64

extern const struct cmdline_row cmdline_rows[];
extern const size_t cmdline_row_count;

/* What one option does to the plan; value is NULL where there is none.  Both
 * fail with ERR_USAGE, for a value that is wrong or an option that p's
 * personality does not have. */
int plan_set(
    struct plan *p, enum opt_id id, const char *value, struct error *err);
int plan_act(
    struct plan *p, enum letter_act act, const char *value, struct error *err);
/* The same for what sendmail's letters ask for and no setting can say. */
int plan_act_sendmail(
    struct plan *p, enum letter_act act, const char *value, struct error *err);
/* -o and -O. */
int plan_option(struct plan *p, const char *value, struct error *err);
int plan_long_option(struct plan *p, const char *value, struct error *err);
/* Whether the value of -o is one that has its own in the next word, as Exim's
 * -oMr has. */
bool sendmail_takes_word(const char *value);

void plan_add_operand(struct plan *p, const char *word);
/* Adds a line for the log, each but once. */
void plan_warn(struct plan *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The same for an option and its value (or NULL) that were passed over. */
void plan_unheeded(struct plan *p, const char *option, const char *value);
/* ERR_USAGE: p's name does not have this long option. */
int plan_refuse(const struct plan *p, const char *option, struct error *err);

#endif
