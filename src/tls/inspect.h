/* SPDX-License-Identifier: ISC */
/* The certificate that the other side of a session has shown. */
#ifndef TLS_INSPECT_H
#define TLS_INSPECT_H

#include <time.h>

#include "base/auto.h"
#include "io/stream.h"
#include "tls/pin.h"

/* Strings are owned, never NULL, and as the certificate has them: not
 * sanitised. */
struct inspect {
	char *subject, *issuer; /* "C=DE,O=...,CN=mail.test" */
	char *names;            /* "DNS:mail.test, IP:192.0.2.1" */
	char *key;              /* "EC/ECDSA, 256 bits" */
	char *signature;        /* "ECDSA-SHA256" */
	time_t begin, end;      /* of its validity */
	char sha256[PIN_PRINT_SIZE], sha1[PIN_PRINT_SIZE];
	char pin[PIN_TEXT_SIZE]; /* as tls_pin takes it */
	unsigned count;          /* certificates that were shown */
};

void inspect_release(struct inspect *i);
AUTO_DEFINE(inspect);

/* s is a stack with a layer of tls_wrap().  -1 when there is none, or no
 * certificate that can be read; i is to be released whatever is returned. */
int inspect_read(const struct stream *s, struct inspect *i);

#endif
