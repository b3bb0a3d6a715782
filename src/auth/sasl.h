/* SPDX-License-Identifier: ISC */
#ifndef AUTH_SASL_H
#define AUTH_SASL_H

#include "base/error.h"
#include "base/secret.h"

/* SASLprep (RFC 4013) of a name or a password; ERR_CREDENTIAL names the
 * mechanism that does not allow what is in it (SA-20). */
int sasl_prepare(const char *mechanism, const char *text, struct secret *out,
    struct error *err);

#endif
