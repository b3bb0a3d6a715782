/* SPDX-License-Identifier: ISC */
/*
 * From what the caller said and what the message says to a job that is ready
 * to be sent: recipients, account, reverse-path, header.
 */
#ifndef DELIVER_PREPARE_H
#define DELIVER_PREPARE_H

#include "base/error.h"
#include "conf/conf.h"
#include "deliver/job.h"

/* Whether the call names recipients, or the message may; ERR_USAGE.  What the
 * message is does not matter to that. */
int prepare_call(const struct plan *plan, struct error *err);

/* The recipients of the operands and, with -t, of the header.  ERR_USAGE when
 * there is none, with -t ERR_DATA. */
int prepare_recipients(
    struct job *j, const struct plan *plan, struct error *err);

/* Whether -f and --read-envelope-from may set the reverse-path. */
bool prepare_may_override(const struct account *a);

/* Whether every mail of the account is from one of its own addresses. */
bool prepare_forces_from(const struct account *a);

/* Chooses the account (j->account) and sets the reverse-path: -f, else the
 * account's from, else the From header, else user@host. */
int prepare_account(struct job *j, const struct plan *plan,
    const struct conf *conf, struct error *err);

/* Reads the configuration into conf, which is fresh, and does that for a j
 * without a message: the account counts alone. */
int prepare_without_mail(struct job *j, const struct plan *plan,
    struct conf *conf, struct error *err);

/* Ends the body at a line with a dot, where the account and plan want that. */
int prepare_body(struct job *j, const struct plan *plan, struct error *err);

/* For an account that is known and checked (j->account): fills in its `from`
 * and `domain`, and takes the wishes and the reverse-path from it and from
 * plan. plan NULL: they stay what they are. */
int prepare_envelope(struct job *j, const struct plan *plan, struct error *err);

#endif
