/* SPDX-License-Identifier: ISC */
/*
 * The accounts that are tried, one after the other, when the one that was
 * chosen fails for now: those that it names with `fallback`, each followed by
 * those that it names itself, none twice.
 *
 *	fallback_init(&f, &conf, plan);
 *	do {
 *		deliver(&j, trace, &d);
 *		... what is to be said of this attempt ...
 *	} while (fallback_next(&f, &j));
 *
 * Only a recipient who was put off goes on to the next account, not one who was
 * refused (but with fallback_refused), and never one whose mail may have been
 * sent.  Each recipient has the verdict of the last account that tried;
 * rcpt.round tells which that was, from 0.
 */
#ifndef DELIVER_FALLBACK_H
#define DELIVER_FALLBACK_H

#include "conf/conf.h"
#include "deliver/job.h"

struct fallback {
	const struct conf *conf; /* borrowed */
	const struct plan *plan; /* borrowed, or NULL */
	char **names;            /* the accounts in their order; owned */
	size_t count;
	size_t at;      /* index of the account of j */
	unsigned round; /* of the attempt that is made now */
};

/*
 * Both stay the caller's and must outlive f.  plan NULL is for a message that
 * is as it leaves (from the queue): its header stays as it is, and so does its
 * reverse-path unless that is the account's own.
 */
void fallback_init(
    struct fallback *f, const struct conf *conf, const struct plan *plan);
void fallback_release(struct fallback *f);
AUTO_DEFINE(fallback);

/*
 * Makes j ready for another account: j->account, reverse-path, wishes, header;
 * those whom it is to try are pending again.  false: no account is left, or
 * nobody to try; j stays as it is.  An account that cannot be used gives its
 * verdict at once: nobody is pending then, and the next call goes on.
 */
bool fallback_next(struct fallback *f, struct job *j);

#endif
