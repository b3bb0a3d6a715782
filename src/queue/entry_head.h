/* SPDX-License-Identifier: ISC */
/* The header block of a queue file: its layout, written and read.  For
 * src/queue alone. */
#ifndef QUEUE_ENTRY_HEAD_H
#define QUEUE_ENTRY_HEAD_H

#include "base/sha256.h"
#include "queue/entry.h"

/* The first line: written last, so that a file without it is none. */
#define HEAD_MAGIC "postrider queue 1\n"
#define HEAD_MAGIC_LEN (sizeof(HEAD_MAGIC) - 1)
#define HEAD_SHA256_LEN 64

enum head_row {
	HEAD_NEXT,
	HEAD_LAST,
	HEAD_WAITED,
	HEAD_TRIES,
	HEAD_DEATHS,
	HEAD_TOLD,
	HEAD_DOUBT,
	HEAD_BORN,
	HEAD_UID,
	HEAD_BYTES,
	HEAD_SHA256,
	HEAD_ROWS
};

/* The first lines are of fixed width: "name      value\n". */
#define HEAD_NAME_LEN 10

struct head_row_text {
	const char *name;
	size_t len; /* octets of the value */
};
extern const struct head_row_text head_rows[HEAD_ROWS];

/* What is asked of servers: the words of `wish` lines. */
struct head_wish {
	const char *name;
	size_t field; /* a char * of struct wishes */
};
#define HEAD_WISHES 6
extern const struct head_wish head_wishes[HEAD_WISHES];

/* Where a row's value is in the block, and its octets. */
size_t head_at(enum head_row row, size_t *len);

/* Makes e->head and e->verdicts of what e and env say, with e->message_size and
 * a sum of zeros.  ERR_DATA past ENTRY_HEAD_MAX. */
int head_format(struct entry *e, const struct envelope *env, struct error *err);
/* Writes the cells into e->head. */
void head_put_cells(struct entry *e, const struct entry_cells *cells);
void head_put(struct entry *e, enum head_row row, const char *value);

/* The block in e->head, of whose octets it may be the beginning only: 1 and e
 * is filled; 0 when it goes on.  ERR_DATA; ERR_UNSUPPORTED for another version.
 */
int head_parse(struct entry *e, struct error *err);

/* The sum over the block, cells and verdicts and sum left out; the message is
 * to be added with sha256_add(). */
void head_sum_init(struct sha256 *s, const struct entry *e);
/* In hexadecimal. */
void head_sum_end(struct sha256 *s, char out[HEAD_SHA256_LEN + 1]);

#endif
