/* SPDX-License-Identifier: ISC */
/* Logging in: the mechanism, the password, the dialogue, and what a refusal
 * means. */
#ifndef DELIVER_LOGIN_H
#define DELIVER_LOGIN_H

#include "auth/auth.h"
#include "deliver/connection.h"

bool login_is_wanted(const struct account *a);
/* What decides about the mechanism on an open connection; borrows from c. */
struct auth_policy login_policy(struct connection *c);
/* Whether the method may be one that wants a password. */
bool login_needs_password(const struct account *a);
/* Whether the sources of the password say the PIN of the token that holds the
 * client certificate: where no password is wanted. */
bool login_has_pin(const struct account *a);
/* For struct client_files; ctx: the connection. */
int login_pin(void *ctx, struct secret *out, struct error *err);
/* Does nothing where it is not wanted.  ERR_UNSUPPORTED when no mechanism may
 * be used, what cred_find() says, ERR_AUTH or ERR_DEFERRED with the server's
 * reply. */
int login_run(struct connection *c, struct error *err);

#endif
