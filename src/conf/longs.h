/* SPDX-License-Identifier: ISC */
/* All long options, as getopt_long(3) wants them: those of the table, msmtp's
 * older names, and those that are no settings. */
#ifndef CONF_LONGS_H
#define CONF_LONGS_H

#include <getopt.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "conf/cmdline.h"
#include "conf/opts.h"

/* What getopt_long() returns for them. */
#define VAL_OPT 256    /* + opt_id */
#define VAL_ROW 512    /* + index of cmdline_rows */
#define VAL_LEGACY 768 /* + index of opt_legacy() */

/* With the end. */
#define LONGS_MAX (OPT_COUNT + CMDLINE_ROWS_MAX + OPT_LEGACY_MAX + 1)

struct longs {
	struct option rows[LONGS_MAX];
	char *names[OPT_COUNT]; /* owned */
	size_t count;
};

/* l is all zero before. */
void longs_init(struct longs *l);
void longs_release(struct longs *l);

/* How many options word (without hyphens) abbreviates; which ones is appended
 * to list, unless that is NULL. */
size_t longs_candidates(
    const struct longs *l, const char *word, size_t len, struct buf *list);

/* The name of one by its value; "" for none. */
const char *longs_name(const struct longs *l, int val);

/* ERR_USAGE and -1: word, with its hyphens, is none of them, or more than one.
 * A value behind it is not repeated. */
int longs_unknown(const struct longs *l, const char *word, struct error *err);

#endif
