/* SPDX-License-Identifier: ISC */
/*
 * Does the peer's certificate prove that it is the host we want?  Asked inside
 * the handshake, before anything is sent that the server could misuse.
 */
#ifndef TLS_VERIFY_H
#define TLS_VERIFY_H

#include "base/error.h"
#include "tls/dane.h"
#include "tls/der.h"
#include "tls/gnutls.h"
#include "tls/pin.h"
#include "tls/trust.h"

#define VERIFY_CHAIN_MAX 16              /* certificates */
#define VERIFY_CHAIN_OCTETS (100u << 10) /* all of them together */

struct verify {
	const char *host; /* A-labels or an address, as host_to_ascii() gives */
	const struct trust *trust;
	const struct pins *pins;
	const struct dane *dane; /* decides instead of trust; or NULL */
	gnutls_certificate_credentials_t cred; /* of this session alone */
};

/*
 * 0 when the chain leads to a trust anchor now, is meant for TLS servers, is
 * strong enough, is not revoked by a stapled response or by a list, no list of
 * its issuers is out of date, and its first
 * certificate has a subjectAltName for the host (RFC 9525: a common name does
 * not count, a wildcard is a whole left-most label), and it
 * matches the pins, which may also stand for all the rest.  Where there is
 * dane, it says which certificate or authority is right instead of trust (RFC
 * 7671). Else -1 with ERR_TLS_CERT.
 */
int verify_peer(
    const struct verify *v, gnutls_session_t session, struct error *err);

/* Whether one of the names in leaf is host, by the rules above. */
bool verify_names_host(const struct cert *leaf, const char *host);

#endif
