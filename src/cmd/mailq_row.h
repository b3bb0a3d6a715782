/* SPDX-License-Identifier: ISC */
/* One mail of a list.  For cmd/mailq*.c alone. */
#ifndef CMD_MAILQ_ROW_H
#define CMD_MAILQ_ROW_H

#include <stdbool.h>
#include <time.h>

#include "base/buf.h"
#include "queue/entry.h"
#include "queue/wait.h"

/* All is borrowed. */
struct mailq_row {
	const struct entry *entry;
	enum queue_state state;
	bool is_unread;     /* of entry there is the id and the size alone */
	const char *reason; /* what was said last, or "" */
	const char *reason_addr;       /* to whom, or "" */
	const struct queue_wait *wait; /* its account has to, or NULL */
	bool is_busy;                  /* it is being sent */
	time_t now;
};

/* How a list is made. */
struct mailq_style {
	bool has_colours;
	size_t columns; /* of the terminal; 0: there is none */
};

/* When it is tried next: 0 when it is due, or never without a person. */
time_t mailq_next(const struct mailq_row *r);

/* For people: the headline, and one mail with its recipients. */
void mailq_table_head(struct buf *out, const struct mailq_style *style);
void mailq_table_row(struct buf *out, const struct mailq_style *style,
    const struct mailq_row *r);
/* An account that has to wait. */
void mailq_table_account(struct buf *out, const struct mailq_style *style,
    const char *name, const struct queue_wait *w, time_t now);

/* For programs: one line.  The names are those of Postfix's postqueue -j, as
 * far as it has them. */
void mailq_json_row(struct buf *out, const struct mailq_row *r);
void mailq_json_account(
    struct buf *out, const char *name, const struct queue_wait *w);

#endif
