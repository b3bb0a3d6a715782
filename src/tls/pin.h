/* SPDX-License-Identifier: ISC */
/*
 * What the user knows of the server's certificate beforehand: a fingerprint of
 * the whole of it, or pins of its public key (RFC 7469 2.4).
 */
#ifndef TLS_PIN_H
#define TLS_PIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "tls/der.h"

#define PIN_SIZE 32       /* octets: SHA-256 */
#define PIN_COUNT_MAX 16  /* keys */
#define PIN_TEXT_SIZE 64  /* "pin-sha256:" and base64, with the NUL */
#define PIN_PRINT_SIZE 96 /* a fingerprint in hex and colons, with the NUL */

struct pins {
	bool has_fingerprint;
	bool is_key_enough; /* a pinned key needs no chain and no name */
	uint8_t fingerprint[PIN_SIZE];
	size_t key_count;
	uint8_t keys[PIN_COUNT_MAX][PIN_SIZE];
};

/* What is written in tls_fingerprint, tls_pin (several, with blanks or commas
 * between them) and tls_pin_mode ("and", "only"); each may be NULL or "".
 * ERR_CONFIG on anything else; MD5 and SHA-1 get a hint (TV-33). */
struct pins_text {
	const char *fingerprint;
	const char *keys;
	const char *mode;
};
int pins_read(struct pins *p, const struct pins_text *text, struct error *err);

/* Whether they answer for the certificate instead of a chain and a name. */
bool pins_replace_chain(const struct pins *p);

/* 0 when the certificate has the fingerprint, and its key is one of the pinned
 * ones, as far as they are given; der is the whole of it, leaf what was read of
 * that.  Else -1 with ERR_TLS_CERT, which says what would be right. */
int pins_match(const struct pins *p, const char *host, const struct der *der,
    const struct cert *leaf, struct error *err);

/* "pin-sha256:..." of a public key; "" when the library cannot. */
void pin_of_key(char out[PIN_TEXT_SIZE], const struct der *key);
/* "AB:CD:..." of a certificate; "" when the library cannot. */
void pin_print_of(char out[PIN_PRINT_SIZE], const struct der *der);

#endif
