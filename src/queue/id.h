/* SPDX-License-Identifier: ISC */
/*
 * The names of queued messages: 48 bits of milliseconds since 1970 and 80
 * random bits in base32, 26 characters of 0-9a-z without i, l, o and u.  They
 * sort by age and tell nothing of process or inode, so that containers may
 * share a queue and backups may bring one back.
 */
#ifndef QUEUE_ID_H
#define QUEUE_ID_H

#include <stdbool.h>

#define QUEUE_ID_SIZE 27 /* with its NUL */

/* A fresh one, of now. */
void queue_id_new(char out[QUEUE_ID_SIZE]);
/* The one that always comes out for this id and this purpose ("bounce 3"): of
 * the same time, other bits.  Who makes a message twice under such an id has
 * made it once. */
void queue_id_derive(
    char out[QUEUE_ID_SIZE], const char *id, const char *purpose);
/* Whether s is such a name, and thereby one that leads nowhere else. */
bool queue_id_is_valid(const char *s);

#endif
