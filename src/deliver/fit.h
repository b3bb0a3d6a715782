/* SPDX-License-Identifier: ISC */
/* What a server does not take, as the account has it: converted, refused, or
 * sent all the same. */
#ifndef DELIVER_FIT_H
#define DELIVER_FIT_H

#include "base/error.h"
#include "conf/account.h"
#include "mail/message.h"

/*
 * Finds out whether *m is fit for a server with these extensions (bits of
 * smtp_extensions()).  Where it is not, *m becomes fitted, which holds what
 * has been made of it; fitted is a message that was initialised, and is to be
 * released after the last use of *m.  Sets (*m)->needs_smtputf8.
 *
 * *remark tells what was converted, for the log; it is the caller's, and NULL
 * where nothing was.
 *
 * ERR_CONVERT: content that the account rejects, or that may not be converted.
 * ERR_SMTPUTF8: only SMTPUTF8 could carry it, and that is not offered.
 * ERR_DATA, ERR_IO.
 */
int fit_message(struct message **m, const struct account *a,
    unsigned extensions, struct message *fitted, char **remark,
    struct error *err);

#endif
