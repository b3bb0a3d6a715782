/* SPDX-License-Identifier: ISC */
/*
 * Content transfer encodings (RFC 2045 6.7, 6.8), written piece by piece.
 *
 * What comes out is ASCII without NUL, in lines of at most 76 octets that end
 * in LF.  No line begins with "--", so that none can be a delimiter, whoever
 * reads it.
 */
#ifndef MAIL_ENCODE_H
#define MAIL_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Octets of a line, without its end. */
#define ENCODE_LINE_MAX 76

enum encoding {
	ENCODE_NOT,
	/* text: CR, LF and CRLF end a line, a NUL is '?' (mail/scan.h) */
	ENCODE_QP,
	/* the same of what is quoted-printable already, but has octets or
	 * lines that it must not have */
	ENCODE_QP_AGAIN,
	/* text: lines end in CRLF, a NUL is '?' */
	ENCODE_BASE64_TEXT,
	/* octets as they are */
	ENCODE_BASE64,
	/* base64 already: cut in lines anew, without what is none of it */
	ENCODE_BASE64_AGAIN,
};

struct encoder {
	enum encoding encoding;
	int (*write)(void *ctx, const char *p, size_t len, struct error *err);
	void *ctx;
	size_t len;    /* octets in out */
	size_t column; /* of the line being written */
	char held;     /* a blank that may be the line's last, or 0 */
	bool is_after_cr;
	bool is_dash;   /* the line is "-" so far */
	unsigned spare; /* octets of a "=XX" that are still to come */
	unsigned char group[3];
	size_t group_len;
	char out[4096];
};

/* write takes what is encoded; encoding is none of ENCODE_NOT. */
void encoder_init(struct encoder *e, enum encoding encoding,
    int (*write)(void *ctx, const char *p, size_t len, struct error *err),
    void *ctx);
int encoder_add(
    struct encoder *e, const char *p, size_t len, struct error *err);
/* Writes out all that is held.  A last line that had no end has none. */
int encoder_end(struct encoder *e, struct error *err);

/* What quoted-printable would make of text, counted piece by piece; octets. */
struct encode_size {
	uint64_t octets;  /* seen */
	uint64_t escapes; /* of them to be written as "=XX" */
};

void encode_size_add(struct encode_size *s, const char *p, size_t len);
/* Whether base64 serves better: quoted-printable would take a third more than
 * the text, and more than a few words. */
bool encode_size_wants_base64(const struct encode_size *s);

#endif
