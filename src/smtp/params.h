/* SPDX-License-Identifier: ISC */
/* What stands between the angle brackets of MAIL and RCPT, and behind them.
 * This header is for src/smtp alone. */
#ifndef SMTP_PARAMS_H
#define SMTP_PARAMS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "mail/envelope.h"
#include "smtp/transact.h"

/* Octets of all parameters of one command. */
#define PARAMS_MAX 4096

/* Whether the local part is not ASCII: only SMTPUTF8 can carry it. */
bool params_is_wide(const char *addr);

/* addr as it is written: its domain in U-labels with SMTPUTF8, else in A-labels
 * (RFC 6531 3.2), appended.  ERR_ADDRESS for a domain that has no such
 * form. */
int params_address(
    struct buf *out, const char *addr, bool is_utf8, struct error *err);

/* Whether the server can do what the sender wishes: ERR_UNSUPPORTED. */
int params_check(
    const struct envelope *env, const struct ext *ext, struct error *err);

/* Append the parameters of MAIL and RCPT, each with its blank. */
void params_mail(struct buf *out, const struct transact *t);
void params_rcpt(
    struct buf *out, const struct transact *t, const struct rcpt *rcpt);

#endif
