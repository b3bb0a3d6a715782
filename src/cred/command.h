/* SPDX-License-Identifier: ISC */
/* passwordeval: a command that says the password. */
#ifndef CRED_COMMAND_H
#define CRED_COMMAND_H

#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"

/*
 * Runs the command, with nothing to read, for at most CRED_COMMAND_TIMEOUT_S
 * and not beyond the deadline. Only exit status 0 with exactly one line, not
 * empty, is an answer; its line end (LF or CRLF, or none) is no part of it.
 * ERR_CREDENTIAL, or ERR_CREDENTIAL_TEMP where it may work another time; what
 * it wrote to standard error is in the detail, what it wrote to standard output
 * never.
 */
int command_password(const char *command, int64_t deadline, struct secret *out,
    struct error *err);

#endif
