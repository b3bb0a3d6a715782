/* SPDX-License-Identifier: ISC */
/* Where the password comes from: a chain of sources, the first answer wins. */
#ifndef CRED_CRED_H
#define CRED_CRED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"
#include "conf/account.h"

/* Seconds that passwordeval may take. */
#define CRED_COMMAND_TIMEOUT_S 60
/* Octets of a password or token. */
#define CRED_SECRET_MAX (64 * 1024)

/* What is asked for. */
struct cred_request {
	const struct account *account;
	int64_t deadline;
	bool may_prompt; /* a person at the terminal */
};

/*
 * One source.  1: it answered, *out is filled; 0: the account does not name it,
 * or it does not know; -1: it was named and failed, or knows and may not say.
 */
typedef int cred_source(
    const struct cred_request *r, struct secret *out, struct error *err);

/*
 * Asks the sources in turn: password, passwordeval, password_file, the service
 * manager's credential, the keyring, netrc, the terminal.  To be called only
 * when the session is ready for the password, and once for each account: the
 * caller keeps the answer, a command is run each time.  ERR_NO_CREDENTIAL when
 * no source knows, ERR_CREDENTIAL or ERR_CREDENTIAL_TEMP when one failed, which
 * is an error and not a reason to ask the next one.
 * What takes longer than the deadline has failed.
 * *source: a word for people that says which source answered; borrowed.
 */
int cred_find(const struct cred_request *r, struct secret *out,
    const char **source, struct error *err);

/* Asks the person at the terminal alone: 1, or 0 where there is none or nothing
 * was said. */
int cred_prompt(const struct cred_request *r, struct secret *out);
/* Reads a password from fd to its end: one line.  ERR_CREDENTIAL. */
int cred_read(int fd, struct secret *out, struct error *err);

/* Keeps the account's password in its keyring, in place of what is there; or
 * forgets it.  ERR_CONFIG without host or user, ERR_CREDENTIAL or
 * ERR_CREDENTIAL_TEMP with the keyring's reason; ERR_NO_CREDENTIAL when there
 * is nothing to forget. */
int cred_store(const struct cred_request *r, const struct secret *password,
    struct error *err);
int cred_forget(const struct cred_request *r, struct error *err);

#endif
