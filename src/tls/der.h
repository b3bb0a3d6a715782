/* SPDX-License-Identifier: ISC */
/*
 * The little of DER (X.690) that is read without the TLS library: enough to
 * find a certificate's issuer, subject and names.  Nothing is copied, nothing
 * outside the octets given is touched, whatever they are.
 */
#ifndef TLS_DER_H
#define TLS_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed octets. */
struct der {
	const uint8_t *p;
	size_t len;
};

#define DER_BOOLEAN 0x01
#define DER_INTEGER 0x02
#define DER_OCTETS 0x04
#define DER_OID 0x06
#define DER_SEQUENCE 0x30
#define DER_CONTEXT(n) (0x80 | (n))     /* [n], primitive */
#define DER_CONSTRUCTED(n) (0xa0 | (n)) /* [n], constructed */

/* Takes the element at the front of in: its tag, its contents, and with its
 * header the whole.  Any of the outputs may be NULL.  False, with in as it was,
 * at the end of in and on what is no complete element. */
bool der_next(
    struct der *in, unsigned *tag, struct der *contents, struct der *whole);
/* The same if its tag is this one. */
bool der_take(struct der *in, unsigned tag, struct der *contents);
/* The same; what is missing of the contents at the end of in does not count:
 * for looking into the front part of an object. */
bool der_enter(struct der *in, unsigned tag, struct der *contents);

bool der_equal(const struct der *a, const struct der *b);

/* A certificate (RFC 5280 4.1), as far as it matters here. */
struct cert {
	struct der issuer;  /* Name, with its header */
	struct der subject; /* Name, with its header */
	struct der key;     /* SubjectPublicKeyInfo, with its header; cert_read
			     * alone finds it */
	struct der
	    extensions; /* SEQUENCE OF Extension, contents; may be empty */
};

/* Reads issuer and subject from the front part of a certificate.  False when
 * they are not wholly there. */
bool cert_read_front(const void *p, size_t len, struct cert *out);
/* Reads a whole certificate. */
bool cert_read(const void *p, size_t len, struct cert *out);

enum cert_name_kind {
	CERT_NAME_DNS = 2,
	CERT_NAME_URI = 6,
	CERT_NAME_IP = 7,
};

/* The contents of subjectAltName (RFC 5280 4.2.1.6): a list for
 * cert_name_next().  Empty where there is none, or more than one. */
struct der cert_names(const struct cert *c);
/* Takes the next name; *kind is its GeneralName tag number.  False at the
 * end, or where the list is broken. */
bool cert_name_next(struct der *names, unsigned *kind, struct der *name);

#endif
