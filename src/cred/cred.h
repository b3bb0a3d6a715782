/* SPDX-License-Identifier: ISC */
/* Where the password comes from: a chain of sources, the first answer wins. */
#ifndef CRED_CRED_H
#define CRED_CRED_H

#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"
#include "conf/account.h"

/* Seconds that passwordeval may take. */
#define CRED_COMMAND_TIMEOUT_S 60

/*
 * Asks the sources of account in turn; to be called only when the session is
 * ready for the password, and once for each account: the caller keeps the
 * answer, a command is run each time.  ERR_NO_CREDENTIAL when no source was
 * named, ERR_CREDENTIAL or ERR_CREDENTIAL_TEMP when one failed, which is an
 * error and not a reason to ask the next one.
 * What takes longer than the deadline has failed.
 * *source: a word for people that says which source answered; borrowed.
 */
int cred_find(const struct account *a, int64_t deadline, struct secret *out,
    const char **source, struct error *err);

#endif
