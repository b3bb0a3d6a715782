/* SPDX-License-Identifier: ISC */
/* What the DNS says about a server's certificate, as the account wants it. */
#ifndef DELIVER_DANE_SETUP_H
#define DELIVER_DANE_SETUP_H

#include "conf/account.h"
#include "net/dial.h"
#include "net/tlsa.h"
#include "tls/dane.h"

struct dane_setup {
	struct tlsa_list records;
	struct dane dane;
	bool is_used; /* it decides, and there is no session without TLS */
};

#define DANE_SETUP_INIT                                                        \
	{                                                                      \
		.is_used = false                                               \
	}

void dane_setup_release(struct dane_setup *d);
AUTO_DEFINE(dane_setup);

/* Asks the DNS where the account wants it.  ERR_HOST_TEMP or ERR_TIMEOUT when
 * nobody can tell now: never a reason to do without; ERR_TLS_CERT when it is
 * required and there is nothing. */
int dane_setup_find(struct dane_setup *d, const struct account *a,
    const struct peer *peer, int64_t deadline, struct error *err);

#endif
