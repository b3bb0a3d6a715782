/* SPDX-License-Identifier: ISC */
/* What an account says about TLS, in the words of tls/tls.h. */
#ifndef DELIVER_TLS_SETUP_H
#define DELIVER_TLS_SETUP_H

#include "conf/account.h"
#include "tls/tls.h"

/* host: the name that the certificate must prove, where the account does not
 * override it; borrowed, as all the strings. */
struct tls_params tls_setup_params(const struct account *a, const char *host);

/* Whether the account knows its server's certificate: then there is no going
 * on without it. */
bool tls_setup_is_pinned(const struct account *a);

/* What can be known about TLS before anybody is bothered: ERR_CONFIG as
 * tls_check(), with the place of the setting that is wrong, and for settings
 * that do not go together.  The names in `host`
 * are net_dial()'s to look at. */
int tls_setup_check(const struct account *a, struct error *err);

#endif
