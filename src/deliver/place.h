/* SPDX-License-Identifier: ISC */
/* Where an account's mail waits. */
#ifndef DELIVER_PLACE_H
#define DELIVER_PLACE_H

#include "base/error.h"
#include "conf/conf.h"

/*
 * The path of the queue, owned: the account's (NULL for none) queue_dir, unless
 * the system's configuration names there a directory of another user; else the
 * system's, where that belongs to the caller; else the caller's own,
 * $XDG_STATE_HOME/postrider/queue.  ERR_QUEUE_PLACE when there is no home to
 * put it in.
 */
int place_of(const struct account *a, char **out, struct error *err);

/* All the queues that the configuration names, the usual one first. */
struct places {
	char **paths; /* owned */
	size_t count;
};

void places_release(struct places *p);
AUTO_DEFINE(places);
/* plan's --queue-dir names the one that is meant. */
int places_find(struct places *p, const struct plan *plan,
    const struct conf *conf, struct error *err);

/* The same for who only looks or steers: root sees the system's queue, too. */
int places_see(struct places *p, const struct plan *plan,
    const struct conf *conf, struct error *err);

/* Root acts on a queue with no more rights than the queue's owner has, whose
 * files these are; everybody else as himself. */
struct place_rights {
	bool is_lent; /* they are those of the owner */
};

struct place_rights place_take_rights(const char *path);
/* Root again. */
void place_rights_release(struct place_rights *r);
AUTO_DEFINE(place_rights);

#endif
