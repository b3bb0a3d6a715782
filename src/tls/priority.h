/* SPDX-License-Identifier: ISC */
/* Which versions and algorithms of TLS are good enough. */
#ifndef TLS_PRIORITY_H
#define TLS_PRIORITY_H

#include <stdbool.h>

#include "base/error.h"
#include "tls/gnutls.h"

/* As written; NULL or "" is none. */
struct priority_text {
	const char *list;        /* replaces ours; in the library's language */
	const char *min_dh_bits; /* of a group for DHE, where the list has it */
};

/* ERR_CONFIG for what the library does not understand; the detail shows from
 * where on.  *is_old tells that it lets TLS 1.1 or older pass. */
int priority_check(
    const struct priority_text *text, bool *is_old, struct error *err);

/* For a session; text was checked.  The library's error code, or 0. */
int priority_apply(const struct priority_text *text, gnutls_session_t session);

#endif
