/* SPDX-License-Identifier: ISC */
/* Addresses in a header changed where they stand: display names, comments,
 * groups and folds stay what they are. */
#ifndef MAIL_REWRITE_H
#define MAIL_REWRITE_H

#include <stddef.h>

#include "mail/message.h"

/* What addr becomes, owned; or NULL: it stays. */
typedef char *rewrite_fn(void *ctx, const char *addr);

/* Appends the address list of len octets with its addresses changed.  1 when
 * one was, 0 when none was; -1 when it cannot be read as a list.  Nothing is
 * appended then. */
int rewrite_list(struct buf *out, const char *text, size_t len,
    rewrite_fn *change, void *ctx);

/* The same for field i of m, as it leaves: what is no list leaves as it is. */
void rewrite_field(struct message *m, size_t i, rewrite_fn *change, void *ctx);

#endif
