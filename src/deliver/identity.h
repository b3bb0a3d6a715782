/* SPDX-License-Identifier: ISC */
/* How we call ourselves in EHLO (RFC 5321 4.1.4). */
#ifndef DELIVER_IDENTITY_H
#define DELIVER_IDENTITY_H

#include "base/error.h"

/* The argument of EHLO, owned: the account's domain (NULL or "" for none), else
 * the host name where it has a dot, else the address literal of the local end
 * of fd; ERR_CONFIG when the account's domain is none. */
int identity_hello(const char *domain, int fd, char **out, struct error *err);

#endif
